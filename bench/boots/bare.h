/*
 * What the rig's programs stand on: Linux's system calls on x86_64, without a C library.
 *
 * Each program defines `int start(char **environment)`, and is linked with
 * -nostdlib -static, so that what is measured is the program and the kernel alone.
 */
#ifndef BARE_H
#define BARE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

static inline long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#define CALL(number, ...) CALL_(number, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(number, a, b, c, d, e, f, ...)                                                   \
    call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* gcc may call these by itself. */
void *memcpy(void *to, const void *from, size_t size)
{
    void *end = to;
    __asm__ volatile("rep movsb" : "+D"(end), "+S"(from), "+c"(size) : : "memory");
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    void *end = to;
    __asm__ volatile("rep stosb" : "+D"(end), "+c"(size) : "a"(byte) : "memory");
    return to;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

static inline int begins(const char *text, const char *beginning)
{
    while (*beginning && *text == *beginning)
        text++, beginning++;
    return !*beginning;
}

static inline char *append(char *to, const char *text)
{
    size_t length = strlen(text);
    memcpy(to, text, length + 1);
    return to + length;
}

static inline char *append_number(char *to, uint64_t number, int width)
{
    char digits[24], *first = digits + sizeof digits - 1;
    *first = 0;
    do
        *--first = (char)('0' + number % 10), width--;
    while (number /= 10);
    while (width-- > 0)
        *--first = '0';
    return append(to, first);
}

/* Say a line on the console, with the seconds since the kernel's start. */
static inline void say(const char *text)
{
    struct {
        long seconds, nanoseconds;
    } now;
    char line[160] = "[", *end = line + 1;
    CALL(SYS_clock_gettime, 1, &now);
    end = append_number(end, (uint64_t)now.seconds, 1);
    end = append(end, ".");
    end = append_number(end, (uint64_t)now.nanoseconds / 1000, 6);
    end = append(append(append(end, "] bench: "), text), "\n");
    CALL(SYS_write, 1, line, end - line);
}

int start(char **environment);

__attribute__((used)) static void entered(long *stack)
{
    char **environment = (char **)(stack + stack[0] + 2);
    CALL(SYS_exit, start(environment));
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n"
        "\tcall entered\n");

#endif
