"""The kernel's log out of a real core, against makedumpfile; and rings that are damaged."""

import os
import random
import struct

import pytest
from recorded_core import core_bytes, log_by_makedumpfile, opened

from bootpy.crash.core import Core, Segment, read_core
from bootpy.crash.kernel_ring import Record, kernel_log
from bootpy.crash.vmcoreinfo import NOTE, parse
from bootpy.errors import BootError


def logged(content: bytes | bytearray) -> list[Record]:
    file = opened(content)
    try:
        return list(kernel_log(read_core(file)))
    finally:
        os.close(file)


def place(core: Core, address: int) -> int:
    """Return where in the file a virtual address is."""
    for each in core.segments:
        if each.virtual <= address < each.virtual + each.size:
            return each.offset + address - each.virtual
    raise AssertionError(hex(address))


def ring_fields() -> dict[str, int]:
    """Where in the recorded file the fields of the ring are."""
    core = read_core(opened(core_bytes()))
    info = parse(core.note(NOTE))
    (ring,) = struct.unpack("<Q", core.at(info.symbol("prb"), 8))
    descriptors = ring + info.offset("printk_ringbuffer.desc_ring")
    texts = ring + info.offset("printk_ringbuffer.text_data_ring")
    addresses = {
        name: descriptors + info.offset(f"prb_desc_ring.{name}")
        for name in ("count_bits", "descs", "infos", "head_id", "tail_id")
    } | {name: texts + info.offset(f"prb_data_ring.{name}") for name in ("size_bits", "data")}
    return {name: place(core, address) for name, address in addresses.items()}


def test_it_is_what_makedumpfile_reads() -> None:
    lines = "\n".join(map(str, logged(core_bytes()))).splitlines()
    assert lines == log_by_makedumpfile()
    assert any("Kernel panic - not syncing: sysrq triggered crash" in line for line in lines)


def test_messages_are_numbered_and_in_order_of_time() -> None:
    records = logged(core_bytes())
    numbers = [record.sequence for record in records]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert records[-1].nanoseconds > 10 * 10**9


def test_lines_of_a_message_are_indented() -> None:
    assert str(Record(1, 1_234_567_890, "one\ntwo")) == "[    1.234567] one\n               two"


def test_a_core_without_the_kernels_own_map_has_it_by_its_physical_place() -> None:
    """As cores of kexec_load(2) can be: phys_base tells."""
    file = opened(core_bytes())
    core = read_core(file)
    hidden = [
        Segment(each.offset, 0, each.physical, each.size)
        if each.virtual >= 0xFFFFFFFF80000000
        else each
        for each in core.segments
    ]
    assert list(kernel_log(core._replace(segments=tuple(hidden)))) == logged(core_bytes())


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("count_bits", 200, "count_bits 200, where up to 26"),
        ("size_bits", 0, "size_bits 0, where up to 31"),
        ("descs", 0x41414141, "at 0x414"),
        ("infos", 0x41414141, "at 0x414"),
        ("data", 0x41414141, "are not in its core"),
    ],
)
def test_damage_is_named(field: str, value: int, said: str) -> None:
    damaged = core_bytes()
    size = "<I" if field.endswith("bits") else "<Q"
    struct.pack_into(size, damaged, ring_fields()[field], value)
    with pytest.raises(BootError, match=said):
        logged(damaged)


def test_a_ring_that_claims_more_is_read_once_round_at_most() -> None:
    damaged = core_bytes()
    head = ring_fields()["head_id"]
    struct.pack_into("<Q", damaged, head, (1 << 61) + 5)
    with pytest.raises(BootError, match="are not in its core"):
        logged(damaged)  # what was not recorded; and not for ever


def test_no_note_is_said() -> None:
    core = read_core(opened(core_bytes()))
    with pytest.raises(BootError, match="no VMCOREINFO note"):
        list(kernel_log(core._replace(notes=())))


def test_a_kernel_of_the_older_ring_is_told() -> None:
    core = read_core(opened(core_bytes()))
    notes = tuple(
        note._replace(content=note.content.replace(b"SYMBOL(prb)", b"SYMBOL(log_buf)"))
        for note in core.notes
    )
    with pytest.raises(BootError, match=r"has no SYMBOL\(prb\)(?s:.*)before 5\.10"):
        list(kernel_log(core._replace(notes=notes)))


def test_random_damage_is_an_answer_or_an_error() -> None:
    chance = random.Random(2)
    whole = core_bytes()
    outcomes = set()
    for _ in range(150):
        damaged = whole.copy()
        for _ in range(chance.randrange(1, 40)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            outcomes.add(len(logged(damaged)) > 0)
        except BootError:
            outcomes.add(False)
    assert outcomes == {True, False}
