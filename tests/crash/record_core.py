"""`python -m tests.crash.record_core CORE OUT.gz`: of a real /proc/vmcore, what the readers read.

Headers and notes stay; of memory only those pages that reading the kernel's log touches, each
where it was. data/debian-12.core.gz is from a Debian 12 in QEMU (512 MB, two processors,
crashkernel=192M) after `echo c > /proc/sysrq-trigger`.
"""

import gzip
import os
import struct
import sys

from bootpy.crash import core as core_reader
from bootpy.crash.kernel_ring import kernel_log

PAGE = 4096
HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
PROGRAM = struct.Struct("<IIQQQQQQ")


def reduced(path: str) -> bytes:
    """Return a core with what of the one at `path` its log takes."""
    file = os.open(path, os.O_RDONLY)
    touched: set[int] = set()
    whole = core_reader.read_whole

    def noted(file: int, offset: int, size: int) -> bytes:
        touched.update(range(offset // PAGE, (offset + size + PAGE - 1) // PAGE))
        return whole(file, offset, size)

    core = core_reader.read_core(file)
    core_reader.read_whole = noted
    try:
        assert list(kernel_log(core))
    finally:
        core_reader.read_whole = whole
    segments = []
    for segment in core.segments:
        assert segment.offset % PAGE == 0
        first = segment.offset // PAGE
        pages = sorted(page for page in touched if 0 <= page - first < segment.size // PAGE)
        for page in pages:
            past = (page - first) * PAGE
            content = os.pread(file, PAGE, page * PAGE)
            segments.append((segment.virtual + past, segment.physical + past, content))
    notes = _notes(core)
    return _core(segments, notes)


def _notes(core: core_reader.Core) -> bytes:
    parts = []
    for name, kind, content in core.notes:
        raw = name.encode() + b"\0"
        parts.append(struct.pack("<III", len(raw), len(content), kind))
        parts += [raw.ljust(-(-len(raw) // 4) * 4, b"\0")]
        parts += [content.ljust(-(-len(content) // 4) * 4, b"\0")]
    return b"".join(parts)


def _core(segments: list[tuple[int, int, bytes]], notes: bytes) -> bytes:
    """Write an ELF core, as fs/proc/vmcore.c lays it out."""
    merged: list[tuple[int, int, bytearray]] = []
    for virtual, physical, content in segments:
        if merged and merged[-1][0] + len(merged[-1][2]) == virtual:
            merged[-1][2].extend(content)
        else:
            merged.append((virtual, physical, bytearray(content)))
    count = 1 + len(merged)
    at = HEADER.size + count * PROGRAM.size
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head = HEADER.pack(ident, 4, 62, 1, 0, HEADER.size, 0, 0, 64, 56, count, 0, 0, 0)
    table = [PROGRAM.pack(4, 0, at, 0, 0, len(notes), len(notes), 0)]
    at += len(notes)
    for virtual, physical, data in merged:
        table.append(PROGRAM.pack(1, 7, at, virtual, physical, len(data), len(data), 0))
        at += len(data)
    return b"".join([head, *table, notes, *(bytes(data) for _, _, data in merged)])


if __name__ == "__main__":
    with open(sys.argv[2], "wb") as out:
        out.write(gzip.compress(reduced(sys.argv[1]), 9, mtime=0))
