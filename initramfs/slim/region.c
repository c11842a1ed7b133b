/* The memory of an interpreter that is to be kept: everything that Python allocates while the
 * image is built lies in one array of this program, at addresses that the linker gave.
 *
 * The linker leads every call of malloc and its kin here (--wrap), those of libraries that are
 * linked in too; what the C library allocates for itself stays its own. Once the region is
 * closed, memory comes from the C library, and blocks of the region that are freed stay unused:
 * a boot frees few of them.
 */

#include "Python.h"

#include "region.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define REGION_SIZE ((size_t)32 << 20)
#define PAGE ((size_t)4096)
#define UNIT ((size_t)16)

/* In front of each block, whose size does not count it; as long as a block has to be aligned.
 * Free ones are a list in the order of their addresses. */
typedef struct block {
    size_t size;
    struct block *next;
} block;

static char region[REGION_SIZE] __attribute__((aligned(4096)));
static size_t used;
static int closed;
static block *freed;

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void __real_free(void *);

static int
is_ours(const void *pointer)
{
    return (uintptr_t)pointer - (uintptr_t)region < REGION_SIZE;
}

static size_t
rounded(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

static void *
taken(size_t size, size_t alignment)
{
    size_t start = rounded(used, alignment);
    if (size > REGION_SIZE || start > REGION_SIZE - size) {
        fprintf(stderr, "the region of %zu bytes is full\n", REGION_SIZE);
        abort();
    }
    used = start + size;
    return region + start;
}

static char *
end_of(block *one)
{
    return (char *)(one + 1) + one->size;
}

/* Take the first free block that is large enough, and leave what is too much. */
static block *
reused(size_t size)
{
    for (block **link = &freed; *link != NULL; link = &(*link)->next) {
        block *found = *link;
        if (found->size < size) {
            continue;
        }
        if (found->size - size > sizeof(block)) {
            block *rest = (block *)((char *)(found + 1) + size);
            rest->size = found->size - size - sizeof(block);
            rest->next = found->next;
            found->size = size;
            found->next = rest;
        }
        *link = found->next;
        found->next = NULL;
        return found;
    }
    return NULL;
}

/* Make one block of two where the second follows the first. */
static void
join(block *first, block *second)
{
    if (second != NULL && end_of(first) == (char *)second) {
        first->next = second->next;
        first->size += sizeof(block) + second->size;
        memset(second, 0, sizeof(block));
    }
}

static void
give_back(block *old)
{
    memset(old + 1, 0, old->size);
    block *before = NULL;
    for (block *each = freed; each != NULL && each < old; each = each->next) {
        before = each;
    }
    old->next = before != NULL ? before->next : freed;
    *(before != NULL ? &before->next : &freed) = old;
    join(old, old->next);
    if (before != NULL) {
        join(before, old);
    }
}

/* All bytes of a block are zero: freed ones are cleared, since what is left in them would be
 * part of the image. */
void *
__wrap_malloc(size_t size)
{
    if (closed) {
        return __real_malloc(size);
    }
    size = rounded(size ? size : 1, UNIT);
    block *found = reused(size);
    if (found == NULL) {
        found = taken(sizeof(block) + size, UNIT);
        found->size = size;
    }
    return found + 1;
}

void *
__wrap_calloc(size_t count, size_t size)
{
    if (closed) {
        return __real_calloc(count, size);
    }
    size_t whole;
    return __builtin_mul_overflow(count, size, &whole) ? NULL : __wrap_malloc(whole);
}

void
__wrap_free(void *pointer)
{
    if (!is_ours(pointer)) {
        __real_free(pointer);
    }
    else if (!closed) {
        give_back((block *)pointer - 1);
    }
}

void *
__wrap_realloc(void *pointer, size_t size)
{
    if (pointer == NULL) {
        return __wrap_malloc(size);
    }
    if (!is_ours(pointer)) {
        return __real_realloc(pointer, size);
    }
    size_t had = ((block *)pointer - 1)->size;
    if (size <= had && had - size < UNIT) {
        return pointer;
    }
    void *moved = __wrap_malloc(size);
    if (moved != NULL) {
        memcpy(moved, pointer, size < had ? size : had);
        __wrap_free(pointer);
    }
    return moved;
}

static void *
arena(void *context, size_t size)
{
    (void)context;
    if (!closed) {
        return taken(rounded(size, PAGE), PAGE);
    }
    void *made = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return made == MAP_FAILED ? NULL : made;
}

static void
arena_free(void *context, void *pointer, size_t size)
{
    (void)context;
    if (!is_ours(pointer)) {
        munmap(pointer, size);
    }
    else if (!closed) {
        memset(pointer, 0, size);
    }
}

void
region_open(void)
{
    PyObjectArenaAllocator allocator = {NULL, arena, arena_free};
    PyObject_SetArenaAllocator(&allocator);
}

void
region_close(void)
{
    closed = 1;
}

int
region_is_closed(void)
{
    return closed;
}

const char *
region_used(void)
{
    const char *last = region + used;
    while (last > region && last[-1] == 0) {
        last--;
    }
    return last;
}

const char *
region_end(void)
{
    return region + REGION_SIZE;
}
