/* Memory that can be written into the program file: what region.c hands out until it is closed.
 */

#ifndef REGION_H
#define REGION_H

#include <stddef.h>

/* Have Python's arenas come from the region. Before Python is initialised. */
void region_open(void);

/* Hand out no more: from here on memory is the C library's, also in the process that starts from
 * what is written now. */
void region_close(void);

int region_is_closed(void);

/* Clear what is free in Python's pools (pools.c). */
void pools_clear_freed(void);

/* Where the last byte is that is not zero, and one past the whole. */
const char *region_used(void);
const char *region_end(void);

#endif
