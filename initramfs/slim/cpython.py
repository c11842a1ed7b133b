"""CPython, configured and compiled for an image: objects, kept until an input changes.

configure finds out what the target's C library has. What is compiled then, and how, is
decided here: no Makefile runs, since half of it makes an interpreter that makes the next.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from glob import glob
from pathlib import Path

from bootpy.errors import BootError
from initramfs.progress import step
from initramfs.slim.source import Source
from initramfs.slim.toolchain import Toolchain

# How these were chosen: docs/userland.md. A section for each function and datum, so that the
# linker leaves out what nothing refers to; no tables for unwinding, which C does not do.
FLAGS = (
    "-std=c11",
    "-Os",
    "-fwrapv",
    "-DNDEBUG",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-pie",
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
    "-fno-stack-clash-protection",
    "-w",
)
# Files whose speed is that of running byte-code.
_FAST = frozenset(
    {
        "Objects/call.o",
        "Objects/descrobject.o",
        "Objects/dictobject.o",
        "Objects/funcobject.o",
        "Objects/methodobject.o",
        "Objects/object.o",
        "Objects/tupleobject.o",
        "Python/ceval.o",
        "Python/frame.o",
    }
)
# What trees.c has in place of theirs.
_TREES = ("PyAST_Check", "PyAST_mod2obj", "PyAST_obj2mod")
_OF_FILES = {
    **dict.fromkeys(_FAST, ("-O2",)),
    "Python/Python-ast.o": tuple(f"-D{name}=unused_{name}" for name in _TREES),
    # The one of hashing.c, in place of those that pyhash.c has.
    "Python/pyhash.o": ("-DPy_HASH_ALGORITHM=Py_HASH_EXTERNAL",),
}
_CONFIGURE = (
    "--without-doc-strings",
    "--without-ensurepip",
    "--disable-test-modules",
    "--with-pkg-config=no",
    # What configure would ask the build host for.
    "ac_cv_file__dev_ptmx=yes",
    "ac_cv_file__dev_ptc=no",
    "ac_cv_buggy_getaddrinfo=no",
)
_INCLUDES = ("-IInclude", "-IInclude/internal", "-I.", "-DPy_BUILD_CORE")
# __DATE__ and __TIME__ are those of this second (the compiler's manual).
_VARIABLES = {"SOURCE_DATE_EPOCH": "0"}
# Replaced by files of ours: the frozen modules and how they are found, programs, and the
# allocator of small objects.
_REPLACED = frozenset({"Objects/obmalloc.o", "Python/frozen.o", "Python/frozenmain.o"})
_LISTS = ("PARSER_OBJS", "OBJECT_OBJS", "PYTHON_OBJS")
_OWN = ("Modules/gcmodule.o", "Modules/getbuildinfo.o")
_KEPT = 3


class CPython:
    """A configured source of CPython in `folder`, and the objects made of it.

    `version` is "3.11"; `triplet` is what the C compiler calls the target.
    """

    def __init__(self, source: Source, toolchain: Toolchain, kept: Path) -> None:
        self.source = source
        self.folder = kept / f"cpython-{_key(source.key, toolchain.key, *_CONFIGURE)}"
        self._objects = (
            self.folder / f"objects-{_key(*FLAGS, *_INCLUDES, repr(sorted(_OF_FILES.items())))}"
        )
        self._toolchain = toolchain
        if not (self.folder / "configured").exists():
            self._configure()
        self._objects.mkdir(exist_ok=True)
        os.utime(self.folder)
        os.utime(self._objects)
        self._forget_others(kept)
        self.version = self._defined("Include/patchlevel.h", "PY_VERSION")
        self.triplet = (
            toolchain.run(toolchain.compiler, "-dumpmachine", folder=kept).decode().strip()
        )

    @property
    def library(self) -> Path:
        """Where the modules written in Python are."""
        return self.folder / "Lib"

    def magic(self) -> int:
        """Return the number of this version's byte-code (Lib/importlib/_bootstrap_external.py)."""
        text = (self.library / "importlib/_bootstrap_external.py").read_text()
        found = re.search(r"^MAGIC_NUMBER = \((\d+)\)", text, re.MULTILINE)
        if not found:
            raise BootError(
                f"{self.source.archive} holds no CPython that is known here",
                "The slim userland is built from CPython 3.11 or a neighbour of it.",
            )
        return int(found[1])

    def objects(self, modules: Iterable[tuple[str, tuple[str, ...]]]) -> list[Path]:
        """Compile what is not yet compiled of the interpreter and `modules`; return all objects.

        `modules` are files below Modules/, each with flags of its own.
        """
        core = {name: _OF_FILES.get(name, ()) for name in (*self._core(), *_OWN)}
        wanted = core | {f"Modules/{file.removesuffix('.c')}.o": flags for file, flags in modules}
        made = {name: self._objects / name for name in wanted}
        missing = [name for name, path in made.items() if not path.exists()]
        if missing:
            workers = len(os.sched_getaffinity(0))
            what = f"CPython {self.version}, {len(missing)} files; this is kept"
            with step(f"Compiling {what}"), ThreadPoolExecutor(workers) as pool:
                list(pool.map(lambda name: self._object(made[name], name, wanted[name]), missing))
        return sorted(made.values())

    def compile(self, file: Path, target: Path, *flags: str) -> None:
        """Compile a file of ours against CPython's headers."""
        command = (*FLAGS, *_INCLUDES, *self._definitions(), *flags)
        self._run(*command, "-c", file, "-o", target)

    def _object(self, target: Path, name: str, flags: tuple[str, ...]) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(f".{os.getpid()}.o")
        file = f"{name.removesuffix('.o')}.c"
        builtin = ("-DPy_BUILD_CORE_BUILTIN", *flags) if name.startswith("Modules/") else flags
        words = (*FLAGS, *_INCLUDES, *self._definitions(), *builtin)
        self._run(*words, "-c", file, "-o", unfinished)
        unfinished.replace(target)

    def _run(self, *arguments: str | Path) -> None:
        self._toolchain.run(
            self._toolchain.compiler, *arguments, folder=self.folder, variables=_VARIABLES
        )

    def _definitions(self) -> list[str]:
        """Return what CPython's Makefile defines for single files, harmless in the others."""
        minor = ".".join(self.version.split(".")[:2])
        texts = {
            "ABIFLAGS": "",
            "EXEC_PREFIX": "/usr",
            "MULTIARCH": self.triplet,
            "PLATFORM": "linux",
            "PLATLIBDIR": "lib",
            "PREFIX": "/usr",
            "PYTHONPATH": "",
            "SOABI": f"cpython-{minor.replace('.', '')}-{self.triplet}",
            "VERSION": minor,
            "VPATH": "",
        }
        return [f'-D{name}="{text}"' for name, text in texts.items()]

    def _core(self) -> list[str]:
        """Return the interpreter's objects as the configured Makefile lists them."""
        text = (self.folder / "Makefile").read_text().replace("\\\n", " ")
        values = dict(re.findall(r"^(\w+)=[ \t]*(.*)$", text, re.MULTILINE))

        def expanded(name: str) -> list[str]:
            words = values.get(name, "").split()
            return [
                each
                for word in words
                for each in (expanded(word[2:-1]) if re.fullmatch(r"\$\(\w+\)", word) else [word])
            ]

        names = [
            name.replace("$(DYNLOADFILE)", values["DYNLOADFILE"].strip())
            for name in (each for listed in _LISTS for each in expanded(listed))
        ]
        return [name for name in names if name not in _REPLACED]

    def _configure(self) -> None:
        fresh = self.folder.with_name(f"{self.folder.name}.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            with step("Unpacking CPython's source"):
                self.source.unpack(fresh, self._toolchain)
            with step("Configuring CPython"):
                self._toolchain.run(
                    "./configure",
                    *_CONFIGURE,
                    f"CC={self._toolchain.compiler}",
                    folder=fresh,
                    variables={"CONFIG_SITE": "/dev/null", "PYTHON_FOR_REGEN": "false"},
                )
            (fresh / "configured").touch()
            shutil.rmtree(self.folder, ignore_errors=True)
            fresh.rename(self.folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _forget_others(self, kept: Path) -> None:
        for pattern in (f"{kept}/cpython-*", f"{self.folder}/objects-*"):
            made = [Path(path) for path in glob(pattern)]
            for old in sorted(made, key=lambda path: path.stat().st_mtime)[:-_KEPT]:
                shutil.rmtree(old, ignore_errors=True)

    def _defined(self, file: str, name: str) -> str:
        found = re.search(
            rf'^#define {name}\s+"(.*)"', (self.folder / file).read_text(), re.MULTILINE
        )
        if not found:
            raise BootError(f"{self.source.archive}: {file} defines no {name}")
        return found[1]


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
