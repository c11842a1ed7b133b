/* /init of the slim userland: Python, set up for the one program that the image is for.
 *
 * In the place of Modules/main.c and Modules/getpath.c of CPython. Nothing is read from the
 * command line, the environment or a file: every module is in this program, and getpath.c would
 * run several hundred lines of Python to find folders that are not there.
 *
 * The settings are those of `python3 -ISOO` where the locale is C, which the userland of Debian's
 * packages is started with.
 *
 * Unless the image is to be small rather than fast, what starts on a machine was started when the
 * image was built, with all imports done (keep.c), and goes on from there.
 */

#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include "pycore_initconfig.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"

#include "init.h"
#include "region.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define PROGRAM "bootpy.init.supervisor"
#define KEEP "--keep"

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

PyStatus
start(int argc, char *const *argv)
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
    /* What is kept is the same bytes each time (hashing.c takes no seed, but more does). */
    config.use_hash_seed = 1;
    config.hash_seed = 0;
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

int
collect_rarely(void)
{
    PyObject *module = PyImport_ImportModule("gc");
    PyObject *result = module ? PyObject_CallMethod(module, "set_threshold", "i", COLLECT_AFTER) : NULL;
    Py_XDECREF(result);
    Py_XDECREF(module);
    return result != NULL;
}

/* Tell an error that came before Python had its streams. */
void
tell_error(void)
{
    PyObject *kind, *value, *trace;
    PyErr_Fetch(&kind, &value, &trace);
    PyObject *text = value ? PyObject_Str(value) : NULL;
    const char *words = text ? PyUnicode_AsUTF8(text) : NULL;
    fprintf(stderr, "init: %s: %s\n", kind ? ((PyTypeObject *)kind)->tp_name : "error",
            words ? words : "without a word");
    Py_XDECREF(text);
    PyErr_Restore(kind, value, trace);
}

/* Make the kept interpreter this process's. What it held of threads was of another: their
 * names, and the key of what each has of its own (compare _PyGILState_Reinit). */
static int
take_up(void)
{
    PyThreadState *state = _PyRuntimeState_GetThreadState(&_PyRuntime);
    Py_tss_t *key = &_PyRuntime.gilstate.autoTSSkey;
    _PyRuntime.main_thread = PyThread_get_thread_ident();
    state->thread_id = PyThread_get_thread_ident();
    state->native_thread_id = PyThread_get_thread_native_id();
    key->_is_initialized = 0;
    /* As config.install_signal_handlers has it. */
    PyOS_setsig(SIGPIPE, SIG_IGN);
    PyOS_setsig(SIGXFSZ, SIG_IGN);
    return PyThread_tss_create(key) == 0 && PyThread_tss_set(key, state) == 0;
}

static PyObject *
arguments(int argc, char **argv)
{
    PyObject *list = PyList_New(0);
    for (int i = 0; list != NULL && i < argc; i++) {
        PyObject *word = PyUnicode_DecodeFSDefault(argv[i]);
        if (word == NULL || PyList_Append(list, word) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(word);
    }
    return list;
}

static PyObject *
environment(void)
{
    PyObject *list = PyList_New(0);
    for (char **each = environ; list != NULL && *each != NULL; each++) {
        const char *equals = strchr(*each, '=');
        if (equals == NULL) {
            continue;
        }
        PyObject *pair = Py_BuildValue("(y#y)", *each, (Py_ssize_t)(equals - *each), equals + 1);
        if (pair == NULL || PyList_Append(list, pair) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(pair);
    }
    return list;
}

static int
resume(int argc, char **argv)
{
    PyObject *words = arguments(argc, argv);
    PyObject *variables = words ? environment() : NULL;
    PyObject *module = variables ? PyImport_ImportModule(RESUME) : NULL;
    PyObject *result = module ? PyObject_CallMethod(module, "resume", "OO", words, variables) : NULL;
    Py_XDECREF(words);
    Py_XDECREF(variables);
    Py_XDECREF(module);
    Py_XDECREF(result);
    if (result == NULL) {
        tell_error();
    }
    return result != NULL;
}

/* Start Python where nothing was kept. */
static int
start_anew(int argc, char **argv)
{
    region_close();
    PyStatus status = start(argc, argv);
    if (PyStatus_Exception(status)) {
        Py_ExitStatusException(status);
    }
    return collect_rarely();
}

static int
go_on(int argc, char **argv)
{
    if (!take_up()) {
        Py_FatalError("no room for the state of a thread");
    }
    return resume(argc, argv);
}

int
main(int argc, char **argv)
{
    int is_kept = region_is_closed();
    /* What a kernel's command line may have as words for its first process does not count. */
    if (!is_kept && argc == 4 && strcmp(argv[1], KEEP) == 0 && getpid() != 1) {
        return !keep(argv[2], argv[3]);
    }
    int started = is_kept ? go_on(argc, argv) : start_anew(argc, argv);
    PyObject *module = started ? PyImport_ImportModule(PROGRAM) : NULL;
    PyObject *result = module ? PyObject_CallMethod(module, "main", NULL) : NULL;
    int failed = result == NULL;
    if (failed) {
        PyErr_Print();
    }
    Py_XDECREF(result);
    Py_XDECREF(module);
    return Py_FinalizeEx() < 0 || failed;
}
