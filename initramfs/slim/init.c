/* /init of the slim userland: Python, set up for the one program that the image is for.
 *
 * In the place of Modules/main.c and Modules/getpath.c of CPython. Nothing is read from the
 * command line, the environment or a file: every module is in this program, as byte-code, and
 * getpath.c would run several hundred lines of Python to find folders that are not there.
 *
 * The settings are those of `python3 -ISOO` where the locale is C, which the userland of Debian's
 * packages is started with.
 */

#include "Python.h"
#include "pycore_initconfig.h"

#define PROGRAM "bootpy.init.supervisor"

/* New containers after which the cyclic garbage collector looks at them. Python's default of
 * 700 has it run dozens of times while modules are loaded, which make no garbage. */
#define COLLECT_AFTER 20000

/* What getpath.c defines; all paths were set before (main below). */
PyStatus
_PyConfig_InitPathConfig(PyConfig *config, int compute_path_config)
{
    (void)config;
    (void)compute_path_config;
    return PyStatus_Ok();
}

static PyStatus
set_paths(PyConfig *config)
{
    struct {
        wchar_t **field;
        const wchar_t *path;
    } paths[] = {
        {&config->program_name, L"/init"},
        {&config->executable, L"/init"},
        {&config->base_executable, L"/init"},
        {&config->prefix, L"/usr"},
        {&config->base_prefix, L"/usr"},
        {&config->exec_prefix, L"/usr"},
        {&config->base_exec_prefix, L"/usr"},
        {&config->platlibdir, L"lib"},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(paths); i++) {
        PyStatus status = PyConfig_SetString(config, paths[i].field, paths[i].path);
        if (PyStatus_Exception(status)) {
            return status;
        }
    }
    /* sys.path is empty; the rescue prompt may put folders into it. */
    config->module_search_paths_set = 1;
    return PyStatus_Ok();
}

static PyStatus
start(int argc, char **argv)
{
    PyPreConfig before;
    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1;
    PyStatus status = Py_PreInitialize(&before);
    if (PyStatus_Exception(status)) {
        return status;
    }
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.optimization_level = 2;
    config.install_signal_handlers = 1;
    config.use_frozen_modules = 1;
    config.parse_argv = 0;
    status = PyConfig_SetBytesArgv(&config, argc, argv);
    if (!PyStatus_Exception(status)) {
        status = set_paths(&config);
    }
    if (!PyStatus_Exception(status)) {
        status = Py_InitializeFromConfig(&config);
    }
    PyConfig_Clear(&config);
    return status;
}

static int
collect_rarely(void)
{
    PyObject *module = PyImport_ImportModule("gc");
    PyObject *result = module ? PyObject_CallMethod(module, "set_threshold", "i", COLLECT_AFTER) : NULL;
    Py_XDECREF(result);
    Py_XDECREF(module);
    return result != NULL;
}

int
main(int argc, char **argv)
{
    PyStatus status = start(argc, argv);
    if (PyStatus_Exception(status)) {
        Py_ExitStatusException(status);
    }
    PyObject *module = collect_rarely() ? PyImport_ImportModule(PROGRAM) : NULL;
    PyObject *result = module ? PyObject_CallMethod(module, "main", NULL) : NULL;
    int failed = result == NULL;
    if (failed) {
        PyErr_Print();
    }
    Py_XDECREF(result);
    Py_XDECREF(module);
    return Py_FinalizeEx() < 0 || failed;
}
