"""The target's Python: its packages, what bootpy's imports load in it, and byte-code.

Everything here is found out by running that interpreter, never the build host's.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bootpy.errors import BootError
from initramfs.imports import Import
from initramfs.programs import Program
from initramfs.sysroot import Sysroot

# Set and hash order stay the same from run to run; nothing is written beside the sources.
_SURROUNDINGS = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
# No site packages, no environment of the user's, no folder of the script on the path.
_FLAGS = ("-S", "-s", "-P", "-X", "utf8")

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
loaded = {}
for name, module in list(sys.modules.items()):
    spec = getattr(module, "__spec__", None)
    if name == "__main__" or spec is None or spec.name != name:
        continue
    if spec.origin not in (None, "built-in", "frozen"):
        loaded[name] = spec.origin
import json
json.dump({"loaded": loaded, "failed": failed}, sys.stdout)
"""

_COMPILE = """
import sys, json, base64, marshal, _imp
from importlib.util import MAGIC_NUMBER
done = {}
for source, shown in json.load(sys.stdin):
    with open(source, "rb") as file:
        text = file.read()
    try:
        code = compile(text, shown, "exec", dont_inherit=True, optimize=2)
    except SyntaxError as error:
        sys.exit(f"{source}:{error.lineno}: {error.msg}")
    # PEP 552: hash-based and never checked, so that the header depends on the source alone.
    key = _imp.source_hash(int.from_bytes(MAGIC_NUMBER, "little") & 0xFFFFFFFF, text)
    header = MAGIC_NUMBER + (1).to_bytes(4, "little") + key
    done[source] = base64.b64encode(header + marshal.dumps(code)).decode()
json.dump(done, sys.stdout)
"""


@dataclass(frozen=True)
class Source:
    """A module to put into the image: its file here and its path below the library folder."""

    file: Path
    path: str


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
    ) -> dict[str, Path]:
        """Run the import statements and return what was loaded: module name to file.

        `path` are folders to search before the standard library. Modules inside the
        interpreter (built in, frozen) have no file and are not in the answer. BootError
        where a statement fails that nothing catches.
        """
        job = {
            "path": [str(folder) for folder in path],
            "imports": [[each.text, each.place, each.optional] for each in statements],
            "codecs": sorted(codecs),
        }
        answer = json.loads(self._run(_PROBE, job))
        if answer["failed"]:
            reasons = [f"{place}: `{text}`: {reason}" for text, place, reason in answer["failed"]]
            raise BootError(
                "\n".join(["Imports fail in the image:", *reasons]),
                "Add the package that has it to the profile's [python] packages, or import "
                "something that the image has.",
            )
        return {name: Path(file) for name, file in answer["loaded"].items()}

    def compile(self, sources: Sequence[Source]) -> Mapping[Path, bytes]:
        """Return byte-code files' content by source file; the same bytes each time."""
        ordered = sorted(sources, key=lambda source: source.path)
        job = [[str(source.file), f"/{self.library}/{source.path}"] for source in ordered]
        answer = json.loads(self._run(_COMPILE, job))
        return {Path(file): base64.b64decode(text) for file, text in answer.items()}

    def _run(self, script: str, job: object) -> bytes:
        done = self.program.run(
            *_FLAGS, "-c", script, given=json.dumps(job).encode(), variables=_SURROUNDINGS
        )
        if done.returncode:
            words = done.stderr.decode(errors="replace").strip().splitlines()
            raise BootError(
                f"Python {self.version} of the image stopped: {words[-1] if words else 'no reason'}"
            )
        return done.stdout
