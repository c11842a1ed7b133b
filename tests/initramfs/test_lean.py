"""The image's form of bootpy's modules does what the sources do, and costs less to import."""

import ast
import importlib
import json
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from initramfs.lean import imported, lean, trees
from initramfs.patterns import compile_called, named, text

REPOSITORY = Path(__file__).parents[2]
OVERLAY = REPOSITORY / "initramfs/overlay"
SOURCES = sorted((REPOSITORY / "bootpy").rglob("*.py"))


def shown(source: str, wanted: set[str] | None = None) -> str:
    return ast.unparse(lean(textwrap.dedent(source), "x", wanted))


def test_types_go() -> None:
    source = """
        from collections.abc import Iterable, Iterator
        from typing import TYPE_CHECKING, Literal, Protocol, cast

        from bootpy.entry import Entry, Kind

        if TYPE_CHECKING:
            from bootpy.volume import Volume

        Level = Literal["a", "b"]
        Kept = Literal["c"]
        count: int = 3

        class Sink(Protocol):
            name: str

        def read(volume: "Volume", *more: Entry, kind: Kind = "x") -> Iterator[Level]:
            found: list[str]
            number: int = cast("int", kind)
            yield number
    """
    assert shown(source, {"Kept"}) == textwrap.dedent("""\
        from typing import Literal
        Kept = Literal['c']
        count = 3

        class Sink:
            pass

        def read(volume, *more, kind='x'):
            number = kind
            yield number""")


def test_what_is_used_at_run_time_stays() -> None:
    source = """
        from typing import Any, Literal, get_args
        from bootpy.entry import Entry
        Level = Literal["a", "b"]
        LEVELS = get_args(Level)
        def make(x: Any) -> object:
            return Entry(x)
    """
    assert shown(source, set()) == textwrap.dedent("""\
        from typing import Literal, get_args
        from bootpy.entry import Entry
        Level = Literal['a', 'b']
        LEVELS = get_args(Level)

        def make(x):
            return Entry(x)""")


def test_what_a_package_offers_stays() -> None:
    source = """
        from bootpy.readers.x.reader import read
        from bootpy.readers.x.words import Words
        __all__ = ["read"]
    """
    assert "import read\n" in shown(source, set())
    assert "Words" not in shown(source, set())


def test_lines_stay_where_they_are() -> None:
    source = (
        '"""Doc."""\nfrom typing import NamedTuple\n\nclass A(NamedTuple):\n    x: int\n\n'
        "    def fail(self) -> None:\n        raise ValueError(self.x)\n"
    )
    tree = lean(source, "x")
    (failing,) = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    assert failing.lineno == 8
    code = compile(tree, "x", "exec")
    assert {line for _, _, line in code.co_lines() if line} <= set(range(1, 9))


def test_a_module_that_is_no_python_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("a = 1\nb = = 2\n")
    with pytest.raises(SystemExit, match=r"/lib/x\.py:2: invalid syntax"):
        list(trees([(str(tmp_path / "x.py"), "/lib/x.py", True)]))


def test_what_modules_import_from_each_other() -> None:
    assert imported(ast.parse("from bootpy.entry import A, B as C\nfrom re import X")) == {"A", "B"}


# Runs in an interpreter of its own: bootpy's modules in their lean form, above the image's re,
# signal and record.
_INSIDE = """
import sys
sys.path[:0] = [{overlay!r}]
sys.path += [{repository!r}, *{packages!r}]
import re
re.__path__.append({library!r} + "/re")
import ast, importlib.machinery, importlib.util, json, os
from importlib.util import spec_from_file_location
spec = spec_from_file_location("lean_itself", {repository!r} + "/initramfs/lean.py")
lean_itself = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lean_itself)
wanted = set()
for at, _, names in os.walk({repository!r} + "/bootpy"):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(at, name)) as file:
                wanted |= lean_itself.imported(lean_itself.lean(file.read(), name))

class Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, name):
        if not name.startswith("bootpy"):
            return super().get_code(name)
        path = self.get_filename(name)
        with open(path) as file:
            tree = lean_itself.lean(file.read(), path, wanted)
        return compile(tree, path, "exec", dont_inherit=True, optimize=2)

machinery = importlib.machinery
compiled = machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES
finder = machinery.FileFinder.path_hook(compiled, (Loader, [".py"]))
sys.path_hooks.insert(0, finder)
sys.path_importer_cache.clear()
"""


