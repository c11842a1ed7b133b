/* Hashes of strings in 32 bits: FNV-1a of the bytes (Fowler, Noll, Vo), mixed once more.
 *
 * Python's own have 64, and each string that is kept has one, which nothing can compress. They
 * are the same in every process, as in all that is kept: whoever writes a configuration that is
 * slow to read by their collisions could as well write one that does not boot.
 */

#include "Python.h"

#include <stdint.h>

static Py_hash_t
fnv(const void *bytes, Py_ssize_t length)
{
    uint32_t hash = 2166136261u;
    for (const unsigned char *at = bytes; length > 0; length--) {
        hash = (hash ^ *at++) * 16777619u;
    }
    /* Dictionaries look at the lowest bits first, and multiplying moves bits upwards only. */
    return hash ^ hash >> 15;
}

PyHash_FuncDef PyHash_Func = {fnv, "fnv1a", 32, 0};
