"""The slim userland: one program that is Python, bootpy and all modules, run on this host."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest

from bootpy.errors import BootError
from initramfs import userlands
from initramfs.build import build
from initramfs.contents import ELSEWHERE, ONLY_FOR, REPOSITORY
from initramfs.debian import Archive
from initramfs.elf import interpreter, needed
from initramfs.profile import FOLDER, PythonPart
from initramfs.slim.recipes import chosen, recipes
from initramfs.slim.source import Source
from initramfs.sysroot import Sysroot
from initramfs.tree import Tree
from initramfs.userlands.slim import BOOT_IMPORTS

# What a first process sees of the interpreter that it runs in, as JSON.
PROBE = '''
"""Documentation that has no place in an image."""
from typing import NamedTuple


class Fields(NamedTuple):
    """A class whose annotations are needed, and a function whose are not."""

    number: int = 3

    def method(self, other: int) -> int:
        return other


def fault():
    return 1 // 0


def traceback_of(work):
    import traceback

    try:
        work()
    except ZeroDivisionError:
        return traceback.format_exc()


def main():
    import json
    import math
    import os
    import _thread
    import bootpy.init
    import re
    import sys

    flags = {name: getattr(sys.flags, name) for name in dir(sys.flags) if name[:1] not in "_nc"}
    print(json.dumps({
        "flags": {name: value for name, value in flags.items() if isinstance(value, int)},
        "version": sys.version_info[:3],
        "path": sys.path,
        "argv": sys.argv,
        "encodings": [sys.getfilesystemencoding(), sys.getfilesystemencodeerrors(),
                      sys.stdout.encoding, sys.stdin.errors],
        "documentation": __doc__,
        "fields": Fields(3)._fields == ("number",) and Fields(3).number == 3,
        "annotations": Fields.method.__annotations__,
        "raw": [len(re.split(r"\\n", "a\\nb")), r"\\n\\t" == chr(92) + "n" + chr(92) + "t"],
        "traceback": traceback_of(fault),
        "math": [math.sqrt(2), math.sin(1), math.pow(2, 0.5), math.fmod(7, 3), math.erf(1), 2**0.5],
        "hashes": hash("bootpy"),
        "environment": dict(os.environ),
        "thread": _thread.get_ident(),
        "began": bootpy.init.BEGAN,
        "modules": sorted(sys.modules),
    }))


def late():
    import bootpy.late
    return "\\u00e9".encode("cp437"), bootpy.late, print(r"\\n")
'''


@dataclass(frozen=True)
class Userland:
    """A userland laid out in `folder`, to be run as a process of this host."""

    tree: Tree
    folder: Path

    def run(self, *arguments: str, **variables: str) -> str:
        (linker,) = self.folder.glob("usr/lib64/ld-linux-*")
        (libraries,) = self.folder.glob("usr/lib/*-linux-gnu")
        command = [str(linker), "--library-path", str(libraries), str(self.folder / "init")]
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, check=False, env=variables
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def laid_out(archive: Archive, source: Path, work: Path, part: PythonPart) -> Userland:
    tree = Tree()
    (work / "work").mkdir()
    userlands.named("slim").fill(tree, Sysroot(archive, work / "root"), part, work / "work", source)
    folder = work / "tree"
    for node in tree:
        path = folder / node.path
        if node.is_file:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(node.data)
            path.chmod(node.mode & 0o777)
    return Userland(tree, folder)


@pytest.fixture(scope="session")
def probe(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Userland:
    """A small program of our own, with the whole of what the image takes of Python's library."""
    work = tmp_path_factory.mktemp("probe")
    package = work / "source/bootpy"
    (package / "init").mkdir(parents=True)
    for name in ("__init__.py", "init/__init__.py"):
        shutil.copy(REPOSITORY / "bootpy" / name, package / name)
    (package / "init/supervisor.py").write_text(PROBE)
    (package / "late.py").write_text("import html\n")
    return laid_out(archive, work / "source", work, PythonPart())


@pytest.fixture(scope="session")
def told(probe: Userland) -> dict[str, object]:
    said: dict[str, object] = json.loads(probe.run("single", PYTHONPATH="/tmp", PYTHONOPTIMIZE="0"))
    return said


