"""UEFI variables, through efivarfs (Documentation/filesystems/efivarfs.rst)."""

import errno
import os

from bootpy.linux import mounts, syscalls

_FOLDER = "/sys/firmware/efi/efivars"
_GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"

# UEFI 2.10, 8.5.4: bit 0 of OsIndications asks for the firmware's set-up at the next start,
# and the same bit of OsIndicationsSupported says that the firmware has it.
_BOOT_TO_SETUP = 0x1
_KEPT_AND_SEEN_BY_ALL = 0x7  # NON_VOLATILE, BOOTSERVICE_ACCESS, RUNTIME_ACCESS


def mount_variables() -> None:
    """Mount efivarfs where it is not. OSError: ENOENT without UEFI, ENODEV without its driver."""
    if not os.path.isdir(_FOLDER):
        raise FileNotFoundError(errno.ENOENT, "this machine was not started by UEFI firmware")
    if not os.path.ismount(_FOLDER):
        flags = mounts.MS_NOSUID | mounts.MS_NODEV | mounts.MS_NOEXEC
        syscalls.mount("efivarfs", _FOLDER, "efivarfs", flags)


def ask_for_setup() -> None:
    """Have the firmware enter its set-up program at the next start.

    OSError: ENOTSUP where the firmware knows of none, else as of its variables.
    """
    if not _number("OsIndicationsSupported") & _BOOT_TO_SETUP:
        raise OSError(errno.ENOTSUP, "the firmware offers no way into its set-up")
    wanted = _number("OsIndications") | _BOOT_TO_SETUP
    # One write(2): each is a call of the firmware's SetVariable, attributes first.
    content = _KEPT_AND_SEEN_BY_ALL.to_bytes(4, "little") + wanted.to_bytes(8, "little")
    fd = os.open(_path("OsIndications"), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.write(fd, content)
    finally:
        os.close(fd)


def _number(name: str) -> int:
    try:
        with open(_path(name), "rb") as file:
            return int.from_bytes(file.read()[4:12], "little")
    except FileNotFoundError:
        return 0


def _path(name: str) -> str:
    return f"{_FOLDER}/{name}-{_GLOBAL}"
