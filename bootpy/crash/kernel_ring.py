"""The kernel's log out of its memory: the lockless ring buffer that printk has since Linux 5.10.

Descriptors are a ring of `1 << count_bits`; each names a stretch of the ring of texts. Numbers of
descriptors and places of texts count on for ever; their place in the ring is what is left of them
by its size. Sources: kernel/printk/printk_ringbuffer.c, .h and printk.c of Linux 6.1;
Documentation/admin-guide/kdump/gdbmacros.txt.

A core may be damaged, so everything that was read is held against what a kernel can have.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from bootpy.crash.core import Core
from bootpy.crash.vmcoreinfo import NOTE, Vmcoreinfo, parse
from bootpy.errors import BootError

_COMMITTED, _FINALIZED = 1, 2  # enum desc_state: what else there is is being written, or free

# Kconfig allows log_buf_len=2G at most; a descriptor is there for each 32 bytes of text.
_MOST_TEXT_BITS, _MOST_DESCRIPTOR_BITS = 31, 26
_AT_ONCE = 4096  # descriptors, of which a block is read at a time

_KERNEL_MAP = 0xFFFFFFFF80000000  # __START_KERNEL_map of x86_64


class Record(NamedTuple):
    """A message: its number, nanoseconds since the start of the kernel, its text."""

    sequence: int
    nanoseconds: int
    text: str

    def __str__(self) -> str:
        """Return it as dmesg shows it, lines behind the first one indented."""
        seconds, rest = divmod(self.nanoseconds, 10**9)
        prefix = f"[{seconds:5d}.{rest // 1000:06d}] "
        return prefix + self.text.replace("\n", "\n" + " " * len(prefix))


def kernel_log(core: Core) -> Iterator[Record]:
    """Give the messages of a crashed kernel, oldest first.

    One that was being written when it crashed is left out. BootError: the log cannot be found.
    """
    content = core.note(NOTE)
    if not content:
        raise BootError(
            "the core has no VMCOREINFO note, by which the kernel's log is found",
            "it is damaged, or was made by a program that leaves the note out",
        )
    info = parse(content)
    yield from _records(_Memory(core, info), info)


class _Memory:
    """The crashed kernel's memory, read by virtual address."""

    def __init__(self, core: Core, info: Vmcoreinfo) -> None:
        self._core = core
        self._base = info.number("phys_base") if core.machine == "x86_64" else None
        self.order = core.order

    def read(self, address: int, size: int) -> bytes:
        try:
            return self._core.at(address, size)
        except BootError:
            # A core without a segment for the kernel's own map has its physical place.
            if self._base is None or address < _KERNEL_MAP:
                raise
            return self._core.at_physical(address - _KERNEL_MAP + self._base, size)

    def long(self, address: int) -> int:
        return self.value("Q", self.read(address, 8), 0)

    def value(self, letter: str, data: bytes, offset: int) -> int:
        try:
            (number,) = struct.unpack_from(f"{self.order}{letter}", data, offset)
        except struct.error:
            raise BootError(
                f"VMCOREINFO names a field at byte {offset} of a structure of {len(data)}",
                "the core is damaged",
            ) from None
        return int(number)


class _Ring(NamedTuple):
    """Where the parts of the ring are, and how large: see struct printk_ringbuffer."""

    descriptors: int
    infos: int
    texts: int
    length: int
    text_size: int
    first: int
    last: int


def _ring(memory: _Memory, info: Vmcoreinfo) -> _Ring:
    ring = memory.long(info.symbol("prb"))
    descriptors = ring + info.offset("printk_ringbuffer.desc_ring")
    texts = ring + info.offset("printk_ringbuffer.text_data_ring")
    counter = int(info.values.get("OFFSET(atomic_long_t.counter)", "0"))

    def of(address: int, field: str) -> int:
        return memory.long(address + info.offset(field))

    def bits(address: int, field: str, most: int) -> int:
        found = memory.value("I", memory.read(address + info.offset(field), 4), 0)
        if not 1 <= found <= most:
            raise BootError(
                f"the crashed kernel's log has {field} {found}, where up to {most} is possible",
                "the core is damaged",
            )
        return found

    return _Ring(
        of(descriptors, "prb_desc_ring.descs"),
        of(descriptors, "prb_desc_ring.infos"),
        of(texts, "prb_data_ring.data"),
        1 << bits(descriptors, "prb_desc_ring.count_bits", _MOST_DESCRIPTOR_BITS),
        1 << bits(texts, "prb_data_ring.size_bits", _MOST_TEXT_BITS),
        memory.long(descriptors + info.offset("prb_desc_ring.tail_id") + counter),
        memory.long(descriptors + info.offset("prb_desc_ring.head_id") + counter),
    )


def _records(memory: _Memory, info: Vmcoreinfo) -> Iterator[Record]:
    ring = _ring(memory, info)
    each, told = info.size("prb_desc"), info.size("printk_info")
    state_at = info.offset("prb_desc.state_var")
    block_at = info.offset("prb_desc.text_blk_lpos")
    begin_at = block_at + info.offset("prb_data_blk_lpos.begin")
    next_at = block_at + info.offset("prb_data_blk_lpos.next")
    fields = [info.offset(f"printk_info.{name}") for name in ("seq", "ts_nsec", "text_len")]
    mask = (1 << 62) - 1  # the two bits above are the state
    number = ring.first & mask
    left = min(((ring.last - ring.first) & mask) + 1, ring.length)
    while left:
        place = number % ring.length
        many = min(left, ring.length - place, _AT_ONCE)
        found = memory.read(ring.descriptors + place * each, many * each)
        infos = memory.read(ring.infos + place * told, many * told)
        for at in range(many):
            state = memory.value("Q", found, at * each + state_at)
            if state & mask != (number + at) & mask or state >> 62 not in {_COMMITTED, _FINALIZED}:
                continue
            sequence, nanoseconds = (
                memory.value("Q", infos, at * told + field) for field in fields[:2]
            )
            length = memory.value("H", infos, at * told + fields[2])
            begin = memory.value("Q", found, at * each + begin_at)
            following = memory.value("Q", found, at * each + next_at)
            text = _text(memory, ring, begin, following, length)
            yield Record(sequence, nanoseconds, _shown(text))
        number = (number + many) & mask
        left -= many


def _text(memory: _Memory, ring: _Ring, begin: int, following: int, length: int) -> bytes:
    """Read the text between two places, or the part of it that there is room for."""
    if begin & 1:  # LPOS_DATALESS: no text, or it was lost
        return b""
    start, end = begin % ring.text_size, following % ring.text_size
    if start > end:  # a block that would not fit at the ring's end begins anew
        start = 0
    start += 8  # the number of its descriptor
    return memory.read(ring.texts + start, min(length, max(0, end - start)))


def _shown(text: bytes) -> str:
    """Return what may stand on a terminal and in a text file: no control characters."""
    decoded = text.decode("utf-8", "backslashreplace")
    if decoded.isprintable():
        return decoded
    return "".join(
        letter if letter.isprintable() or letter in "\t\n" else f"\\x{ord(letter):02x}"
        for letter in decoded
    )
