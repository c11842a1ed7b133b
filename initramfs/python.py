"""The target's Python: its packages, what bootpy's imports load in it, and byte-code.

Everything here is found out by running Debian's interpreter of that version, never the build
host's. For a target of another architecture it is the one of the same package for this
machine: byte-code is the same on all of them, modules have the same names, and what their
files of machine code are linked to is read from these files.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bootpy.errors import BootError
from initramfs.debian import Archive
from initramfs.elf import closure
from initramfs.imports import Import
from initramfs.interpreted import COMPILE, PATTERNS, PROBE
from initramfs.programs import Program, native_architecture
from initramfs.sysroot import Sysroot

# Set and hash order stay the same from run to run; nothing is written beside the sources.
_SURROUNDINGS = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
# No site packages, no environment of the user's, no folder of the script on the path.
_FLAGS = ("-S", "-s", "-P", "-X", "utf8", "-X", "no_debug_ranges")

# How ld.so says that a library is not there (dlopen(3)).
_MISSING = re.compile(r"(\S+\.so\S*): cannot open shared object file")


def lean() -> str:
    """Return lean.py's text, for scripts that the target's interpreter runs."""
    return _text("lean")


def _text(name: str) -> str:
    return (Path(__file__).parent / f"{name}.py").read_text()


class Source(Protocol):
    """A module to compile: its file here and its path below the library folder."""

    @property
    def file(self) -> Path:
        """Where its text is."""

    @property
    def path(self) -> str:
        """What stands in tracebacks, below the library folder."""

    @property
    def is_ours(self) -> bool:
        """Whether it is one of bootpy's, whose types go."""


@dataclass(frozen=True)
class Loaded:
    """Modules that were loaded: `files` by name, and names of those `inside` the interpreter.

    `patterns` are the regular expressions that the imports compiled: whether of bytes, the
    text (bytes as Latin-1), flags.
    """

    files: dict[str, Path]
    inside: frozenset[str]
    patterns: tuple[tuple[bool, str, int], ...]


