"""Whether a crash kernel fits the memory that is kept for one (crashkernel=).

How much is kept is the kernel's own answer: `bootpy.kexec.state.State.reserved`. Source:
Documentation/admin-guide/kdump/kdump.rst of Linux 6.1.
"""

from bootpy.errors import BootError
from bootpy.kexec.planned import Plan


def refuse_too_big(plan: Plan, reserved: int) -> None:
    """Raise BootError where kernel and initrd alone need more than `reserved` bytes."""
    needed = plan.memory + plan.initrd_size
    if reserved < needed:
        raise BootError(
            f"the crash kernel {plan.name} and its initrd need {needed / 1e6:.1f} MB, and "
            f"crashkernel= keeps {reserved / 1e6:.1f} MB for them",
            "boot with a larger crashkernel=, or use a smaller initrd",
        )