@pytest.fixture(scope="session")
def whole(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Userland:
    """All of bootpy, behind a first process that imports every module there is."""
    work = tmp_path_factory.mktemp("whole")
    for file in (REPOSITORY / "bootpy").rglob("*.py"):
        target = work / "source" / file.relative_to(REPOSITORY)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    (work / "source/bootpy/init/supervisor.py").write_text(
        "import _imp, signal, sys\n"
        "def main():\n"
        "    print(*sys.modules, 'AND', sep='\\n')\n"
        "    for name in _imp._frozen_module_names():\n"
        "        __import__(name)\n"
        "        print(name)\n"
    )
    return laid_out(archive, work / "source", work, PythonPart())


def test_every_module_can_be_imported(whole: Userland) -> None:
    names = whole.run().split()
    assert {"bootpy.init.boot", "bootpy.readers.grub.reader", "pyudev.core", "code"} <= set(names)
    modules = {
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
        for path in (REPOSITORY / "bootpy").rglob("*.py")
    }
    others = chain.from_iterable(names for of, names in ONLY_FOR.items() if of != "amd64")
    places = tuple(f"{one}." for one in (*ELSEWHERE, *others))
    left_out = {name for name in modules if f"{name}.".startswith(places)}
    assert modules - left_out == {name for name in names if name.split(".")[0] == "bootpy"}
    assert not {"zipimport", "json.tool", "asyncio", "hashlib"} & set(names)


def test_one_program_and_the_libraries_that_are_opened(whole: Userland) -> None:
    files = {node.path.rpartition("/")[2] for node in whole.tree if node.is_file}
    assert files - {"ld-linux-x86-64.so.2"} == {
        "init",
        "libblkid.so.1",
        "libc.so.6",
        "libudev.so.1",
    }
    init = whole.folder / "init"
    assert needed(init) == ["libc.so.6"]
    assert (interpreter(init) or "").startswith("/lib64/ld-linux")
    data = init.read_bytes()
    assert b"OpenSSL" not in data
    assert b"Documentation" not in data


def test_settings_are_those_of_the_packages_interpreter(told: dict[str, object]) -> None:
    flags = told["flags"]
    assert isinstance(flags, dict)
    for name, value in {"isolated": 1, "no_site": 1, "optimize": 2, "utf8_mode": 1}.items():
        assert flags.get(name, value) == value, name
    assert told["path"] == []
    assert str(told["argv"]).endswith("/init', 'single']")
    assert told["encodings"] == ["utf-8", "surrogateescape", "utf-8", "surrogateescape"]
    modules = told["modules"]
    assert isinstance(modules, list)
    assert not {"zipimport", "site"} & set(modules)


def test_documentation_goes_and_fields_stay(told: dict[str, object]) -> None:
    assert told["documentation"] is None
    assert told["fields"] is True
    assert told["annotations"] == {}
    assert told["raw"] == [2, True]


def test_tracebacks_name_file_and_line(told: dict[str, object]) -> None:
    line = PROBE.splitlines().index("    return 1 // 0") + 1
    text = str(told["traceback"])
    file = "/usr/lib/python3.11/bootpy/init/supervisor.py"
    assert f'File "{file}", line {line}, in fault' in text
    assert "importlib" not in text


def test_mathematics_of_musl_agree_with_the_hosts(told: dict[str, object]) -> None:
    import math

    ours = [math.sqrt(2), math.sin(1), math.pow(2, 0.5), math.fmod(7, 3), math.erf(1), 2**0.5]
    assert told["math"] == pytest.approx(ours, rel=1e-15)


def test_each_process_starts_with_what_was_kept_and_with_what_is_its_own(probe: Userland) -> None:
    first, second = (json.loads(probe.run(word, WORD=word)) for word in ("one", "two"))
    # Dictionaries that were kept hold hashes.
    assert first["hashes"] == second["hashes"]
    assert [first["argv"][1:], second["argv"][1:]] == [["one"], ["two"]]
    assert [first["environment"], second["environment"]] == [{"WORD": "one"}, {"WORD": "two"}]
    assert first["thread"] != second["thread"]
    assert first["began"] < second["began"]


def test_same_bytes_by_another_process_in_another_folder(
    probe: Userland, archive: Archive, tmp_path: Path
) -> None:
    code = (
        "import os, sys; from pathlib import Path; sys.path.insert(0, sys.argv[3]);"
        "from test_slim import laid_out; from initramfs.debian import Archive;"
        "from initramfs.profile import PythonPart; os.umask(0o077);"
        "laid_out(Archive(Path(sys.argv[4])), Path(sys.argv[1]), Path(sys.argv[2]), PythonPart())"
    )
    places = [probe.folder.parent / "source", tmp_path, Path(__file__).parent, archive.cache]
    subprocess.run(
        [sys.executable, "-c", code, *map(str, places)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        check=True,
    )
    assert (tmp_path / "tree/init").read_bytes() == (probe.folder / "init").read_bytes()


def test_what_a_default_boot_imports_is_there_already(whole: Userland) -> None:
    before, _, after = whole.run().partition("AND")
    assert set(BOOT_IMPORTS.read_text().split()) - {"zipimport"} <= set(before.split())
    # What they draw from would be the same at each start.
    assert not {"random", "secrets", "tempfile", "uuid"} & set(before.split())
    # Their byte-code is not in the program besides.
    assert "bootpy.init.rescue" in after
    assert not {"bootpy.init.boot", "pyudev.core", "os"} & set(after.split())


def test_the_small_form_starts_python_anew(
    archive: Archive, probe: Userland, tmp_path: Path
) -> None:
    part = PythonPart(started=False)
    small = laid_out(archive, probe.folder.parent / "source", tmp_path, part)
    told, kept = (json.loads(each.run("a", "b", WORD="c")) for each in (small, probe))
    for what in ("flags", "version", "path", "encodings", "environment", "hashes", "fields"):
        assert told[what] == kept[what], what
    assert told["argv"][1:] == ["a", "b"]
    assert set(kept["modules"]) - set(told["modules"]) >= {"_resume", "ctypes"}
    assert (small.folder / "init").stat().st_size < (probe.folder / "init").stat().st_size


def test_a_module_that_cannot_be_kept_is_told(archive: Archive, tmp_path: Path) -> None:
    """Errors, and functions of a library that nothing could find again."""
    package = tmp_path / "source/bootpy"
    (package / "init").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "init/__init__.py").touch()
    supervisor = package / "init/supervisor.py"
    for number, (text, message) in enumerate(
        (
            ("import re\n1 // 0\n", "ZeroDivisionError"),
            (
                "import ctypes\nkept = ctypes.CFUNCTYPE(None)(('abort', ctypes.CDLL(None)))\n",
                "cannot be found again",
            ),
            (
                "import ctypes\nc = ctypes.CDLL(None)\n"
                "kept = ctypes.c_void_p.in_dll(c, 'environ').value\n"
                "place = ctypes.c_void_p(kept)\n",
                "points to",
            ),
        )
    ):
        supervisor.write_text(f"{text}def main():\n    pass\n")
        work = tmp_path / str(number)
        work.mkdir()
        with pytest.raises(BootError, match=message):
            laid_out(archive, tmp_path / "source", work, PythonPart())


def test_a_module_without_a_recipe_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "Modules"
    folder.mkdir()
    (folder / "Setup.stdlib.in").write_text("*@MODULE_BUILDTYPE@*\n@MODULE_ARRAY_TRUE@array a.c\n")
    (folder / "Setup.bootstrap.in").write_text("*static*\nposix posixmodule.c\n")
    known = recipes(tmp_path)
    assert chosen(known, ["array", "posix", "sys"]).keys() == {"array", "posix"}
    assert known["array"].files == ("a.c",)
    with pytest.raises(BootError, match="_ssl") as caught:
        chosen(known, ["_ssl", "array"])
    assert "recipes.py" in caught.value.hint


def test_an_archive_in_place_of_debians(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "Python.tar.xz"
    path.write_bytes(b"no archive")
    digest = "0" * 64
    for part, message in (
        (PythonPart(source=str(path), sha256=digest), "has SHA-256"),
        (PythonPart(source="/none"), "there is no file"),
        (PythonPart(source="https://localhost/Python.tar.xz"), r"python\.sha256 is missing"),
        (
            PythonPart(source="http://127.0.0.1:9/Python.tar.xz", sha256=digest),
            "could not be downloaded",
        ),
    ):
        with pytest.raises(BootError, match=message):
            Source.of_profile(archive, part, "3.11", tmp_path)
    found = Source.of_profile(archive, PythonPart(source=str(path)), "3.11", tmp_path)
    assert (found.archive, found.changes) == (path, None)


def test_another_userland_is_refused_by_name() -> None:
    with pytest.raises(BootError, match="no userland fedora") as caught:
        build("cloud", userland="fedora")
    assert "debian, slim" in caught.value.hint


def test_a_foreign_machine_is_refused(tmp_path: Path) -> None:
    profile = tmp_path / "arm.toml"
    text = (FOLDER / "bare.toml").read_text().replace("cloud-amd64", "cloud-arm64")
    profile.write_text(f'architecture = "arm64"\n{text}')
    from initramfs.slim.toolchain import Toolchain

    with pytest.raises(BootError, match="arm64 is not this one"):
        Toolchain(Archive(tmp_path, "arm64"), tmp_path)
