"""A service of bootpy's: switched on and off, and asked about, with systemd or sysvinit.

Its unit, or its script in /etc/init.d, comes with the Debian package. Sources: systemctl(1),
update-rc.d(8).
"""

import os
from collections.abc import Sequence

from bootpy.errors import BootError
from bootpy.system.init_system import running

_UNIT_FOLDERS = ("etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")
_MASKED = "/dev/null"


class Service:
    """The service `name`; `flag` is a file below /run that its script has while it is on."""

    __slots__ = ("_flag", "name")

    def __init__(self, name: str, flag: str) -> None:
        self.name = name
        self._flag = flag

    @property
    def unit(self) -> str:
        """The name of its unit."""
        return f"{self.name}.service"

    def enable(self, root: str = "/", *, start: bool = True) -> None:
        """Switch it on at each start of the system, and with `start` now; BootError: why not."""
        self.refuse_missing(root)
        if systemd(root):
            run(["systemctl", "enable", "--quiet", self.unit])
            if start:
                run(["systemctl", "start", self.unit])
        else:
            run(["update-rc.d", self.name, "defaults"])
            run(["update-rc.d", self.name, "enable"])
            if start:
                run([os.path.join(root, "etc/init.d", self.name), "start"])

    def disable(self, root: str = "/") -> None:
        """Switch it off, now and for good; nothing happens where it is off."""
        self.refuse_missing(root)
        if systemd(root):
            run(["systemctl", "disable", "--quiet", self.unit])
            run(["systemctl", "stop", self.unit])
        else:
            run(["update-rc.d", self.name, "disable"])
            active = os.path.join(root, "run", self._flag)
            if os.path.exists(active):
                os.unlink(active)

    def enabled(self, root: str = "/") -> bool:
        """Return whether it is on at the next start of the system."""
        if systemd(root):
            return said(["systemctl", "is-enabled", self.unit]) == "enabled"
        folders = (os.path.join(root, f"etc/rc{level}.d") for level in "2345")
        names = (name for folder in folders if os.path.isdir(folder) for name in os.listdir(folder))
        return any(name[:1] == "S" and name[3:] == self.name for name in names)

    def active(self, root: str = "/") -> bool:
        """Return whether it is on now."""
        if systemd(root):
            return said(["systemctl", "is-active", self.unit]) == "active"
        return os.path.exists(os.path.join(root, "run", self._flag))

    def refuse_missing(self, root: str = "/") -> None:
        """Raise BootError where it is not installed, or masked."""
        if systemd(root):
            paths = [os.path.join(root, folder, self.unit) for folder in _UNIT_FOLDERS]
            if os.path.islink(paths[0]) and os.readlink(paths[0]) == _MASKED:
                raise BootError(f"{self.unit} is masked", f"systemctl unmask {self.unit}")
        else:
            paths = [os.path.join(root, "etc/init.d", self.name)]
        if not any(os.path.exists(path) for path in paths):
            raise BootError(
                f"there is no {os.path.basename(paths[0])} in {os.path.dirname(paths[-1])}",
                "it comes with the Debian package: docs/package.md",
            )


def systemd(root: str = "/") -> bool:
    """Return whether systemd runs the system."""
    return running(root) == "systemd"


def run(words: Sequence[str]) -> str:
    """Run a program of the system's and return its output. BootError: it failed."""
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
        told = (done.stderr or done.stdout).strip() or f"exit status {done.returncode}"
        raise BootError(f"{' '.join(words)}: {told}", "run it by hand, as root")
    return done.stdout


def said(words: Sequence[str]) -> str:
    """Return the one word that a program answers, whatever its exit status."""
    import subprocess

    return subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    ).stdout.strip()
