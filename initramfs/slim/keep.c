/* Keeps a started interpreter: `init --keep MEMORY CODE`, when the image is built.
 *
 * Python is initialised, all modules in CODE are imported, and the memory is written to MEMORY,
 * which snapshot.py puts into the program in place of its empty data. What starts on a machine has
 * done all this already (docs/userland.md says what that spares).
 */

#include "Python.h"
#include "pycore_import.h"

#include "init.h"
#include "region.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define MOST_MAPS 200

/* What a thread is called differs from process to process, and Python makes numbers of it: until
 * the memory is kept, all are called the same. The linker leads the calls here. */
unsigned long __real_PyThread_get_thread_ident(void);
unsigned long __real_PyThread_get_thread_native_id(void);

unsigned long
__wrap_PyThread_get_thread_ident(void)
{
    return region_is_closed() ? __real_PyThread_get_thread_ident() : 1;
}

unsigned long
__wrap_PyThread_get_thread_native_id(void)
{
    return region_is_closed() ? __real_PyThread_get_thread_native_id() : 1;
}

/* Of the linker and crt1.o: where what is initialised begins, and where all memory ends. */
extern char __data_start[];
extern char _end[];

/* Variables of the C library that the linker has put here; it gives them their values anew at
 * each start. */
static const void *const of_library[] = {&stdin, &stdout, &stderr, &environ};

static int
is_of_library(const char *place)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(of_library); i++) {
        if (place == of_library[i]) {
            return 1;
        }
    }
    return 0;
}

/* Say which word from `start` to `end` points to memory of this process that is not kept: a library's,
 * the stack. It would point to nothing at the next start. */
static int
points_outside(const char *start, const char *end)
{
    unsigned long low[MOST_MAPS], high[MOST_MAPS];
    int maps = 0, found = 0;
    FILE *file = fopen("/proc/self/maps", "r");
    char line[1024];
    while (file != NULL && maps < MOST_MAPS && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "%lx-%lx", &low[maps], &high[maps]) == 2
            && low[maps] >= (unsigned long)_end) {
            maps++;
        }
    }
    if (file == NULL || maps == MOST_MAPS || fclose(file) != 0) {
        fprintf(stderr, "init: /proc/self/maps cannot be read\n");
        return 1;
    }
    start = (const char *)(((uintptr_t)start + 7) & ~(uintptr_t)7);
    for (const char *at = start; at + sizeof(unsigned long) <= end; at += sizeof(unsigned long)) {
        unsigned long word;
        memcpy(&word, at, sizeof(word));
        for (int i = 0; i < maps; i++) {
            if (low[i] <= word && word < high[i] && !is_of_library(at)) {
                fprintf(stderr, "init: what is at %p points to %#lx\n", (void *)at, word);
                found = 1;
            }
        }
    }
    return found;
}

/* Write everything from the first datum to the last byte of the region that is used, behind
 * the addresses of both. */
static int
write_memory(const char *path)
{
    const char *end = region_used();
    uint64_t addresses[] = {(uintptr_t)__data_start, (uintptr_t)end};
    size_t size = (size_t)(end - __data_start);
    if (_end - region_end() > 4096) {
        fprintf(stderr, "init: the region is not at the end of memory\n");
        return 0;
    }
    if (points_outside(__data_start, end)) {
        return 0;
    }
    FILE *file = fopen(path, "wb");
    int done = file != NULL && fwrite(addresses, 1, sizeof(addresses), file) == sizeof(addresses)
        && fwrite(__data_start, 1, size, file) == size;
    const void *none = NULL;
    for (size_t i = 0; done && i < Py_ARRAY_LENGTH(of_library); i++) {
        long place = (long)((const char *)of_library[i] - __data_start + sizeof(addresses));
        done = fseek(file, place, SEEK_SET) == 0 && fwrite(&none, sizeof(none), 1, file) == 1;
    }
    if (file == NULL || fclose(file) != 0 || !done) {
        perror(path);
        return 0;
    }
    return 1;
}

/* Whoever runs the build may ignore some; Python looks at what it finds. */
static void
default_signals(void)
{
    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL);
    }
}

#define MOST_MODULES 1000
static struct _frozen early[MOST_MODULES + 1];

/* Have Python find the modules in a file that freezing.py wrote. It is mapped, so that nothing of
 * it lies in the memory that is kept. */
static int
open_early(const char *path)
{
    struct stat found;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &found) < 0) {
        perror(path);
        return 0;
    }
    const char *at = mmap(NULL, found.st_size + 1, PROT_READ, MAP_PRIVATE, file, 0);
    if (at == MAP_FAILED) {
        perror(path);
        return 0;
    }
    const char *end = at + found.st_size;
    for (struct _frozen *row = early; at < end; row++) {
        uint32_t head[3];
        memcpy(head, at, sizeof(head));
        if (row == early + MOST_MODULES) {
            fprintf(stderr, "init: %s: more than %d modules\n", path, MOST_MODULES);
            return 0;
        }
        row->name = at + sizeof(head);
        row->code = (const unsigned char *)row->name + head[0];
        row->size = (int)head[1];
        row->is_package = head[2] != 0;
        at = (const char *)row->code + head[1];
    }
    PyImport_FrozenModules = early;
    return 1;
}

static void
close_early(void)
{
    PyImport_FrozenModules = NULL;
    memset(early, 0, sizeof(early));
}

static PyObject *
early_names(void)
{
    PyObject *names = PyList_New(0);
    for (struct _frozen *row = early; names != NULL && row->name != NULL; row++) {
        PyObject *name = PyUnicode_FromString(row->name);
        if (name == NULL || PyList_Append(names, name) < 0) {
            Py_CLEAR(names);
        }
        Py_XDECREF(name);
    }
    return names;
}

int
keep(const char *memory, const char *code)
{
    default_signals();
    region_open();
    if (!open_early(code)) {
        return 0;
    }
    char *const same[] = {"/init", NULL};
    PyStatus status = start(1, same);
    if (PyStatus_Exception(status)) {
        Py_ExitStatusException(status);
    }
    PyObject *names = collect_rarely() ? early_names() : NULL;
    PyObject *module = names != NULL ? PyImport_ImportModule(RESUME) : NULL;
    PyObject *result = module ? PyObject_CallMethod(module, "prepare", "O", names) : NULL;
    if (result == NULL) {
        tell_error();
        PyErr_Print();
        return 0;
    }
    Py_DECREF(result);
    Py_DECREF(module);
    Py_DECREF(names);
    close_early();
    /* What frames that have ended left on Python's stack. */
    PyThreadState *state = PyThreadState_Get();
    memset(state->datastack_top, 0,
           (size_t)((char *)state->datastack_limit - (char *)state->datastack_top));
    pools_clear_freed();
    region_close();
    return write_memory(memory);
}
