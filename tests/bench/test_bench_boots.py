"""What becomes of counted boots: stages, tables, the chart; what the rig builds around them."""

import io
import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from bench import __main__ as bench
from bench import families
from bench.boots import compare, growth, measure, phases, tables
from bench.boots.archive import init_code, nodes, without_modules
from bench.boots.compiling import bare_program
from bench.boots.memory import STEP, least
from bench.boots.parallel import each
from bench.boots.plot import plot
from bench.boots.rows import Absent, chosen, rows
from bootpy.errors import BootError
from initramfs import cpio
from initramfs.tree import GENERATED, Tree
from qemu.icount.run import Counted, Record

COUNTED = Counted(
    (
        Record(100, "mark", "kernel"),
        Record(150, "mark", "entry"),
        Record(400, "mark", "upper"),
        Record(1_000, "mark", "init"),
        Record(1_000_000, "line", "[0.500000] bench: drivers"),
        Record(3_000_000, "line", "[0.502000] bench: devices"),
        Record(4_000_000, "line", "[0.553000] bench: load"),
        Record(9_000_000, "line", "[0.558000] bench: shutdown"),
        Record(9_500_000, "line", "[0.558500] bench: jump"),
        Record(9_900_000, "mark", "entry"),
        Record(12_000_000, "line", "[0.300000] bench: target"),
        Record(12_500_000, "end", ""),
    )
)


def test_a_boot_is_split_at_marks_and_lines() -> None:
    boot = phases.boot(COUNTED)
    assert (boot.unpack, boot.kernel, boot.loader) == (300, 600, 9_499_000)
    assert (boot.jump, boot.target) == (400_000, 2_100_000)
    assert boot.total == 12_000_000 - 100
    assert boot.stages == {
        "start": 999_000,
        "drivers": 2_000_000,
        "devices": 1_000_000,
        "load": 5_000_000,
        "shutdown": 500_000,
    }


def test_waiting_is_what_the_clock_has_more_than_the_count() -> None:
    assert phases.boot(COUNTED).waited == pytest.approx(0.0585 - 0.0085)


@pytest.mark.parametrize("missing", ["bench: target", "init", "bench: jump"])
def test_a_boot_that_came_to_no_end_is_told_with_its_console(missing: str) -> None:
    records = tuple(one for one in COUNTED.records if missing not in one.text)
    with pytest.raises(BootError, match=r"(?s)panic.*bench: drivers"):
        phases.boot(Counted(records, "Kernel panic"))


def test_time_belongs_to_the_innermost_span() -> None:
    spans = [
        ["kernel", "Linux", 0, 500],
        ["interpreter", "Python starts", 500, 600],
        ["drivers", "loading drivers", 600, 900],
        ["imports", "within", 700, 750],
        ["devices", "enumeration", 950, 1000],
    ]
    assert phases.innermost(spans) == {
        "interpreter": 100_000,
        "drivers": 250_000,
        "imports": 50_000,
        "devices": 50_000,
    }


def test_the_record_is_found_in_the_console() -> None:
    record = json.dumps({"schema": 1, "spans": [["load", "loading", 10, 30]]})
    line = Record(5, "line", f"[    1.000] timeline: {record}")
    assert phases.recorded(Counted((line,))) == {"load": 20_000}
    assert phases.recorded(COUNTED) == {}


@pytest.mark.parametrize(
    ("line", "kilobytes"),
    [
        ("[    1.000] memory: 15344 kB peak of this process, 1 of 2 kB in use", 15344),
        ("[1.000000] bench: VmHWM:\t   14344 kB", 14344),
        ("\tMaximum resident set size (kbytes): 62736", 15684),
        ("[1.000000] bench: load", None),
    ],
)
def test_peaks_are_taken_from_what_each_loader_says(line: str, kilobytes: int | None) -> None:
    assert measure.peak(Counted((Record(1, "line", line),))) == kilobytes


def test_what_no_stage_has_is_shown_as_rest() -> None:
    assert phases.with_rest({"load": 60}, 100) == {"load": 60, "rest": 40}
    assert phases.with_rest({"load": 100}, 100) == {"load": 100}


def archive_of(fill: Callable[[Tree], None]) -> bytes:
    tree = Tree()
    fill(tree)
    return cpio.archive(tree)


def test_archives_are_read_back_one_after_the_other() -> None:
    first = archive_of(lambda tree: tree.file("etc/a", b"one", GENERATED))
    second = archive_of(lambda tree: tree.file("etc/a", b"other", GENERATED))
    assert nodes(first + bytes(508) + second)["etc/a"].data == b"other"
    with pytest.raises(BootError, match="no archive from its byte"):
        nodes(first + b"\x28\xb5\x2f\xfd")


def test_modules_are_left_out_and_nothing_else() -> None:
    def fill(tree: Tree) -> None:
        tree.file("init", b"#!/bin/x\n", GENERATED, executable=True)
        tree.file("usr/lib/modules/6.1/kernel/a.ko", b"x" * 1000, GENERATED)

    kept = nodes(without_modules(archive_of(fill)))
    assert "init" in kept
    assert not [path for path in kept if path.startswith("usr/lib/modules/")]


