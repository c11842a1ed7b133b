/*
 * The least that a loader can be: an /init that mounts, loads a kernel and jumps.
 *
 * It looks for nothing and decides nothing. KERNEL, INITRD and COMMAND_LINE are compiled in;
 * modules are /modules/00.ko and so on, in the order in which they are to be loaded. Without
 * DIGEST the kernel is loaded by kexec_load(2) with nothing between the jump and its entry;
 * with it by kexec_file_load(2), where Linux adds its purgatory, which hashes all segments.
 */
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/reboot.h>

#include "bare.h"

#define DISK "/disk"
#define PATIENCE 500 /* times 10 ms for the disk to come */

static int fail(const char *what, long error)
{
    char text[128];
    append_number(append(append(text, what), " failed: errno "), (uint64_t)-error, 1);
    say(text);
    CALL(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, 0);
    return 1;
}

static long open_file(const char *path)
{
    return CALL(SYS_open, path, O_RDONLY | O_CLOEXEC);
}

static void insert_modules(void)
{
    for (uint64_t number = 0;; number++) {
        char path[32];
        append(append_number(append(path, "/modules/"), number, 2), ".ko");
        long file = open_file(path);
        if (file < 0)
            return;
        CALL(SYS_finit_module, file, "", 0);
        CALL(SYS_close, file);
    }
}

static long mount_disk(void)
{
    struct {
        long seconds, nanoseconds;
    } pause = {0, 10000000};
    long error = 0;
    for (int tries = 0; tries < PATIENCE; tries++) {
        error = CALL(SYS_mount, "/dev/vda1", DISK, "ext4", MS_RDONLY, "");
        if (!error)
            break;
        CALL(SYS_nanosleep, &pause, 0);
    }
    return error;
}

#ifdef DIGEST
static long load(void)
{
    static const char command_line[] = COMMAND_LINE;
    long kernel = open_file(KERNEL), initrd = open_file(INITRD);
    if (kernel < 0 || initrd < 0)
        return kernel < 0 ? kernel : initrd;
    return CALL(SYS_kexec_file_load, kernel, initrd, sizeof command_line, command_line, 0);
}
#else
#include "kexec_load.h"
#endif

/* Say the peak of this process's memory, for the runs that do not count. */
static void say_memory(void)
{
    char status[4096];
    long file = open_file("/proc/self/status");
    long size = CALL(SYS_read, file, status, sizeof status - 1);
    status[size > 0 ? size : 0] = 0;
    for (char *at = status; *at; at++) {
        if (begins(at, "VmHWM:")) {
            char *end = at;
            while (*end && *end != '\n')
                end++;
            *end = 0;
            say(at);
            return;
        }
    }
}

int start(char **environment)
{
    long error;
    CALL(SYS_mount, "devtmpfs", "/dev", "devtmpfs", 0, "");
    CALL(SYS_mount, "proc", "/proc", "proc", 0, "");
    CALL(SYS_mount, "sysfs", "/sys", "sysfs", 0, "");
    say("drivers");
    insert_modules();
    say("devices");
    if ((error = mount_disk()))
        return fail("mount", error);
    say("load");
    if ((error = load()))
        return fail("kexec", error);
    for (; *environment; environment++)
        if (begins(*environment, "BENCH_MEMORY="))
            say_memory();
    say("shutdown");
    CALL(SYS_umount2, DISK, 0);
    say("jump");
    error = CALL(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, 0);
    return fail("reboot", error);
}
