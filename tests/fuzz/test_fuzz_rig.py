"""The rig finds what it is there to find: readers that break each promise are caught."""

import os
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, File, Host, Write
from bootpy.readers.table import Row
from bootpy.volume import FolderVolume, Volume, Volumes
from tests.fuzz.case import Case, Link, Locked, Node, Other, Tree, from_json, to_json
from tests.fuzz.checking import problems
from tests.fuzz.chunk import Chunk, Running
from tests.fuzz.folders import CANARY, OUTSIDE, Folders
from tests.fuzz.layout import layout
from tests.fuzz.memory_volume import MemoryVolume
from tests.fuzz.running import MOST_KILOBYTES, MOST_SECONDS, TABLE, Meter, Reader
from tests.fuzz.smaller import smaller
from tests.fuzz.vocabulary import vocabulary

NODES: dict[str, Node] = {
    "/loader/entries/a.conf": b"title A\nlinux /k\n",
    "/loader/entries/link.conf": Link(f"{OUTSIDE}/file"),
    "/loader/entries/locked.conf": Locked(b"\xff"),
    "/loader/entries/fifo.conf": Other("fifo"),
    "/k": b"\xff\0kernel",
    "/empty": Other("folder"),
}
CASE = Case("bls", (Tree(NODES),), Host("pc", "x86_64", (("A", "b"),)), on_disk=True)


def kinds(reader: Reader, folders: Folders | None = None) -> set[str]:
    """The kinds of problems that are found with a reader."""
    outcome = Meter().run(CASE, folders, schema=True, reader=reader)
    return {problem.kind for problem in outcome.problems}


def test_a_good_reader_has_no_problems(tmp_path: Path) -> None:
    outcome = Meter().run(CASE, Folders(tmp_path), schema=True)
    assert outcome.problems == ()
    assert [entry.title for entry in outcome.found[0].entries] == ["A"]


def test_an_exception_is_told_with_its_place() -> None:
    def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
        raise ZeroDivisionError("x")

    assert kinds(read) == {"ZeroDivisionError in the rig"}


def test_leaving_the_interpreter_is_a_problem() -> None:
    def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
        raise SystemExit

    assert kinds(read) == {"SystemExit in the rig"}


def test_an_endless_loop_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.running.STOPPED_AFTER", MOST_SECONDS + 0.1)

    def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
        while True:
            pass

    assert kinds(read) == {"time in the rig"}


def test_much_memory_is_a_problem() -> None:
    def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
        content = bytearray(MOST_KILOBYTES * 1024 + (8 << 20))
        content[::4096] = b"x" * len(content[::4096])
        return []

    assert kinds(read) == {"memory"}


def _start(path: str) -> None:
    subprocess.run(["true", path], check=True)


def _open(path: str) -> None:
    with open(path):
        pass


@pytest.mark.parametrize(
    ("opening", "path"), [(_open, "/etc/passwd"), (os.listdir, "/etc"), (_start, "x")]
)
def test_a_way_around_the_volume_is_seen(opening: Callable[[str], object], path: str) -> None:
    def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
        opening(path)
        return []

    assert kinds(read) == {"opened behind the volume's back"}


def test_a_descriptor_left_open_is_seen() -> None:
    left: list[int] = []

    def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
        left.append(home.open("/k"))
        return []

    assert kinds(read) == {"descriptor"}
    os.close(left[0])


def test_making_a_case_writes_nothing_outside_of_its_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    folders = Folders(tmp_path / "scratch")
    before = folders.canary.read_bytes()
    nodes: dict[str, Node] = {
        "/cwd": Link("/proc/self/cwd"),
        "/cwd/through-a-link": b"x",
        "/cwd/new/folder": Other("folder"),
        "/file": Link(f"{OUTSIDE}/file"),
        "//file": b"x",
        "/up/../../../over-the-root": b"x",
        "/..": b"x",
        "/loop": Link("loop"),
        "/loop/x": b"x",
        "/inside": Link("deep"),
        "/inside/kept": b"x",
    }
    with folders.volumes(Case("bls", (Tree(nodes),), on_disk=True)):
        made = folders.scratch / "volume0"
        assert sorted(os.listdir(made)) == ["cwd", "deep", "file", "inside", "loop"]
        assert os.listdir(made / "deep") == ["kept"]
        assert sorted(os.listdir(folders.scratch)) == ["outside", "volume0"]
    assert os.listdir(here) == []
    assert sorted(os.listdir(tmp_path)) == ["here", "scratch"]
    assert folders.canary.read_bytes() == before


def test_a_way_out_of_the_volume_is_seen(tmp_path: Path) -> None:
    folders = Folders(tmp_path)

    def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
        assert isinstance(home, FolderVolume)
        # As a volume would that follows links.
        descriptor = os.open(f"{home.folder}/loader/entries/link.conf", os.O_RDONLY)
        text = os.read(descriptor, 1000).decode()
        os.close(descriptor)
        said = Diagnostic("warning", Source(home.name, "/"), text.splitlines()[0], "x")
        return [Configuration(Source(home.name, "/"), "bls", diagnostics=(said,))]

    assert CANARY in folders.canary.read_text()
    assert "outside" in kinds(read, folders)