def test_code_of_init_is_its_interpreters() -> None:
    program = bare_program("target").read_bytes()

    def script(tree: Tree) -> None:
        tree.file("init", b"#!/bin/shell -x\n", GENERATED, executable=True)
        tree.link("bin", "usr/bin")
        tree.link("usr/bin/shell", "/usr/lib/real")
        tree.file("usr/lib/real", program, GENERATED, executable=True)

    def plain(tree: Tree) -> None:
        tree.file("init", program, GENERATED, executable=True)

    # xor %ebp, %ebp; mov %rsp, %rdi; and ...
    assert init_code(archive_of(script)).endswith(":31ed4889e74883e4")
    assert init_code(archive_of(script)) == init_code(archive_of(plain))
    with pytest.raises(BootError, match="has no /bin"):
        init_code(archive_of(lambda tree: tree.file("init", b"#!/bin/no\n", GENERATED)))


@pytest.mark.parametrize("needed", [60, 75, 128, 295])
@pytest.mark.parametrize("near", [42, 76, 128, 130])
def test_least_memory_is_found_to_the_step(needed: int, near: int) -> None:
    tried: list[int] = []

    def boots(memory: int) -> bool:
        tried.append(memory)
        return memory >= needed

    found = least(boots, near)
    assert found is not None
    assert needed <= found < needed + STEP
    if near == found:
        assert tried == [near, near - STEP]


def test_no_memory_is_found_where_none_does() -> None:
    assert least(lambda _: False) is None


def double(number: int) -> int:
    if number < 0:
        raise BootError("negative", "take another")
    return 2 * number


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_work_is_spread_and_comes_back_in_order(monkeypatch: pytest.MonkeyPatch, jobs: str) -> None:
    monkeypatch.setenv("BENCH_JOBS", jobs)
    assert each(double, range(5)) == [0, 2, 4, 6, 8]
    with pytest.raises(BootError, match="negative"):
        each(double, [1, -1])


def test_rows_are_chosen_by_name_and_beginning() -> None:
    assert [row.name for row in chosen(["floor"])] == ["floor-file", "floor-load"]
    assert [row.name for row in chosen(["busybox-load"])] == ["busybox-load"]
    with pytest.raises(BootError, match="no row is called flo"):
        chosen(["flo"])


def test_absent_rows_say_why() -> None:
    for row in rows():
        assert not isinstance(row, Absent) or row.reason


def test_own_share_is_what_the_floors_load_leaves() -> None:
    floor = {"name": "floor-load", "kernel": "own", "call": "load", "stages": {"load": 50}}
    row = {"call": "load", "kernel": "own", "instructions": {"loader": 170}}
    assert measure.own_share(row, [floor]) == 120
    assert measure.own_share(row | {"kernel": "debian"}, [floor]) is None
    assert measure.own_share(row | {"call": "file"}, [floor]) is None


def test_spread_is_in_percent_of_the_least() -> None:
    assert measure.spread([200, 202, 201]) == 1.0


def kept() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = families.kept()["boots"]
    return found


def test_chart_is_drawn_from_the_results() -> None:
    assert families.CHART.read_text() == plot(kept())
    chart = ElementTree.parse(io.StringIO(families.CHART.read_text()))
    texts = [element.text for element in chart.iter("{http://www.w3.org/2000/svg}text")]
    for row in kept():
        assert texts.count(row["about"]) == 2


def test_runs_of_the_results_differ_by_less_than_one_percent() -> None:
    assert kept()
    for row in kept():
        assert row["spread"]["total"] < 1, row["name"]
        assert row["spread"]["loader"] < 1, row["name"]


def test_results_have_every_row_that_this_tree_can_measure_on_any_kernel() -> None:
    names = {row["name"] for row in kept()}
    missing = {row.name for row in rows() if not isinstance(row, Absent)} - names
    assert not missing, "run `make bench`"


def test_growth_was_measured_at_every_size() -> None:
    found = {(row["series"], row["number"]) for row in families.kept()["growth"]}
    wanted = {("disks", number) for number in growth.DISKS}
    assert found == wanted | {("entries", number) for number in growth.ENTRIES}


def test_a_configuration_that_was_refused_has_no_figure() -> None:
    line = Record(9, "line", "[    1.700] 1000 entries in (vda1)/boot/grub/grub.cfg")
    assert growth.was_read(Counted((line,)), 1000)
    assert not growth.was_read(Counted((line,)), 10_000)
    rows = [
        {"series": "entries", "number": 1, "instructions": 10_000_000},
        {"series": "entries", "number": 10_000, "instructions": None},
    ]
    assert "| entries | 10,000 | refused" in growth.table(rows)


def test_tables_show_every_row() -> None:
    shown = tables.table(kept())
    for row in kept():
        assert shown.count(f"`{row['name']}`") == 2


@pytest.mark.parametrize(
    ("main", "words", "status", "said"),
    [
        (compare.main, ["HEAD", ""], 2, "which two commits?"),
        (compare.main, ["no-such-commit", "HEAD"], 1, "git knows no commit no-such-commit"),
        (bench.main, ["boot"], 1, "no such family: boot"),
        (bench.main, ["--rows", "flor"], 1, "no row is called flor"),
    ],
)
def test_wrong_words_are_told(
    capsys: pytest.CaptureFixture[str],
    main: Callable[[list[str]], int],
    words: list[str],
    status: int,
    said: str,
) -> None:
    assert main(words) == status
    assert said in capsys.readouterr().err


def test_comparison_shows_differences() -> None:
    text = compare.table(["a", "b"], {"debian": {"raw": 200}}, {"debian": {"raw": 190}})
    assert "| debian | image, raw, bytes | 200 | 190 | -10 (-5.00 %) |" in text
