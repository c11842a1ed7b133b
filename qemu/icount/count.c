/*
 * A TCG plugin that counts the instructions a guest executes, and says how many there were
 * when each line on its serial console began and when it came to marked code.
 *
 * How it learns of the console: QEMU writes the serial port's bytes to one end of a pipe, and
 * the plugin reads the other. A PC's serial port is written by `out %al,%dx`, and QEMU's model
 * passes a byte on while that instruction is executed. So before each such instruction what
 * stands in the pipe is what the one before has written, at the count that was noted then.
 * A halted processor executes nothing: waiting is not counted.
 *
 * Arguments: console=FD, the pipe's reading end; log=FD, where records go; and for every mark
 * NAME=OFFSET:BYTES (all hexadecimal): code at OFFSET of a page that begins with BYTES.
 *
 * The first code in the upper half of the addresses is the mark "upper": there Linux is when it
 * has unpacked itself, and nothing was before.
 *
 * Records are lines: the count, a kind, a text. Kinds: "line" with a line of the console,
 * "mark" with a mark's name, "end" at QEMU's exit.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qemu_plugin.h"

#define MOST_MARKS 8
#define MOST_BYTES 16
#define LINE 32768
#define OUT_DX_AL 0xee
#define PAGE 4096

PLUGIN_EXPORT int qemu_plugin_version = 1;

struct mark {
    const char *name;
    uint64_t offset;
    uint8_t bytes[MOST_BYTES];
    size_t length;
};

static uint64_t executed; /* instructions, up to and with the block that runs */
static uint64_t at_last_out;
static int console = -1, records = -1;
static struct mark marks[MOST_MARKS];
static size_t marks_given;
static char line[LINE];
static size_t filled;
static uint64_t line_began;
static bool upper_seen;

static void put(uint64_t count, const char *kind, const char *text, size_t length)
{
    char record[LINE + 64];
    int size = snprintf(record, sizeof record, "%llu %s %.*s\n", (unsigned long long)count, kind,
                        (int)length, text);
    ssize_t written = write(records, record, (size_t)size);
    (void)written; /* nobody is left who could be told */
}

static void take(char byte)
{
    if (byte == '\r' || byte == '\0')
        return;
    if (!filled)
        line_began = at_last_out;
    if (byte == '\n' || filled == sizeof line) {
        put(line_began, "line", line, filled);
        filled = 0;
    }
    if (byte != '\n')
        line[filled++] = byte;
}

static void drain(void)
{
    char bytes[256];
    ssize_t size;
    while ((size = read(console, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < size; i++)
            take(bytes[i]);
}

static void before_out(unsigned int vcpu, void *unused)
{
    (void)vcpu, (void)unused;
    drain();
    at_last_out = executed;
}

static void at_mark(unsigned int vcpu, void *found)
{
    const struct mark *mark = found;
    (void)vcpu;
    put(executed, "mark", mark->name, strlen(mark->name));
}

/* Copy the beginning of a block's code; return how many bytes there are of it. */
static size_t beginning(const struct qemu_plugin_tb *block, uint8_t *code, size_t wanted)
{
    size_t have = 0, instructions = qemu_plugin_tb_n_insns(block);
    for (size_t i = 0; i < instructions && have < wanted; i++) {
        const struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        size_t size = qemu_plugin_insn_size(insn);
        size = size < wanted - have ? size : wanted - have;
        memcpy(code + have, qemu_plugin_insn_data(insn), size);
        have += size;
    }
    return have;
}

static void at_upper(unsigned int vcpu, void *unused)
{
    (void)vcpu, (void)unused;
    if (!upper_seen)
        put(executed, "mark", "upper", strlen("upper"));
    upper_seen = true;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    size_t instructions = qemu_plugin_tb_n_insns(block);
    uint64_t address = qemu_plugin_tb_vaddr(block), place = address % PAGE;
    (void)id;
    if (!upper_seen && address >> 63)
        qemu_plugin_register_vcpu_tb_exec_cb(block, at_upper, QEMU_PLUGIN_CB_NO_REGS, NULL);
    qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &executed,
                                             instructions);
    for (size_t i = 0; i < instructions; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        if (qemu_plugin_insn_size(insn) == 1 &&
            *(const uint8_t *)qemu_plugin_insn_data(insn) == OUT_DX_AL)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, before_out, QEMU_PLUGIN_CB_NO_REGS, NULL);
    }
    for (size_t i = 0; i < marks_given; i++) {
        uint8_t code[MOST_BYTES];
        if (place == marks[i].offset && beginning(block, code, marks[i].length) == marks[i].length &&
            !memcmp(code, marks[i].bytes, marks[i].length))
            qemu_plugin_register_vcpu_tb_exec_cb(block, at_mark, QEMU_PLUGIN_CB_NO_REGS, &marks[i]);
    }
}

static void at_exit(qemu_plugin_id_t id, void *unused)
{
    (void)id, (void)unused;
    drain();
    if (filled)
        put(line_began, "line", line, filled);
    put(executed, "end", "", 0);
}

static bool add_mark(char *name, char *value)
{
    struct mark *mark = &marks[marks_given];
    char *digits = strchr(value, ':');
    if (!digits || marks_given == MOST_MARKS || strlen(++digits) > 2 * MOST_BYTES)
        return false;
    mark->name = name;
    mark->offset = strtoull(value, NULL, 16);
    for (; digits[0] && digits[1]; digits += 2) {
        char pair[3] = {digits[0], digits[1], 0};
        mark->bytes[mark->length++] = (uint8_t)strtoul(pair, NULL, 16);
    }
    marks_given++;
    return mark->length > 0;
}

PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                      char **argv)
{
    if (!info->system_emulation || info->system.max_vcpus != 1) {
        fprintf(stderr, "count: one machine with one processor is what it can count\n");
        return 1;
    }
    for (int i = 0; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (value)
            *value++ = 0;
        if (value && !strcmp(argv[i], "console"))
            console = atoi(value);
        else if (value && !strcmp(argv[i], "log"))
            records = atoi(value);
        else if (!value || !add_mark(argv[i], value)) {
            fprintf(stderr, "count: argument %s is none, or no mark\n", argv[i]);
            return 1;
        }
    }
    if (records < 0 || fcntl(console, F_SETFL, O_NONBLOCK) < 0) {
        fprintf(stderr, "count: console= and log= are to be open: %s\n", strerror(errno));
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
    return 0;
}
