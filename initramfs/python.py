"""The target's Python: its packages, what bootpy's imports load in it, and byte-code.

Everything here is found out by running that interpreter, never the build host's.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bootpy.errors import BootError
from initramfs.elf import closure
from initramfs.imports import Import
from initramfs.programs import Program
from initramfs.sysroot import Sysroot

# Set and hash order stay the same from run to run; nothing is written beside the sources.
_SURROUNDINGS = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
# No site packages, no environment of the user's, no folder of the script on the path.
_FLAGS = ("-S", "-s", "-P", "-X", "utf8", "-X", "no_debug_ranges")

_PROBE = """
import sys
job = __import__("json").load(sys.stdin)
for name in [name for name in sys.modules if name.startswith("json")]:
    del sys.modules[name]  # unless bootpy asks for it, it is not in the image
sys.path[:0] = job["path"]
sys.dont_write_bytecode = True
failed = []
for text, place, optional in job["imports"]:
    try:
        exec(text, {})
    except ImportError as error:
        if not optional:
            failed.append([text, place, str(error)])
    except Exception as error:
        failed.append([text, place, f"{type(error).__name__}: {error}"])
import codecs
for name in job["codecs"]:
    try:
        codecs.lookup(name)
    except LookupError:
        pass
mapped = set()
with open("/proc/self/maps") as maps:
    for line in maps:
        if ".so" in line:
            mapped.add(line.split(maxsplit=5)[-1].strip())
loaded, inside = {}, []
for name, module in list(sys.modules.items()):
    spec = getattr(module, "__spec__", None)
    if name == "__main__" or spec is None or spec.name != name:
        continue
    if spec.origin in ("built-in", "frozen"):
        inside.append(name)
    elif spec.origin is not None:
        loaded[name] = spec.origin
# What was compiled on the way: module-level expressions that are put together from parts, and
# those that functions will compile when they are first needed.
names = {"__name__": "patterns"}
exec(job["patterns"], names)
names["compile_called"]([sys.modules[name] for name in loaded])
kept = getattr(sys.modules.get("re"), "_kept", {})
patterns = [[kind is bytes, text if kind is str else text.decode("latin-1"), int(flags)]
            for kind, text, flags in kept if kind in (str, bytes)]
import json
answer = {"loaded": loaded, "inside": inside, "failed": failed, "mapped": sorted(mapped),
          "patterns": patterns}
json.dump(answer, sys.stdout)
"""

_COMPILE = """
import sys, json, base64, marshal, _imp
from importlib.util import MAGIC_NUMBER
done = []
rows = json.load(sys.stdin)
for (source, shown, ours), tree in zip(rows, trees(rows)):
    code = compile(tree, shown, "exec", dont_inherit=True, optimize=2)
    with open(source, "rb") as file:
        text = file.read()
    # PEP 552: hash-based and never checked, so that the header depends on the source alone.
    key = _imp.source_hash(int.from_bytes(MAGIC_NUMBER, "little") & 0xFFFFFFFF, text)
    header = MAGIC_NUMBER + (1).to_bytes(4, "little") + key
    done.append([base64.b64encode(each).decode() for each in (header, marshal.dumps(code))])
json.dump(done, sys.stdout)
"""

_PATTERNS = """
import json, sys
job = json.load(sys.stdin)
compiled = [(given.encode("latin-1") if is_bytes else given, flags)
            for is_bytes, given, flags in job["compiled"]]
sys.stdout.write(text(trees(job["rows"]), compiled))
"""

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
    """Debian's default Python for the sysroot's architecture, run from the sysroot."""

    def __init__(self, sysroot: Sysroot) -> None:
        self.sysroot = sysroot
        archive = sysroot.archive
        versions = [n for n in archive.depends("python3") if re.fullmatch(r"python3\.\d+", n)]
        if not versions:
            raise BootError("Debian's package python3 names no version of Python")
        self.version = versions[0].removeprefix("python")
        name = f"python{self.version}"
        sysroot.add([f"{name}-minimal", f"lib{name}-minimal", f"lib{name}-stdlib"])
        self.executable = f"usr/bin/{name}"
        self.library = f"usr/lib/{name}"
        self.program = Program(sysroot, self.executable)

    def loaded(
        self, path: Sequence[Path], statements: Iterable[Import], codecs: Iterable[str]
    ) -> Loaded:
        """Run the import statements and return what was loaded.

        `path` are folders to search before the standard library. BootError where a statement
        fails that nothing catches.
        """
        job = {
            "path": [str(folder) for folder in path],
            "imports": [[each.text, each.place, each.optional] for each in statements],
            "codecs": sorted(codecs),
            "patterns": _text("patterns"),
        }
        answer = json.loads(self.run(_PROBE, job))
        # What extension modules link to is known once they are named: libraries that were
        # missing, or that came from the build host, are fetched, and the run repeated.
        while self._fetched_libraries(answer):
            answer = json.loads(self.run(_PROBE, job))
        if answer["failed"]:
            reasons = [f"{place}: `{text}`: {reason}" for text, place, reason in answer["failed"]]
            raise BootError(
                "\n".join(["Imports fail in the image:", *reasons]),
                "Add the package that has it to the profile's [python] packages, or import "
                "something that the image has.",
            )
        files = {name: Path(file) for name, file in answer["loaded"].items()}
        patterns = tuple((bool(b), str(text), int(flags)) for b, text, flags in answer["patterns"])
        return Loaded(files, frozenset(answer["inside"]), patterns)

    def _fetched_libraries(self, answer: dict[str, Any]) -> bool:
        """Fetch the libraries that the run needed; return whether any was not here."""
        before = len(self.sysroot.packages)
        closure(self.sysroot, [Path(f) for f in answer["loaded"].values() if f.endswith(".so")])
        missing = (_MISSING.match(reason) for _, _, reason in answer["failed"])
        for soname in sorted({hit[1] for hit in missing if hit}):
            self.sysroot.library(soname)
        fetched = len(self.sysroot.packages) > before
        inside = f"{self.sysroot.folder}/"
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
        script = f"{lean()}\n{_text('patterns')}\n{_PATTERNS}"
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
        answer = json.loads(self.run(f"{lean()}\n{_COMPILE}", job))
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
        done = self.program.run(
            *_FLAGS, "-c", script, given=json.dumps(job).encode(), variables=_SURROUNDINGS
        )
        if done.returncode:
            words = done.stderr.decode(errors="replace").strip().splitlines()
            raise BootError(
                f"Python {self.version} of the image stopped: {words[-1] if words else 'no reason'}"
            )
        return done.stdout
