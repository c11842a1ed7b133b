/* What init.c and keep.c have of each other. */

#ifndef INIT_H
#define INIT_H

#include "Python.h"

/* The name of resume.py as a module. */
#define RESUME "_resume"

/* Initialise Python, with these words as sys.argv. */
PyStatus start(int argc, char *const *argv);

/* Have the collector run less often; 0 with an exception where that fails. */
int collect_rarely(void);

/* Write the exception that is set to the standard error, also where Python has no stream. */
void tell_error(void);

/* Start Python, import the modules in the file `code`, write the memory to the file `memory`;
 * return 0 where something failed, which was told. */
int keep(const char *memory, const char *code);

#endif
