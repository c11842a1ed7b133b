"""`bootpy autoload`: have every reboot go through kexec."""

import argparse
import os
import sys
from typing import TYPE_CHECKING

from bootpy.errors import BootError

if TYPE_CHECKING:
    from bootpy.system.kexec_defaults import Settings

NAME = "autoload"
SUMMARY = "have every reboot skip the firmware"
ABOUT = """\
Have `reboot`, `systemctl reboot` and `shutdown -r now` skip the firmware: while the system
goes down, the kernel is loaded that the boot loader would boot by then, and the machine jumps into
it. Where it cannot be loaded, an ordinary reboot follows. It is off until it is enabled."""
EXAMPLES = """\
`load` is what the services call on the way down. A kernel that somebody loaded before then is
kept. `bootpy reboot --firmware` goes the long way once.

/etc/default/kexec and the files of /etc/default/kexec.d, where Debian's kexec-tools has its
settings, are read at each reboot: LOAD_KEXEC=false switches off; KERNEL_IMAGE, INITRD and APPEND
take the default entry's place, unless they are what kexec-tools writes there by itself
(/vmlinuz, /initrd.img and nothing) or USE_GRUB_CONFIG is true.

examples:
  bootpy autoload enable
  bootpy autoload status && reboot

exit status: 0 when it was done, of status: when it is on; 1 when it was not, or is off; 2 when
the command line cannot be used"""

OFF = 1
"""Exit status of `status` where reboots go through the firmware."""

FAILED = 1
"""Exit status where nothing was changed, or nothing was loaded."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's argument."""
    parser.add_argument(
        "action",
        choices=("enable", "disable", "status", "load"),
        help="switch it on or off for good, tell how it stands, or load now if this is a reboot",
    )


def run(given: argparse.Namespace) -> int:
    """Do what is asked and return the exit status."""
    actions = {"enable": _enable, "disable": _disable, "status": _status, "load": _load}
    return actions[given.action]()


def _enable() -> int:
    from bootpy.kexec.state import look, refuse_without_kexec
    from bootpy.system import autoload, kexec_defaults

    _refuse_user()
    refuse_without_kexec(look())
    settings = kexec_defaults.read()
    if settings.load is False:
        raise BootError(
            f"{_named(settings)} says LOAD_KEXEC=false, which keeps reboots as they are",
            "say LOAD_KEXEC=true there, or take the line out",
        )
    autoload.enable()
    return _status()


def _disable() -> int:
    from bootpy.system import autoload

    _refuse_user()
    autoload.disable()
    print("reboots go through the firmware")
    return 0


def _status() -> int:
    from bootpy.system import autoload, kexec_defaults

    settings = kexec_defaults.read()
    enabled, active = autoload.enabled(), autoload.active()
    if not enabled and not active:
        print("off: reboots go through the firmware (bootpy autoload enable changes that)")
        return OFF
    if settings.load is False:
        print(f"off: {_named(settings)} says LOAD_KEXEC=false")
        return OFF
    if not active:
        print("enabled, but not active: from the next start of the system on")
    elif not enabled:
        print("active, but not enabled: until the next start of the system")
    else:
        print("on: reboots skip the firmware")
    if autoload.firmware_wanted():
        print("once the long way: the next reboot goes through the firmware")
    print(f"a reboot loads {_loaded(settings)}")
    return 0 if active else OFF


def _load() -> int:
    from bootpy.kexec.load import loaded
    from bootpy.system import autoload, kexec_defaults

    if not autoload.reboot_under_way():
        return 0
    if autoload.firmware_wanted():
        print("loading nothing: this reboot was asked to go through the firmware")
        return 0
    settings = kexec_defaults.read()
    if settings.load is False:
        print(f"loading nothing: {_named(settings)} says LOAD_KEXEC=false")
        return 0
    if loaded():
        print("loading nothing: a kernel is loaded already")
        return 0
    from bootpy.cli.main import main

    # In its own words: what it takes, and what it says of a refusal, are that verb's.
    status = main(["load", *settings.words()])
    if status:
        print("bootpy: an ordinary reboot follows", file=sys.stderr)
    return FAILED if status else 0


def _refuse_user() -> None:
    if os.geteuid() != 0:
        raise BootError("only root decides how this system reboots", "run it as root")


def _named(settings: "Settings") -> str:
    return " or ".join(settings.files)


def _loaded(settings: "Settings") -> str:
    if not settings.choose:
        return "what the boot loader would boot by then (now: bootpy load --dry-run)"
    import shlex

    return f"what {_named(settings)} says: bootpy load {shlex.join(settings.words())}"
