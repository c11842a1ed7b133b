"""UEFI variables, through efivarfs (Documentation/filesystems/efivarfs.rst)."""

import errno
import fcntl
import os
import struct
from collections.abc import Iterable
from contextlib import suppress

from bootpy.linux import mounts, syscalls

FOLDER = "/sys/firmware/efi/efivars"
"""Where efivarfs is mounted."""

_GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
LOADER = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
"""Vendor of the variables by which boot loaders and systemd talk (Boot Loader Interface)."""

# UEFI 2.10, 8.5.4: bit 0 of OsIndications asks for the firmware's set-up at the next start,
# and the same bit of OsIndicationsSupported says that the firmware has it.
_BOOT_TO_SETUP = 0x1
# NON_VOLATILE; BOOTSERVICE_ACCESS and RUNTIME_ACCESS.
_KEPT = 0x1
_SEEN_BY_ALL = 0x6

# efivarfs marks most variables as immutable, against rm -rf (include/uapi/linux/fs.h).
_LONG = struct.calcsize("l") << 16
_GET_FLAGS, _SET_FLAGS = 0x80006601 | _LONG, 0x40006602 | _LONG
_IMMUTABLE = 0x10

_LARGEST = 64 << 10


def mount_variables() -> None:
    """Mount efivarfs where it is not. OSError: ENOENT without UEFI, ENODEV without its driver."""
    if not os.path.isdir(FOLDER):
        raise FileNotFoundError(errno.ENOENT, "this machine was not started by UEFI firmware")
    if not os.path.ismount(FOLDER):
        flags = mounts.MS_NOSUID | mounts.MS_NODEV | mounts.MS_NOEXEC
        syscalls.mount("efivarfs", FOLDER, "efivarfs", flags)


def ask_for_setup() -> None:
    """Have the firmware enter its set-up program at the next start.

    OSError: ENOTSUP where the firmware knows of none, else as of its variables.
    """
    if not _number("OsIndicationsSupported") & _BOOT_TO_SETUP:
        raise OSError(errno.ENOTSUP, "the firmware offers no way into its set-up")
    wanted = _number("OsIndications") | _BOOT_TO_SETUP
    write("OsIndications", _GLOBAL, wanted.to_bytes(8, "little"), kept=True)


def texts(names: Iterable[str], vendor: str, folder: str = FOLDER) -> dict[str, str]:
    """Return those of the variables that are there and hold text (UTF-16, up to a NUL)."""
    found = {}
    for name in names:
        try:
            with open(_path(name, vendor, folder), "rb") as file:
                content = file.read(_LARGEST)[4:]
        except OSError:
            continue
        text = content[: len(content) & ~1].decode("utf-16-le", "replace")
        found[name] = text.partition("\0")[0]
    return found


def write(name: str, vendor: str, content: bytes, *, kept: bool, folder: str = FOLDER) -> None:
    """Set a variable that the firmware keeps when the power goes, or does not.

    OSError as of the firmware: EINVAL or EROFS where it makes no variable that is not kept
    once an operating system runs, which is what UEFI 2.10, 8.2, has it do; ENOSPC.
    """
    path = _path(name, vendor, folder)
    attributes = _SEEN_BY_ALL | (_KEPT if kept else 0)
    known = os.path.exists(path)
    _make_mutable(path)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        # One write(2): each is a call of the firmware's SetVariable, attributes first.
        os.write(fd, attributes.to_bytes(4, "little") + content)
    except OSError:
        if not known:
            with suppress(OSError):  # efivarfs keeps an empty file where the firmware has nothing
                remove(name, vendor, folder)
        raise
    finally:
        os.close(fd)


def there(name: str, vendor: str, folder: str = FOLDER) -> bool:
    """Whether there is such a variable."""
    return os.path.exists(_path(name, vendor, folder))


def remove(name: str, vendor: str, folder: str = FOLDER) -> None:
    """Remove a variable; nothing happens where there is none. OSError as of the firmware."""
    path = _path(name, vendor, folder)
    _make_mutable(path)
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def _make_mutable(path: str) -> None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        (flags,) = struct.unpack("i", fcntl.ioctl(fd, _GET_FLAGS, bytes(4)))
        if flags & _IMMUTABLE:
            fcntl.ioctl(fd, _SET_FLAGS, struct.pack("i", flags & ~_IMMUTABLE))
    except OSError as error:
        # A file system without such flags has no immutable files.
        if error.errno not in {errno.ENOTTY, errno.EOPNOTSUPP}:
            raise
    finally:
        os.close(fd)


def _number(name: str) -> int:
    try:
        with open(_path(name), "rb") as file:
            return int.from_bytes(file.read()[4:12], "little")
    except FileNotFoundError:
        return 0


def _path(name: str, vendor: str = _GLOBAL, folder: str = FOLDER) -> str:
    return f"{folder}/{name}-{vendor}"
