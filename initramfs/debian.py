"""Debian's packages for any architecture, without root and beside the host's own apt.

A private apt tree (lists, cache, an empty dpkg status) lives in one folder; apt does what
it is good at, which is finding, downloading and checking signatures. What is needed of
what is decided by the caller: nothing is installed, and no dependency is followed here.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bootpy.errors import BootError
from initramfs.progress import say, step
from initramfs.sources import debian_sources

_NETWORK_HINT = "Is the network up, and does `apt-get update` work on this machine?"
# What the host says about proxies, certificates and retries holds for us too; its
# choice of indexes does not.
_HOST_SETTING = re.compile(r"Acquire::(?!Languages|IndexTargets|GzipIndexes|Changelogs)\S")


@dataclass(frozen=True)
class Package:
    """A downloaded package. `deb` is the file, `sha256` its checked hash in hex."""

    name: str
    version: str
    architecture: str
    sha256: str
    deb: Path

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def default_cache() -> Path:
    """Return where downloads are kept: $BOOTPY_CACHE, or build/apt in the repository."""
    given = os.environ.get("BOOTPY_CACHE")
    return Path(given) if given else Path(__file__).resolve().parent.parent / "build" / "apt"


class Archive:
    """Debian's archive as the host's sources name it, for one Debian `architecture`.

    `cache` is made where it is absent. Index files are fetched at first use and again
    by `update`. Errors for people (no network, no such package) are BootError.
    """

    def __init__(self, cache: Path, architecture: str = "amd64") -> None:
        self.architecture = architecture
        self.cache = cache.resolve()
        self._tree = self.cache / architecture
        self._lists = self._tree / "lists"
        self._archives = self._tree / "archives"
        self._configuration = self._tree / "apt.conf"
        self._stanzas: dict[str, dict[str, str]] = {}
        self._absent: set[str] = set()

    def update(self) -> None:
        """Fetch the package index again."""
        with self._lock():
            self._prepare()
            self._refresh()

    def ready(self) -> bool:
        """Whether the package index is here, so that nothing but packages is downloaded."""
        try:
            moved = f'"{self._lists}/"' not in self._configuration.read_text()
        except FileNotFoundError:
            return False
        return not moved and any(self._lists.glob("*_Packages*"))

    def index_digest(self) -> str:
        """Return a hash (hex) of the index: the same digest gives the same packages."""
        self._ensure()
        digest = hashlib.sha256()
        for path in sorted(self._lists.glob("*Release")):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def describe(self, name: str) -> dict[str, str]:
        """Return the control fields of the newest version of package `name`."""
        return self._describe([name])[name]

    def known(self, names: Sequence[str]) -> list[str]:
        """Return those of `names` that are packages, in their order."""
        self._look_up(names)
        return [name for name in names if name in self._stanzas]

    def depends(self, name: str) -> list[str]:
        """Return the names that `name` depends on (Pre-Depends, Depends; first alternatives)."""
        fields = self.describe(name)
        text = ",".join(filter(None, (fields.get("Pre-Depends"), fields.get("Depends"))))
        words = [re.split(r"[\s(|:]", part.strip())[0] for part in text.split(",")]
        return list(dict.fromkeys(word for word in words if word))

    def kernel_image(self, name: str) -> str:
        """Return the package that holds the kernel where `name` is a metapackage for it.

        "linux-image-cloud-amd64" gives "linux-image-6.1.0-...-cloud-amd64".
        """
        images = [word for word in self.depends(name) if word.startswith("linux-image-")]
        return images[0] if images else name

    def fetch(self, names: Sequence[str]) -> list[Package]:
        """Download the newest version of each package, check it, and return them in order."""
        found = self._describe(names)
        packages = [self._package(found[name]) for name in dict.fromkeys(names)]
        with self._lock():
            missing = [package for package in packages if not _matches(package)]
            if missing:
                self._download(missing, found)
        return packages

    def unpack(self, package: Package, folder: Path) -> None:
        """Unpack the package's files into `folder`, owned by whoever runs this."""
        folder.mkdir(parents=True, exist_ok=True)
        command = ["dpkg-deb", "--fsys-tarfile", str(package.deb)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as source:
            unpacking = ["tar", "-x", "--no-same-owner", "-C", str(folder), "-f", "-"]
            status = subprocess.run(unpacking, stdin=source.stdout, check=False).returncode
        if status or source.returncode:
            raise BootError(
                f"{package.deb} could not be unpacked into {folder}",
                "Is the disk full? Otherwise delete the file, and it is downloaded again.",
            )

    def unpacked(self, package: Package) -> Path:
        """Return a folder that holds the package's files; unpacked once, then kept."""
        folder = self._tree / "unpacked" / package.deb.stem
        with self._lock():
            if not folder.exists():
                fresh = folder.parent / f"{folder.name}.new"
                shutil.rmtree(fresh, ignore_errors=True)
                self.unpack(package, fresh)
                fresh.rename(folder)
        return folder

    def _package(self, fields: dict[str, str]) -> Package:
        name, version, architecture = (fields[k] for k in ("Package", "Version", "Architecture"))
        # apt names what it downloads this way: the epoch's colon is escaped.
        file = f"{name}_{quote(version, safe='+~')}_{architecture}.deb".replace("%3A", "%3a")
        return Package(name, version, architecture, fields["SHA256"], self._archives / file)

    def _describe(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        self._look_up(names)
        absent = [name for name in names if name not in self._stanzas]
        if absent:
            raise BootError(
                f"Debian has no package {', '.join(absent)} for {self.architecture}",
                "Check the name in the profile; an index that has aged is fetched again by "
                "`python -m initramfs update`.",
            )
        return {name: self._stanzas[name] for name in names}

    def _look_up(self, names: Sequence[str]) -> None:
        self._ensure()
        unknown = sorted(set(names) - self._stanzas.keys() - self._absent)
        if not unknown:
            return
        shown = self._apt("apt-cache", "show", "--no-all-versions", *unknown).stdout
        for stanza in shown.split("\n\n"):
            pairs = (line.partition(": ") for line in stanza.splitlines() if line[:1] != " ")
            fields = {key: value.strip() for key, _, value in pairs}
            if "Package" in fields:
                self._stanzas.setdefault(fields["Package"], fields)
        self._absent.update(set(unknown) - self._stanzas.keys())

    def _download(self, missing: list[Package], found: dict[str, dict[str, str]]) -> None:
        size = sum(int(found[package.name].get("Size", 0)) for package in missing) / 1e6
        listed = missing[0].name + (f" and {len(missing) - 1} more" if missing[1:] else "")
        with step(f"Downloading {listed} ({size:.1f} MB)"):
            wanted = [f"{package.name}={package.version}" for package in missing]
            done = self._apt("apt-get", "-q", "download", *wanted, folder=self._archives)
        for package in missing:
            if not _matches(package):
                raise BootError(
                    f"{package} could not be downloaded: {_last_words(done.stderr)}",
                    _NETWORK_HINT + " If so, `python -m initramfs update` fetches the index anew.",
                )

    def _ensure(self) -> None:
        if self.ready():
            return
        with self._lock():
            if not self.ready():
                self._prepare()
                self._refresh()

    def _refresh(self) -> None:
        with step(f"Fetching Debian's package index for {self.architecture}"):
            done = self._apt("apt-get", "-q", "update", "--error-on=any")
        self._stanzas.clear()
        self._absent.clear()
        if done.returncode:
            for path in self._lists.glob("*_Packages*"):
                path.unlink()
            raise BootError(
                f"Debian's package index could not be fetched: {_last_words(done.stderr)}",
                _NETWORK_HINT,
            )

    def _prepare(self) -> None:
        for program in ("apt-get", "apt-cache", "dpkg-deb", "tar"):
            if shutil.which(program) is None:
                raise BootError(
                    f"{program} is not installed",
                    "Images are made from Debian's packages: build on Debian, or install the "
                    "packages apt and dpkg.",
                )
        for folder in ("lists/partial", "archives/partial", "etc/parts"):
            (self._tree / folder).mkdir(parents=True, exist_ok=True)
        (self._tree / "status").touch()
        given = os.environ.get("BOOTPY_APT_SOURCES")
        sources = Path(given).read_text() if given else debian_sources()
        (self._tree / "sources.list").write_text(sources)
        # Where another archive carries a package of the same name, Debian's is taken.
        (self._tree / "preferences").write_text(
            "Package: *\nPin: release o=Debian\nPin-Priority: 990\n"
        )
        self._configuration.write_text(self._settings())

    def _settings(self) -> str:
        dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False)
        host = [line for line in dump.stdout.splitlines() if _HOST_SETTING.match(line)]
        tree = str(self._tree)
        ours = {
            "APT::Architecture": self.architecture,
            "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
            "APT::Update::Post-Invoke-Success": "",
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

    def _apt(
        self, program: str, *arguments: str, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        surroundings = os.environ | {"APT_CONFIG": str(self._configuration), "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            [program, *arguments],
            cwd=folder,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self._tree.mkdir(parents=True, exist_ok=True)
        with (self._tree / "in-use").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"  Waiting for another build that uses {self._tree}")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _matches(package: Package) -> bool:
    try:
        with package.deb.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == package.sha256
    except FileNotFoundError:
        return False


def _last_words(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith(("E:", "W:"))]
    return lines[-1][3:] if lines else "apt gave no reason"
