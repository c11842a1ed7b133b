"""Drivers that are to let go of their devices on systemd's own way down, written down at the load.

systemd-shutdown jumps by itself. What it calls before that is a shell script of the Debian package
(debian/bootpy-unbind.shutdown), which reads this table: there is no telling then whether Python,
or the disk that it lies on, is still there.
"""

import os
from collections.abc import Collection
from contextlib import suppress

from bootpy.kexec.unbinding import drivers

TABLE = "run/bootpy/unbind"
"""A file below /: a line for each driver, its name, a blank, and why."""


def write_or_say(asked: Collection[str] = (), root: str = "/") -> list[str]:
    """Write the table down as `write` does; what there is to say where it cannot be."""
    try:
        write(asked, root)
    except OSError as error:
        return [f"no device is unbound at the jump: /{TABLE}: {error.strerror}"]
    return []


def write(asked: Collection[str] = (), root: str = "/") -> None:
    """Write the table down for the kernel that was just loaded, in place of the one before.

    `asked` are drivers as of `bootpy.kexec.unbinding.drivers`; without any those that the running
    kernel's command line names (bootpy.unbind=). OSError: it cannot be written.
    """
    wanted = drivers(asked or asked_for_good(root), root)
    path = os.path.join(root, TABLE)
    if not wanted:
        forget(root)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.writelines(f"{driver} {why}\n" for driver, why in wanted.items())
    os.replace(f"{path}.new", path)


def forget(root: str = "/") -> None:
    """Take the table away, with the kernel that it was for."""
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(root, TABLE))


def asked_for_good(root: str = "/") -> tuple[str, ...]:
    """Return the drivers that the running kernel's command line names (bootpy.unbind=)."""
    from bootpy.options import parse

    try:
        with open(os.path.join(root, "proc/cmdline"), encoding="utf-8", errors="replace") as file:
            return parse(file.read())[0].unbind
    except OSError:
        return ()
