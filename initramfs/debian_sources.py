"""Source packages of Debian: the files of one, as the signed index names them.

The index is fetched at first use, apart from that of the packages, since it is large and
only what compiles needs it.
"""

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from functools import cmp_to_key
from pathlib import Path

from bootpy.errors import BootError
from initramfs.apt import NETWORK_HINT, AptTree, last_words
from initramfs.debian import Archive
from initramfs.progress import say, step


@dataclass(frozen=True)
class SourcePackage:
    """A source package: `original` is upstream's archive, `changes` Debian's (debian/)."""

    name: str
    version: str
    original: Path
    changes: Path


class SourceArchive:
    """The source packages of the archive that `archive` has the packages of."""

    def __init__(self, archive: Archive) -> None:
        self._apt = AptTree(archive.cache / "source", archive.architecture, sources=True)
        self._absent = self._apt.folder / "absent.json"

    def update(self) -> None:
        """Fetch the index again where it is here: most builds never need it."""
        if self._apt.ready():
            self._apt.update()

    def fetch(self, name: str) -> SourcePackage:
        """Download the newest version of `name` that is to be had, checked by the index.

        A mirror may lack what its index names; then the version before it is taken, and that
        is said. BootError: there is none.
        """
        self._apt.ensure()
        with self._apt.lock():
            stanzas = self._stanzas(name)
            reason = "the index does not name it"
            for version in self._newest_first(list(stanzas)):
                files = stanzas[version]
                reason = self._download(name, version, files)
                if not reason:
                    return self._package(name, version, files)
        raise BootError(
            f"Debian's source package {name} could not be downloaded: {reason}", NETWORK_HINT
        )

    def _stanzas(self, name: str) -> dict[str, dict[str, str]]:
        """Return the files of each version: name to SHA-256 in hex."""
        found: dict[str, dict[str, str]] = {}
        shown = self._apt.run("apt-cache", "showsrc", "--only-source", name).stdout
        for stanza in shown.split("\n\n"):
            version, hashes, inside = "", {}, False
            for line in stanza.splitlines():
                if line.startswith("Version: "):
                    version = line.split()[1]
                inside = line.startswith("Checksums-Sha256:") or (inside and line[:1] == " ")
                if inside and line[:1] == " ":
                    digest, _, file = line.split()
                    hashes[file] = digest
            if version and hashes:
                found[version] = hashes
        return found

    def _newest_first(self, versions: list[str]) -> list[str]:
        def compare(one: str, other: str) -> int:
            command = ["dpkg", "--compare-versions", one, "gt", other]
            return -1 if subprocess.run(command, check=False).returncode == 0 else 1

        return sorted(versions, key=cmp_to_key(compare))

    def _download(self, name: str, version: str, files: dict[str, str]) -> str:
        """Have all files of a version here; return why that is not so, or ""."""
        if all(_matches(self._apt.archives / file, digest) for file, digest in files.items()):
            return ""
        absent = self._known_absent()
        if version in absent:
            return absent[version]
        with step(f"Downloading the source of {name} {version}"):
            done = self._apt.run(
                *("apt-get", "-q", "source", "--download-only", "--only-source"),
                f"{name}={version}",
                folder=self._apt.archives,
            )
        for file, digest in files.items():
            if not _matches(self._apt.archives / file, digest):
                reason = last_words(done.stderr)
                say(f"  {name} {version} is not to be had: {file}")
                # Only a mirror that answers says so for good, until the index is fetched anew.
                if "404" in done.stderr:
                    absent[version] = reason
                    self._remember(absent)
                return reason
        return ""

    def _known_absent(self) -> dict[str, str]:
        try:
            kept = json.loads(self._absent.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        absent: dict[str, str] = kept["versions"]
        return absent if kept["index"] == self._apt.digest() else {}

    def _remember(self, absent: dict[str, str]) -> None:
        temporary = self._absent.with_name(f"{self._absent.name}.{os.getpid()}")
        temporary.write_text(json.dumps({"index": self._apt.digest(), "versions": absent}))
        temporary.replace(self._absent)

    def _package(self, name: str, version: str, files: dict[str, str]) -> SourcePackage:
        found = {}
        for kind in (".orig.tar.", ".debian.tar."):
            hits = [file for file in files if kind in file and not file.endswith(".asc")]
            if len(hits) != 1:
                raise BootError(
                    f"Debian's source package {name} {version} has {len(hits)} files *{kind}*",
                    "Name upstream's archive as [python] source in the profile.",
                )
            found[kind] = self._apt.archives / hits[0]
        return SourcePackage(name, version, found[".orig.tar."], found[".debian.tar."])


def _matches(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except FileNotFoundError:
        return False
