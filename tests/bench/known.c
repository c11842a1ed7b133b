/* An /init that executes a known number of instructions, and then waits, for test_counting.py. */
#include <linux/reboot.h>

#include "bare.h"

#define ROUNDS 20000000UL /* of two instructions each */

int start(char **environment)
{
    struct {
        long seconds, nanoseconds;
    } second = {1, 0};
    uint64_t rounds = ROUNDS;
    (void)environment;
    say("loop");
    __asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(rounds));
    say("wait");
    CALL(SYS_nanosleep, &second, 0);
    say("off");
    CALL(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, 0);
    return 1;
}