class Python:
    """Debian's default Python for the sysroot's architecture.

    `sysroots` are where packages have to be: the target's, and before it, where that is of
    another architecture than this machine, the one with the interpreter that runs here.
    """

    def __init__(self, sysroot: Sysroot) -> None:
        self.sysroot = sysroot
        archive = sysroot.archive
        self.version = _version(archive)
        name = f"python{self.version}"
        self.executable = f"usr/bin/{name}"
        self.library = f"usr/lib/{name}"
        self._native = sysroot
        if archive.architecture != native_architecture():
            native = Archive(archive.cache, native_architecture())
            _refuse_different(f"{name}-minimal", archive, native)
            folder = sysroot.folder.with_name(f"{sysroot.folder.name}-{native.architecture}")
            self._native = Sysroot(native, folder)
        for each in self.sysroots:
            each.add([f"{name}-minimal", f"lib{name}-minimal", f"lib{name}-stdlib"])
        self._program = Program(self._native, self.executable)

    @property
    def sysroots(self) -> list[Sysroot]:
        """Where packages have to be, the one that modules are loaded from first."""
        return [self.sysroot] if self._native is self.sysroot else [self._native, self.sysroot]

    @property
    def file(self) -> Path:
        """The target's interpreter."""
        file = self.sysroot.resolve(self.executable)
        if file is None:
            raise BootError(f"No package brought /{self.executable}")
        return file

    def loaded(
        self, path: Sequence[Path], statements: Iterable[Import], codecs: Iterable[str]
    ) -> Loaded:
        """Run the import statements and return what was loaded, as the target's files.

        `path` are folders to search before the standard library, the target's where they are in
        its sysroot. BootError where a statement fails that nothing catches.
        """
        job = {
            "path": [str(self._moved(folder, self.sysroot, self._native)) for folder in path],
            "imports": [[each.text, each.place, each.optional] for each in statements],
            "codecs": sorted(codecs),
            "patterns": _text("patterns"),
        }
        answer = json.loads(self.run(PROBE, job))
        # What extension modules link to is known once they are named: libraries that were
        # missing, or that came from the build host, are fetched, and the run repeated.
        while self._fetched_libraries(answer):
            answer = json.loads(self.run(PROBE, job))
        if answer["failed"]:
            reasons = [f"{place}: `{text}`: {reason}" for text, place, reason in answer["failed"]]
            raise BootError(
                "\n".join(["Imports fail in the image:", *reasons]),
                "Add the package that has it to the profile's [python] packages, or import "
                "something that the image has.",
            )
        files = {name: self._targets(Path(file)) for name, file in answer["loaded"].items()}
        patterns = tuple((bool(b), str(text), int(flags)) for b, text, flags in answer["patterns"])
        return Loaded(files, frozenset(answer["inside"]), patterns)

    def _targets(self, file: Path) -> Path:
        """Return the target's file of a module that was loaded here.

        Sources are called the same; names of machine code hold the architecture's, as in
        _ctypes.cpython-311-aarch64-linux-gnu.so (PEP 3149). BootError: the target has none.
        """
        found = self._moved(file, self._native, self.sysroot)
        if self._native is self.sysroot or found == file or found.is_file():
            return found
        others = [*found.parent.glob(f"{file.name.partition('.')[0]}.*.so")]
        if file.suffix != ".so" or len(others) != 1:
            raise BootError(
                f"Python {self.version} for {self.sysroot.archive.architecture} has no "
                f"{file.name.partition('.')[0]}, which that for "
                f"{self._native.archive.architecture} has",
                "Import something that the image has, or guard it with `except ImportError`.",
            )
        return others[0]

    @staticmethod
    def _moved(file: Path, before: Sysroot, after: Sysroot) -> Path:
        """Return the path in `after` of what is at a path in `before`; others stay."""
        if before.folder not in file.parents:
            return file
        return after.folder / file.relative_to(before.folder)

    def _fetched_libraries(self, answer: dict[str, Any]) -> bool:
        """Fetch the libraries that the run needed; return whether any was not here."""
        native = self._native
        before = len(native.packages)
        closure(native, [Path(f) for f in answer["loaded"].values() if f.endswith(".so")])
        missing = (_MISSING.match(reason) for _, _, reason in answer["failed"])
        for soname in sorted({hit[1] for hit in missing if hit}):
            native.library(soname)
        fetched = len(native.packages) > before
        inside = f"{native.folder}/"
        strange = [path for path in answer["mapped"] if not path.startswith(inside)]
        if strange and not fetched:
            raise BootError(
                f"Python {self.version} of the image loaded the build host's {strange[0]}",
                "Add the package that has this library to the profile's [python] packages.",
            )
        return fetched

    def ready_patterns(
        self, sources: Sequence[Source], compiled: Sequence[tuple[bool, str, int]]
    ) -> str:
        """Return the text of `re._ready` for the modules of an image (patterns.py)."""
        rows = self._rows(sorted(sources, key=lambda source: source.path))
        script = f"{lean()}\n{_text('patterns')}\n{PATTERNS}"
        return self.run(script, {"rows": rows, "compiled": compiled}).decode()

    def _rows(self, sources: Sequence[Source]) -> list[tuple[str, str, bool]]:
        return [
            (str(source.file), f"/{self.library}/{source.path}", source.is_ours)
            for source in sources
        ]

    def compile(self, sources: Sequence[Source]) -> Mapping[Path, bytes]:
        """Return byte-code files' content by source file; the same bytes each time."""
        ordered = sorted(sources, key=lambda source: source.path)
        job = self._rows(ordered)
        answer = json.loads(self.run(f"{lean()}\n{COMPILE}", job))
        return {
            source.file: b"".join(base64.b64decode(part) for part in parts)
            for source, parts in zip(ordered, answer, strict=True)
        }

    def magic(self) -> int:
        """Return the number of the byte-code that this interpreter writes and runs."""
        number = self.run(
            "import sys; from importlib.util import MAGIC_NUMBER as m; "
            "sys.stdout.write(str(int.from_bytes(m[:2], 'little')))",
            None,
        )
        return int(number)

    def run(self, script: str, job: object) -> bytes:
        """Run `script` with `job` as JSON on its standard input; return what it writes."""
        done = self._program.run(
            *_FLAGS, "-c", script, given=json.dumps(job).encode(), variables=_SURROUNDINGS
        )
        if done.returncode:
            words = done.stderr.decode(errors="replace").strip().splitlines()
            raise BootError(
                f"Python {self.version} of the image stopped: {words[-1] if words else 'no reason'}"
            )
        return done.stdout


def _version(archive: Archive) -> str:
    """Return the version of Debian's default Python: "3.11"."""
    versions = [n for n in archive.depends("python3") if re.fullmatch(r"python3\.\d+", n)]
    if not versions:
        raise BootError("Debian's package python3 names no version of Python")
    return versions[0].removeprefix("python")


def _refuse_different(package: str, target: Archive, native: Archive) -> None:
    """Raise BootError where two architectures' packages are not of one source.

    Then neither the byte-code (its magic number) nor the modules need be the same.
    """
    first, second = (
        re.sub(r"\+b\d+$", "", archive.describe(package)["Version"]) for archive in (target, native)
    )
    if first != second:
        raise BootError(
            f"{package} is {first} for {target.architecture} and {second} for "
            f"{native.architecture}, which has to compile for it",
            "The package indexes are of different days: fetch both again (make update, and make "
            f"update ARCH={target.architecture}).",
        )
