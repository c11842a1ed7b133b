"""The service that makes reboots go through kexec: switched on and off, asked about, and its work.

systemd has bootpy-autoload.service, whose stop loads the kernel; a generator makes reboot.target
another name of kexec.target while it is enabled. Without systemd two scripts in /etc/init.d do
the same. Both come with the Debian package.
"""

import os
from collections.abc import Sequence

from bootpy.errors import BootError
from bootpy.system.init_system import running

SERVICE = "bootpy-autoload"
FIRMWARE_FLAG = "run/bootpy/firmware-reboot"
"""A file below /: while it is there, the next reboot goes through the firmware."""

_UNIT = f"{SERVICE}.service"
_UNIT_FOLDERS = ("etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")
_MASKED = "/dev/null"


def enable(root: str = "/") -> None:
    """Switch it on, at once and at each start of the system. BootError: why it is not."""
    _refuse_missing(root)
    if _systemd(root):
        _run(["systemctl", "enable", "--quiet", _UNIT])
        _run(["systemctl", "start", _UNIT])
    else:
        _run(["update-rc.d", SERVICE, "defaults"])
        _run(["update-rc.d", SERVICE, "enable"])
        _run([os.path.join(root, "etc/init.d", SERVICE), "start"])


def disable(root: str = "/") -> None:
    """Switch it off, at once and for good; nothing happens where it is off."""
    _refuse_missing(root)
    if _systemd(root):
        _run(["systemctl", "disable", "--quiet", _UNIT])
        _run(["systemctl", "stop", _UNIT])
    else:
        _run(["update-rc.d", SERVICE, "disable"])
        active = os.path.join(root, "run/bootpy/autoload")
        if os.path.exists(active):
            os.unlink(active)


def enabled(root: str = "/") -> bool:
    """Return whether it is on at the next start of the system."""
    if _systemd(root):
        return _said(["systemctl", "is-enabled", _UNIT]) == "enabled"
    folders = (os.path.join(root, f"etc/rc{level}.d") for level in "2345")
    names = (name for folder in folders if os.path.isdir(folder) for name in os.listdir(folder))
    return any(name[:1] == "S" and name[3:] == SERVICE for name in names)


def active(root: str = "/") -> bool:
    """Return whether it is on now."""
    if _systemd(root):
        return _said(["systemctl", "is-active", _UNIT]) == "active"
    return os.path.exists(os.path.join(root, "run/bootpy/autoload"))


def firmware_wanted(root: str = "/") -> bool:
    """Return whether the next reboot was asked to go through the firmware."""
    return os.path.exists(os.path.join(root, FIRMWARE_FLAG))


def want_firmware(root: str = "/") -> None:
    """Leave word that the next reboot is one through the firmware. BootError: it cannot be left."""
    path = os.path.join(root, FIRMWARE_FLAG)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o644))
    except OSError as error:
        raise BootError(
            f"{path} cannot be written: {error.strerror}", "bootpy autoload disable"
        ) from error


def reboot_under_way(root: str = "/") -> bool:
    """Return whether the system goes down to come up again: not to be off, nor not at all.

    BootError: the init system does not say.
    """
    if not _systemd(root):
        # init(8) sets it for the scripts of a runlevel.
        return os.environ.get("RUNLEVEL") == "6"
    jobs = [line.split() for line in _run(["systemctl", "list-jobs", "--no-legend"]).splitlines()]
    return any(
        words[1:3] in (["reboot.target", "start"], ["kexec.target", "start"]) for words in jobs
    )


def _systemd(root: str) -> bool:
    return running(root) == "systemd"


def _refuse_missing(root: str) -> None:
    if _systemd(root):
        paths = [os.path.join(root, folder, _UNIT) for folder in _UNIT_FOLDERS]
        if os.path.islink(paths[0]) and os.readlink(paths[0]) == _MASKED:
            raise BootError(f"{_UNIT} is masked", f"systemctl unmask {_UNIT}")
    else:
        paths = [os.path.join(root, "etc/init.d", SERVICE)]
    if not any(os.path.exists(path) for path in paths):
        raise BootError(
            f"there is no {os.path.basename(paths[0])} in {os.path.dirname(paths[-1])}",
            "it comes with the Debian package: docs/package.md",
        )


def _run(words: Sequence[str]) -> str:
    """Run a program of the init system's and return its output. BootError: it failed."""
    import subprocess

    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise BootError(
            f"{words[0]} is not installed", "neither systemd nor sysvinit runs this system"
        ) from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip() or f"exit status {done.returncode}"
        raise BootError(f"{' '.join(words)}: {said}", "run it by hand, as root")
    return done.stdout


def _said(words: Sequence[str]) -> str:
    """Return the one word that a program answers, whatever its exit status."""
    import subprocess

    return subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    ).stdout.strip()