def test_an_answer_that_changes_is_seen() -> None:
    """Readers have no state: the same volumes give the same answer."""
    chunk = Chunk("bls", seed=3, number=0, inputs=60, largest=1 << 10)
    one, other = Running(chunk).result(), Running(chunk).result()
    assert (one.inputs, one.entries, one.counts) == (60, other.entries, other.counts)
    assert one.entries > 0


WRONG: Any = object()
PLACE = Source("sda1", "/loader/entries/a.conf", 1)
GOOD = Entry("bls:sda1:a", "A", ("A",), "bls", "action", PLACE)
CONFIGURATION = Configuration(Source("sda1", "/loader"), "bls", (GOOD,))


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("format", {"format": "x"}),
        ("default", {"default": "b"}),
        ("fallbacks", {"fallbacks": ("b",)}),
        ("timeout", {"timeout": -2.0}),
        ("timeout", {"timeout": float("nan")}),
        ("write", {"writes": (Write("sda2", "/x", ()),)}),
        ("configuration path", {"source": Source("sda1", "x")}),
        ("configuration line", {"source": Source("sda1", "/x", 0)}),
        ("diagnostic", {"diagnostics": (Diagnostic("info", PLACE, " "),)}),
        ("diagnostic hint", {"diagnostics": (Diagnostic("error", PLACE, "x"),)}),
        ("diagnostic volume", {"diagnostics": (Diagnostic("info", Source("b", "/"), "x"),)}),
        ("defaults", {"entries": (GOOD._replace(default=True),) * 2}),
        ("entry path", {"entries": (GOOD._replace(path=("B",)),)}),
        ("entry volume", {"entries": (GOOD._replace(source=Source("b", "/")),)}),
        ("cmdline", {"entries": (GOOD._replace(cmdline=" a"),)}),
        ("cmdline", {"entries": (GOOD._replace(cmdline="a\0b"),)}),
        ("kernel", {"entries": (GOOD._replace(kind="linux"),)}),
        ("file path", {"entries": (GOOD._replace(initrds=(File("sda1", "/../x"),)),)}),
        ("file volume", {"entries": (GOOD._replace(initrds=(File("b", "/x"),)),)}),
        ("json", {"entries": (GOOD._replace(version=WRONG),)}),
        ("schema entries/#/kind", {"entries": (GOOD._replace(kind=cast(Any, "x")),)}),
        ("type", None),
    ],
)
def test_an_answer_that_is_wrong_is_seen(kind: str, fields: dict[str, Any] | None) -> None:
    found: object = None if fields is None else [CONFIGURATION._replace(**fields)]
    assert kind in {problem.kind for problem in problems(found, ["sda1"], schema=True)}


def test_a_right_answer_has_nothing_wrong() -> None:
    assert not list(problems([CONFIGURATION], ["sda1"], schema=True))


def test_a_case_is_kept_as_json() -> None:
    assert from_json(to_json(CASE)) == CASE


def test_a_failing_case_is_made_small() -> None:
    def fails(case: Case) -> bool:
        nodes = case.trees[0].nodes
        content = nodes.get("/loader/entries/a.conf", b"")
        return isinstance(content, bytes) and b"linux" in content

    small = smaller(CASE, fails)
    assert small.trees[0].nodes == {"/loader/entries/a.conf": b"linux"}
    assert small.host.efi_variables == ()


@pytest.mark.parametrize("row", [row for row in TABLE.values() if find_spec(row.module)])
def test_every_row_is_fuzzed_where_its_reader_looks(row: Row) -> None:
    found = layout(row, vocabulary(row))
    assert found.files or found.folders
    assert len(vocabulary(row).words) > 20


NAMES = st.sampled_from(["a", "b", "A", "..", ".", "", "x" * 256])
PATHS = st.lists(NAMES, max_size=4).map("/".join)
CALLS = st.tuples(st.sampled_from(["status", "names", "read", "open"]), PATHS | st.text(max_size=3))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(CALLS, min_size=1, max_size=8),
)
@example(
    [("read", "/a/b/c/.."), ("status", "a/"), ("status", "/a/b/"), ("names", ""), ("open", "/a")]
)
def test_volume_in_memory_is_as_a_folder(calls: list[tuple[str, str]]) -> None:
    files = {"/a/b": b"1", "/b": b"22", "/a/c/A": b""}
    with TemporaryDirectory() as folder:
        for path, content in files.items():
            place = Path(folder, path.lstrip("/"))
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        os.mkfifo(Path(folder, "a/x"))
        real, memory = FolderVolume(folder), MemoryVolume({**files, "/a/x": None})
        for name, path in calls:
            assert _answer(memory, name, path) == _answer(real, name, path)


def _answer(volume: Volume, name: str, path: str) -> object:
    try:
        answer = getattr(volume, name)(path)
    except OSError as error:
        return error.errno
    if name == "status" and answer is not None:
        return answer.kind, answer.size if answer.kind == "file" else 0
    if name == "open":
        try:
            return os.read(answer, 100)
        finally:
            os.close(answer)
    return answer


def test_volume_in_memory_may_ignore_case() -> None:
    volume = MemoryVolume({"/EFI/Linux/A.efi": b"x"}, ignores_case=True)
    assert volume.read("/efi/linux/a.EFI") == b"x"
    assert volume.names("/efi/LINUX") == ["A.efi"]
    assert volume.asked_files == {"/efi/linux/a.EFI"}
