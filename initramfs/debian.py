"""Debian's packages for any architecture, without root and beside the host's own apt.

A private apt tree (lists, cache, an empty dpkg status) lives in one folder; apt does what
it is good at, which is finding, downloading and checking signatures. What is needed of
what is decided by the caller: nothing is installed, and no dependency is followed here.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bootpy.errors import BootError
from initramfs.apt import NETWORK_HINT, AptTree, last_words
from initramfs.progress import step

# What is kept of a package's control fields.
_FIELDS = ("Package", "Version", "Architecture", "SHA256", "Size", "Pre-Depends", "Depends")


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

    `suite` is another release than theirs. `cache` is made where it is absent. Index files
    are fetched at first use and again by `update`. Errors for people (no network, no such
    package) are BootError.
    """

    def __init__(self, cache: Path, architecture: str = "amd64", suite: str = "") -> None:
        self.architecture = architecture
        self.cache = cache.resolve()
        folder = f"{architecture}-{suite}" if suite else architecture
        self._apt = AptTree(self.cache / folder, architecture, suite=suite)
        self._answers = self._apt.folder / "answers.json"
        self._stanzas: dict[str, dict[str, str]] = {}
        self._absent: set[str] = set()

    def update(self) -> None:
        """Fetch the package index again."""
        self._apt.update()
        self._stanzas, self._absent = {}, set()

    def ready(self) -> bool:
        """Whether the package index is here, so that nothing but packages is downloaded."""
        return self._apt.ready()

    def index_digest(self) -> str:
        """Return a hash (hex) of the index: the same digest gives the same packages."""
        self._apt.ensure()
        return self._apt.digest()

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
        with self._apt.lock():
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
        folder = self._apt.folder / "unpacked" / package.deb.stem
        with self._apt.lock():
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
        return Package(name, version, architecture, fields["SHA256"], self._apt.archives / file)

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
        self._apt.ensure()
        if not self._stanzas:
            self._recall()
        unknown = sorted(set(names) - self._stanzas.keys() - self._absent)
        if not unknown:
            return
        shown = self._apt.run("apt-cache", "show", "--no-all-versions", *unknown).stdout
        for stanza in shown.split("\n\n"):
            pairs = (line.partition(": ") for line in stanza.splitlines() if line[:1] != " ")
            fields = {key: value.strip() for key, _, value in pairs}
            if "Package" in fields:
                told = {key: fields[key] for key in _FIELDS if key in fields}
                self._stanzas.setdefault(fields["Package"], told)
        self._absent.update(set(unknown) - self._stanzas.keys())
        self._remember()

    def _recall(self) -> None:
        """Take up earlier answers of apt-cache, which takes its time for each."""
        try:
            kept = json.loads(self._answers.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return
        if kept["index"] == self._apt.digest():
            self._stanzas, self._absent = kept["known"], set(kept["absent"])

    def _remember(self) -> None:
        kept = {
            "index": self._apt.digest(),
            "known": self._stanzas,
            "absent": sorted(self._absent),
        }
        temporary = self._answers.with_name(f"{self._answers.name}.{os.getpid()}")
        temporary.write_text(json.dumps(kept))
        temporary.replace(self._answers)

    def _download(self, missing: list[Package], found: dict[str, dict[str, str]]) -> None:
        size = sum(int(found[package.name].get("Size", 0)) for package in missing) / 1e6
        listed = missing[0].name + (f" and {len(missing) - 1} more" if missing[1:] else "")
        with step(f"Downloading {listed} ({size:.1f} MB)"):
            wanted = [f"{package.name}={package.version}" for package in missing]
            done = self._apt.run("apt-get", "-q", "download", *wanted, folder=self._apt.archives)
        for package in missing:
            if not _matches(package):
                raise BootError(
                    f"{package} could not be downloaded: {last_words(done.stderr)}",
                    NETWORK_HINT + " If so, `python -m initramfs update` fetches the index anew.",
                )


def _matches(package: Package) -> bool:
    try:
        with package.deb.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == package.sha256
    except FileNotFoundError:
        return False
