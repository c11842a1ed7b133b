"""Unmount what can be, and make the rest read-only: the end of every clean shutdown."""

import os
import time
from collections.abc import Callable

from bootpy.linux import mounts, unmounting
from bootpy.system.mount_table import Mount, kept, written
from bootpy.system.mount_table import mounts as mount_table

Say = Callable[[str], None]

_KERNELS = ("/proc", "/sys", "/dev", "/run")
_PATIENCE = 5.0  # seconds, for the kernel's own remount


def order(found: list[Mount], on_disks: list[Mount]) -> list[Mount]:
    """Return what to unmount, in that order: the newest first, without / and the kernel's own.

    `on_disks` are those of `found` that keep data: these are let go wherever they are.
    """

    def stays(mount: Mount) -> bool:
        within = any(mount.place == top or mount.place.startswith(f"{top}/") for top in _KERNELS)
        return mount.place == "/" or (within and mount not in on_disks)

    return [mount for mount in reversed(found) if not stays(mount)]


def unmount_all(say: Say) -> list[Mount]:
    """Let go of swap and file systems; return what is still mounted read-write in the end."""
    for path in _swaps():
        _trying(unmounting.swap_off, path, say)
    os.sync()
    while True:
        found = mount_table()
        if not any(_unmounted(mount) for mount in order(found, kept(found))):
            break  # what is left is in use
    for mount in written():
        _trying(unmounting.remount_read_only, mount.place, say)
    if written():
        say("having the kernel make all file systems read-only")
        unmounting.remount_all_read_only()
        deadline = time.monotonic() + _PATIENCE
        while written() and time.monotonic() < deadline:
            time.sleep(0.05)
    os.sync()
    return written()


def _unmounted(mount: Mount) -> bool:
    try:
        mounts.unmount(mount.place)
    except OSError:
        return False
    return True


def _trying(work: Callable[[str], None], path: str, say: Say) -> None:
    try:
        work(path)
    except OSError as error:
        say(f"{path}: {error.strerror}")


def _swaps() -> list[str]:
    try:
        with open("/proc/swaps", encoding="utf-8", errors="surrogateescape") as file:
            lines = file.readlines()[1:]
    except OSError:  # a kernel without swap
        return []
    return [line.split()[0].replace("\\040", " ") for line in lines]