def inside(script: str, *arguments: str) -> str:
    """Run a script above the modules as the image has them; return what it writes."""
    packages = [path for path in sys.path if path.endswith("site-packages")]
    setting = _INSIDE.format(
        overlay=str(OVERLAY),
        repository=str(REPOSITORY),
        packages=packages,
        library=str(Path(ast.__file__).parent),
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", setting + textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout


def test_records_do_what_named_tuples_do() -> None:
    script = """
        import json
        from bootpy.entry import Entry, File, Origin
        from bootpy.diagnostics import Source
        source = Source("sda1", "/x", 3)
        file = File("sda1", "/k")
        a, b, c = source
        try:
            Source()
        except TypeError as error:
            missing = str(error)
        try:
            source._replace(nothing=1)
        except ValueError as error:
            unknown = str(error)
        match source:
            case Source("sda1", path):
                matched = path
        print(json.dumps([
            repr(source), [a, b, c], source == ("sda1", "/x", 3), hash(source) == hash((a, b, c)),
            source._asdict(), repr(source._replace(line=None)), source._fields,
            repr(Source._make(["a", "b", None])), repr(file), file.resolved, str(file), missing,
            unknown, matched, Source.__mro__[1].__name__, isinstance(source, tuple),
        ]))
    """
    lines = json.loads(inside(script))
    assert lines.pop(-2) == "Record"
    space: dict[str, object] = {}
    told: list[str] = []
    space["print"] = told.append
    exec(textwrap.dedent(script), space)
    plain = json.loads(told[0])
    assert plain.pop(-2) == "tuple"
    assert lines == plain


def test_a_listing_is_the_same() -> None:
    script = """
        import json
        from bootpy.entry import Host
        from bootpy.listing_json import listing_object
        from bootpy.policy.listing import merge
        from bootpy.readers.reading import read_all
        from bootpy.volume import FolderVolume, Volumes
        volumes = Volumes(FolderVolume(folder, name=name) for name, folder in FOLDERS)
        listing = merge(read_all(volumes, Host("pc", "x86_64")))
        print(json.dumps(listing_object(listing)))
    """
    above = REPOSITORY / "tests/readers/data/live-build"
    folders = [(path.name, str(path)) for path in sorted(above.iterdir()) if path.is_dir()]
    script = script.replace("FOLDERS", repr(folders))
    told: list[str] = []
    exec(textwrap.dedent(script), {"print": told.append})
    assert len(json.loads(told[0])["entries"]) > 3
    assert inside(script).strip() == told[0]


def test_every_module_of_the_image_is_taken() -> None:
    script = """
        import pkgutil, bootpy
        names = [one.name for one in pkgutil.walk_packages(bootpy.__path__, "bootpy.")
                 if not one.name.startswith("bootpy.cli") and not one.name.endswith("__main__")]
        def asked(name, space=None, *rest):
            if name in ("typing", "enum"):
                print(name, space and space["__name__"])
            return real(name, space, *rest)
        import builtins
        real, builtins.__import__ = builtins.__import__, asked
        for name in names:
            __import__(name)
        print(len(names))
    """
    *asked, count = inside(script).splitlines()
    assert int(count) > 150
    # Nobody of ours imports what types would want.
    assert [line for line in asked if " bootpy" in line] == []


def _patterns() -> list[tuple[str | bytes, int]]:
    found = {one for file in SOURCES for one in named(ast.parse(file.read_text()))}
    return sorted(found, key=repr)


def test_patterns_are_those_that_re_compiles() -> None:
    patterns = _patterns()
    assert len(patterns) > 80
    script = """
        import json, re
        ready = {}
        exec(open(sys.argv[1]).read(), ready)
        sys.modules["re._ready"] = type(sys)("re._ready")
        sys.modules["re._ready"].READY = ready["READY"]
        unlike = []
        for pattern, flags in ready["READY"]:
            quick = re.compile(pattern, flags)
            from re import _compiler
            if quick != _compiler.compile(pattern, flags):
                unlike.append(repr(pattern))
        print(json.dumps(unlike))
    """
    assert json.loads(inside_with(text([], patterns), script)) == []


def inside_with(ready: str, script: str) -> str:
    """Run a script with a table of patterns in a file whose name is its argument."""
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(ready)
        file.flush()
        return inside(script, file.name)


def test_a_ready_pattern_needs_no_compiler() -> None:
    script = r"""
        import re
        ready = {}
        exec(open(sys.argv[1]).read(), ready)
        sys.modules["re._ready"] = type(sys)("re._ready")
        sys.modules["re._ready"].READY = ready["READY"]
        for name in ("re._compiler", "re._parser", "re._constants"):
            sys.modules.pop(name, None)
            vars(re).pop(name[3:], None)
        found = re.fullmatch(r"(?P<disk>[a-z]+)(\d+)", "sda12", re.IGNORECASE)
        print(found["disk"], found[2], "re._compiler" in sys.modules)
        print(re.sub("b+", "-", "abbbc"), "re._compiler" in sys.modules)
    """
    table = text([], [(r"(?P<disk>[a-z]+)(\d+)", int(re.IGNORECASE))])
    assert inside_with(table, script).split() == ["sda", "12", "False", "a-c", "True"]


def test_patterns_are_compiled_that_a_modules_own_function_will_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "patterns_by_function.py").write_text(
        textwrap.dedent(r"""
        import re
        from functools import cache

        DIGIT = "[0-9]"
        SAID = []

        @cache
        def pattern(text: str) -> re.Pattern[str]:
            SAID.append(text)
            return re.compile(text, re.DOTALL)

        def other(text: str) -> str:
            raise AssertionError("it makes no pattern")

        def use(given):
            other("x")
            return pattern("(" + DIGIT + "+)"), pattern(DIGIT), pattern(given), pattern("(")
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("patterns_by_function")
    compile_called([module, sys.modules["json"]])
    assert sorted(module.SAID) == ["(", "([0-9]+)", "[0-9]"]


def test_re_of_the_image_is_re() -> None:
    script = r"""
        import json, re
        print(json.dumps([
            re.split(r"[,;]", "a,b;c", maxsplit=1), re.findall(b"a(.)", b"abac")[0].decode(),
            re.sub(r"(\w)(\d)", r"\2\1", "a1b2"), re.subn("x", "", "axbx"),
            re.sub("a", lambda found: found[0].upper(), "banana", count=2),
            re.escape("a.b*c"), re.escape(b"a.b").decode(), re.compile("a") is re.compile("a"),
            re.match("(a)?b", "b").groups(), [m.start() for m in re.finditer("a", "banana")],
            re.search("A", "banana", re.I | re.M).span(), re.match("a", "a").expand(r"x\g<0>"),
            re.compile("a", re.S).flags, repr(re.compile("a")),
            isinstance(re.compile("a"), re.Pattern),
        ]))
        for wrong in (lambda: re.compile("("), lambda: re.compile(3),
                      lambda: re.compile(re.compile("a"), re.I), lambda: re.nothing):
            try:
                wrong()
            except Exception as error:
                print(type(error).__name__, error)
    """
    told: list[str] = []
    exec(textwrap.dedent(script), {"print": lambda *words: told.append(" ".join(map(str, words)))})
    # The one word that differs: whose attribute it is.
    assert inside(script).strip().split("\n") == told


def test_signals_have_their_names() -> None:
    script = """
        sys.modules.pop("enum", None)
        import signal
        names = {}
        for number in range(70):
            try:
                names[number] = signal.Signals(number).name
            except ValueError:
                pass
        print(json.dumps(["enum" in sys.modules, int(signal.SIGINT), signal.strsignal(2), names]))
    """
    imported, number, words, names = json.loads(inside(script))
    assert not imported
    assert (number, words) == (2, signal.strsignal(2))
    assert names == {str(int(each)): each.name for each in signal.Signals}


def test_lines_of_a_file_are_shown_in_tracebacks(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    script = f"""
        for name in ("linecache", "traceback", "tokenize"):
            sys.modules.pop(name, None)
        import linecache, traceback
        path = {str(file)!r}
        def told(text):
            with open(path, "w") as file:
                file.write(text)
            linecache.checkcache()
            try:
                exec(compile(text, path, "exec"))
            except ArithmeticError:
                lines = traceback.format_exc().splitlines()
                print(lines[[path in line for line in lines].index(True) + 1].strip())
        told("# \u00e4\\n1 / 0 # here")
        told("0 / 0")
        print(linecache.getlines(path), repr(linecache.getline(path, 2)))
        os.unlink(path)
        linecache.checkcache()
        print(linecache.getlines(path), linecache.getline("<stdin>", 1), "tokenize" in sys.modules)
    """
    assert inside(script).splitlines() == [
        "1 / 0 # here",
        "0 / 0",
        "['0 / 0\\n'] ''",
        "[]  False",
    ]
