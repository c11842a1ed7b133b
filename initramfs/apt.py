"""A private tree for apt: its own lists, cache and empty dpkg status, in one folder.

The host's sources (Debian's own), trusted keys, proxies and certificates hold in it; the
host's state is neither read nor touched, so that an ordinary user is enough.
"""

import hashlib
import os
import re
import shutil
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

from bootpy.errors import BootError
from initramfs.locking import locked
from initramfs.progress import step
from initramfs.sources import debian_sources, of_suite

NETWORK_HINT = "Is the network up, and does `apt-get update` work on this machine?"
# What the host says about proxies, certificates and retries holds for us too; its
# choice of indexes does not.
_HOST_SETTING = re.compile(r"Acquire::(?!Languages|IndexTargets|GzipIndexes|Changelogs)\S")
_PROGRAMS = ("apt-get", "apt-cache", "apt-config", "dpkg-deb", "tar")


class AptTree:
    """apt's state for one Debian `architecture` below `folder`, made at first use.

    With `sources` its index is that of source packages, and of nothing else. `suite` is another
    release than the host's sources name ("trixie").
    """

    def __init__(
        self, folder: Path, architecture: str, *, sources: bool = False, suite: str = ""
    ) -> None:
        self.folder = folder
        self._suite = suite
        self.architecture = architecture
        self._kind = "deb-src" if sources else "deb"
        self.archives = folder / "archives"
        self._lists = folder / "lists"
        self._configuration = folder / "apt.conf"
        self._complete = folder / "complete"

    def ready(self) -> bool:
        """Whether the package index is here, whole, and made for this place."""
        if not self._complete.exists():
            return False
        return f'"{self._lists}/"' in self._configuration.read_text()

    def ensure(self) -> None:
        """Fetch the package index where it is not here; BootError where that fails."""
        if not self.ready():
            with self.lock():
                if not self.ready():
                    self._refresh()

    def update(self) -> None:
        """Fetch the package index again; where that fails, BootError, and the old one stays."""
        with self.lock():
            self._refresh()

    def digest(self) -> str:
        """Return a hash (hex) of the index as its signed Release files have it."""
        digest = hashlib.sha256()
        for path in sorted(self._lists.glob("*Release")):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def run(
        self, program: str, *arguments: str, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one of apt's programs on this tree, in `folder`."""
        return subprocess.run(
            [program, *arguments],
            cwd=folder,
            env=os.environ | {"APT_CONFIG": str(self._configuration), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )

    def lock(self) -> AbstractContextManager[None]:
        """Hold the tree against other builds."""
        return locked(self.folder)

    def _refresh(self) -> None:
        self._prepare()
        what = "source" if self._kind == "deb-src" else "package"
        with step(f"Fetching Debian's {what} index for {self.architecture}"):
            done = self.run("apt-get", "-q", "update", "--error-on=any")
        if done.returncode:
            raise BootError(
                f"Debian's package index could not be fetched: {last_words(done.stderr)}",
                NETWORK_HINT,
            )
        self._complete.touch()

    def _prepare(self) -> None:
        for program in _PROGRAMS:
            if shutil.which(program) is None:
                raise BootError(
                    f"{program} is not installed",
                    "Images are made from Debian's packages: build on Debian, or install the "
                    "packages apt and dpkg.",
                )
        for folder in ("lists/partial", "archives/partial", "etc/parts"):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        sources = of_suite(_sources(), self._suite) if self._suite else _sources()
        sources = re.sub(r"(?m)^deb(?=\s)", self._kind, sources)
        (self.folder / "sources.list").write_text(sources)
        # Where another archive carries a package of the same name, Debian's is taken.
        (self.folder / "preferences").write_text(
            "Package: *\nPin: release o=Debian\nPin-Priority: 990\n"
        )
        self._configuration.write_text(self._settings())

    def _settings(self) -> str:
        dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False)
        host = [line for line in dump.stdout.splitlines() if _HOST_SETTING.match(line)]
        tree = str(self.folder)
        ours = {
            "APT::Architecture": self.architecture,
            "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
            "Acquire::Languages": "none",
            "Dir::State": f"{tree}/",
            "Dir::State::lists": f"{tree}/lists/",
            "Dir::State::status": f"{tree}/status",
            "Dir::State::extended_states": f"{tree}/extended_states",
            "Dir::Cache": f"{tree}/",
            "Dir::Cache::archives": f"{tree}/archives/",
            "Dir::Cache::pkgcache": f"{tree}/pkgcache.bin",
            "Dir::Cache::srcpkgcache": "",
            "Dir::Log": f"{tree}/",
            "Dir::Etc::main": f"{tree}/etc/none",
            "Dir::Etc::parts": f"{tree}/etc/parts",
            "Dir::Etc::sourcelist": f"{tree}/sources.list",
            "Dir::Etc::sourceparts": f"{tree}/etc/parts",
            "Dir::Etc::preferences": f"{tree}/preferences",
            "Dir::Etc::preferencesparts": f"{tree}/etc/parts",
        }
        lines = [*host, f'APT::Architectures {{ "{self.architecture}"; }};']
        return "\n".join([*lines, *(f'{key} "{value}";' for key, value in ours.items())]) + "\n"


def last_words(text: str) -> str:
    """Return apt's own reason for a failure: the last of its error lines."""
    lines = [line for line in text.splitlines() if line.startswith(("E:", "W:"))]
    return lines[-1][3:] if lines else "apt gave no reason"


def _sources() -> str:
    given = os.environ.get("BOOTPY_APT_SOURCES")
    if not given:
        return debian_sources()
    try:
        return Path(given).read_text()
    except OSError as error:
        raise BootError(
            f"BOOTPY_APT_SOURCES: {given}: {error.strerror}", "Name a readable file, or unset it."
        ) from None
