"""The first mounts of an initramfs, the kernel's log made ready for our words, and our start."""

import os
import time
from contextlib import suppress

from bootpy.linux import mounts, syscalls

VOLUMES = "/run/bootpy/volumes"
"""Below this folder every looked-at file system is mounted, under its device's name."""

_EARLY = (
    ("proc", "/proc", "proc", mounts.MS_NOSUID | mounts.MS_NODEV | mounts.MS_NOEXEC, ""),
    ("sysfs", "/sys", "sysfs", mounts.MS_NOSUID | mounts.MS_NODEV | mounts.MS_NOEXEC, ""),
    ("devtmpfs", "/dev", "devtmpfs", mounts.MS_NOSUID, "mode=0755"),
    ("tmpfs", "/run", "tmpfs", mounts.MS_NOSUID | mounts.MS_NODEV, "mode=0755"),
    ("securityfs", "/sys/kernel/security", "securityfs", mounts.MS_NOSUID, ""),
)


def mount_early() -> list[str]:
    """Mount /proc, /sys, /dev, /run and securityfs where they are not; say what failed."""
    failed = []
    for source, target, kind, flags, data in _EARLY:
        try:
            os.makedirs(target, exist_ok=True)
            if not os.path.ismount(target):
                syscalls.mount(source, target, kind, flags, data)
        except OSError as error:
            failed.append(f"cannot mount {kind} on {target}: {error.strerror}")
    os.makedirs(VOLUMES, exist_ok=True)
    return failed


def started(before: float, program: str = "/proc/self/exe") -> float:
    """Return when the kernel started this program, in seconds since its own start.

    It read the file for that, and noted when, to one tick of its timer (4 ms where HZ is 250);
    the kernel's log has the moment too, for a hundred times the instructions. Where that cannot
    be, as on a file system that notes no such times, it is `before`.
    """
    try:
        read = os.stat(program).st_atime
    except OSError:
        return before
    at = read - (time.time() - time.monotonic())
    return at if 0 < at < before else before


def open_kernel_log() -> None:
    """Let every line of ours into the kernel's log, and keep the console for the timeline.

    /dev/kmsg takes ten lines in five seconds unless printk_devkmsg is "on"; what we put
    there (level 6) would appear on the console twice were its level not lowered to 4.
    """
    for path, value in (
        ("/proc/sys/kernel/printk_devkmsg", "on"),
        ("/proc/sys/kernel/printk", "4"),
    ):
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(f"{value}\n")  # the line end is part of what printk_devkmsg takes
        except OSError:
            continue  # printk.devkmsg= on the command line fixes it: then that is wanted


def unmount_volumes() -> list[str]:
    """Unmount every volume, the last mounted first; say what would not go."""
    return _unmounted(volume_mounts())


def unmount_writable() -> list[str]:
    """Unmount what may be written to, the last mounted first; say what would not go."""
    return _unmounted(mounts.writable())


def _unmounted(places: list[str]) -> list[str]:
    stuck = []
    for place in reversed(places):
        try:
            mounts.unmount(place)
        except OSError as error:
            stuck.append(f"{place}: {error.strerror}")
            with suppress(OSError):  # a root cannot even be detached
                mounts.unmount(place, at_once=True)
    return stuck


def volume_mounts() -> list[str]:
    """Return the folders below `VOLUMES` on which something is mounted, in mount order."""
    with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
        places = [line.split(" ")[1] for line in file]
    return [place for place in places if place.startswith(f"{VOLUMES}/")]
