"""`bootpy crash enable`, `disable` and `test`."""

import os
import sys
from typing import TYPE_CHECKING

from bootpy.errors import BootError
from bootpy.system.service import Service

if TYPE_CHECKING:
    from bootpy.crash.readiness import Readiness

SERVICE = Service("bootpy-crash", "bootpy/crash")
_TRIGGER = "/proc/sysrq-trigger"


def enable() -> None:
    """Have the capture kernel loaded at each start, and memory kept for it; say what is missing."""
    from bootpy.crash.readiness import assess
    from bootpy.kexec.state import refuse_without_kexec

    found = assess()
    refuse_without_kexec(found.state)
    if found.place is None:
        raise BootError(found.problem, found.remedy)
    # Without memory that is kept it would fail; from the next start of the system on there is some.
    SERVICE.enable(start=bool(found.state.reserved))
    if not found.wanted:
        print(_reserve(found))
    if found.state.reserved:
        print(f"on: a crash is saved to {found.place}")
    else:
        print(f"enabled: after the next reboot a crash is saved to {found.place}")


def _reserve(found: "Readiness") -> str:
    """Have crashkernel= on the command line from the next boot on, where that is GRUB's."""
    from bootpy.crash.sizing import as_word
    from bootpy.system import grub_defaults

    word = as_word(found.sizes.recommended) if found.sizes else "crashkernel=256M"
    others = grub_defaults.reserved_by_others()
    if others:
        return f"{' and '.join(others)} has crashkernel= for the next boot: it is left as it is"
    if not grub_defaults.used():
        return (
            f"add {word} to the kernel's command line in your boot loader's configuration "
            "(/etc/kernel/cmdline, for kernel-install), and reboot"
        )
    grub_defaults.write(word)
    return f"wrote /{grub_defaults.OURS}, and grub.cfg anew: {word} from the next boot on"


def disable() -> None:
    """Take all of that back."""
    from bootpy.kexec.load import unload
    from bootpy.kexec.state import look
    from bootpy.system import grub_defaults

    SERVICE.disable()
    if look().crash:
        unload(crash=True)
    if grub_defaults.written():
        grub_defaults.remove()
        print(f"removed /{grub_defaults.OURS}, and wrote grub.cfg anew")
    print("off: a crash is not saved")


def test(*, sure: bool) -> None:
    """Have this system crash, after asking. BootError: it would not be saved; it did not crash."""
    from bootpy.crash.readiness import assess

    found = assess()
    if not found.ready:
        raise BootError("no capture kernel is loaded: the crash would not be saved", _advice(found))
    if not sure:
        print("This system stops at once, as by a fault of its kernel: programs lose what they")
        print(f"have not written. A dump goes to {found.place}; then it reboots.")
        if not sys.stdin.isatty() or input('Type "crash" to go on: ').strip() != "crash":
            raise BootError("nothing was done", "bootpy crash test --yes does not ask")
    os.sync()
    try:
        with open(_TRIGGER, "w", encoding="ascii") as file:
            file.write("c")
    except OSError as error:
        raise BootError(f"{_TRIGGER}: {error.strerror}", "run it as root") from error
    raise BootError("the kernel did not crash", "dmesg may say why: sysrq can be left out of it")


def _advice(found: "Readiness") -> str:
    return found.advice[0] if found.advice else "bootpy crash load"
