/* Python's allocator of small objects, with a way to clear what is free in it.
 *
 * Freed blocks keep what was in them. In memory that becomes part of an image this is ballast,
 * and differs from build to build where an address or the time was in it.
 */

#include "Objects/obmalloc.c"

#include "region.h"

static void
clear_blocks(poolp pool)
{
    size_t size = INDEX2SIZE(pool->szidx);
    for (block *each = pool->freeblock; each != NULL; each = *(block **)each) {
        memset(each + sizeof(block *), 0, size - sizeof(block *));
    }
    memset((char *)pool + pool->nextoffset, 0, POOL_SIZE - pool->nextoffset);
}

/* A pool that is wholly free is made anew when it is taken (pymalloc_alloc). */
static void
clear_pool(poolp pool)
{
    pool->szidx = DUMMY_SIZE_IDX;
    pool->freeblock = NULL;
    pool->nextoffset = pool->maxnextoffset = 0;
    pool->prevpool = NULL;
    memset((char *)pool + POOL_OVERHEAD, 0, POOL_SIZE - POOL_OVERHEAD);
}

void
pools_clear_freed(void)
{
    for (uint i = 0; i < maxarenas; i++) {
        uintptr_t start = _Py_SIZE_ROUND_UP(arenas[i].address, POOL_SIZE);
        if (arenas[i].address == 0) {
            continue;
        }
        /* Those from pool_address on were never taken. */
        for (block *at = (block *)start; at < arenas[i].pool_address; at += POOL_SIZE) {
            poolp pool = (poolp)at;
            if (pool->ref.count == 0) {
                clear_pool(pool);
            }
            else {
                clear_blocks(pool);
            }
        }
    }
}
