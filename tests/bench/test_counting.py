"""The rig counts what is executed, tells waiting apart, and repeats."""

from pathlib import Path

import pytest

from bench.boots import phases
from bench.boots.archive import init_code
from bench.boots.compiling import FLAGS, HERE
from bench.boots.measure import WORDS, bench_of, spread
from bench.boots.rows import Row, chosen
from initramfs import cpio
from initramfs.tree import GENERATED, Tree
from qemu.disks.target import cloud_kernel
from qemu.icount.compiling import compiled
from qemu.icount.machine import ENTRY_32, CountedMachine, code_at
from qemu.icount.run import Counted, run

pytestmark = pytest.mark.e2e

KNOWN = 40_000_000
"""Instructions of the loop in known.c."""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    program = compiled(Path(__file__).with_name("known.c"), [*FLAGS, f"-I{HERE}"])
    tree = Tree()
    tree.character_device("dev/console", 5, 1, 0o600)
    tree.file("init", program.read_bytes(), GENERATED, executable=True)
    archive = cpio.archive(tree)
    initrd = tmp_path_factory.mktemp("known") / "initramfs.cpio"
    initrd.write_bytes(archive)
    kernel = cloud_kernel().image
    machine = CountedMachine(kernel, initrd, WORDS, memory=256)
    return run(machine, {"kernel": code_at(kernel, ENTRY_32), "init": init_code(archive)})


def at(counted: Counted, text: str) -> int:
    line = counted.first(f"bench: {text}$")
    assert line is not None, counted.tail()
    return line.count


def test_a_loop_is_counted_as_long_as_it_is(known: Counted) -> None:
    # What the kernel does at its ticks meanwhile, and to write a line, comes on top.
    assert KNOWN < at(known, "wait") - at(known, "loop") < 1.02 * KNOWN


def test_the_guests_clock_says_the_same(known: Counted) -> None:
    clock = {}
    for text in ("loop", "wait"):
        line = known.first(f"bench: {text}$")
        assert line is not None
        clock[text] = float(line.text.strip("[").partition("]")[0])
    counted = (at(known, "wait") - at(known, "loop")) / 1e9
    assert clock["wait"] - clock["loop"] == pytest.approx(counted, rel=1e-3)


def test_a_wait_is_no_instruction(known: Counted) -> None:
    # A second would be a thousand million.
    assert at(known, "off") - at(known, "wait") < 10_000_000


def test_marks_come_where_kernel_and_init_begin(known: Counted) -> None:
    (kernel,), (init, *_) = known.marks("kernel"), known.marks("init")
    assert kernel.count < init.count <= at(known, "loop")
    # From /init's first instruction it is a few lines of C to its first line.
    assert at(known, "loop") - init.count < 100_000


def test_two_boots_of_the_floor_differ_by_less_than_one_percent() -> None:
    (row,) = chosen(["floor-load"])
    assert isinstance(row, Row)
    with bench_of(row) as bench:
        boots = [phases.boot(bench.run()) for _ in range(2)]
    assert spread([boot.total for boot in boots]) < 1
    assert spread([boot.loader for boot in boots]) < 1
