/* The /init of the system that is booted into: it says that it is there, and switches off. */
#include <linux/reboot.h>

#include "bare.h"

int start(char **environment)
{
    (void)environment;
    say("target");
    CALL(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, 0);
    return 1;
}
