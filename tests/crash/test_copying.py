"""Copying a core: holes for zeros, pages that cannot be read, an end of room."""

import errno
import os
import random
from pathlib import Path

import pytest

from bootpy.crash.copying import PAGE, Copied, copy, runs

CHUNK = 1 << 20


def opened(path: Path, content: bytes = b"") -> int:
    path.write_bytes(content)
    return os.open(path, os.O_RDWR)


def test_the_copy_is_the_same_and_zeros_take_no_room(tmp_path: Path) -> None:
    chance = random.Random(3)
    pages = [chance.randbytes(PAGE) if chance.random() < 0.2 else bytes(PAGE) for _ in range(1200)]
    content = b"".join(pages) + b"the end"
    told: list[int] = []
    source, target = opened(tmp_path / "core", content), opened(tmp_path / "copy")
    copied = copy(source, target, len(content), 1 << 30, told.append)
    assert (tmp_path / "copy").read_bytes() == content
    filled = sum(page != bytes(PAGE) for page in pages) * PAGE + len("the end")
    assert copied == Copied(filled, 0)
    assert os.fstat(target).st_blocks * 512 < filled + 64 * PAGE
    assert told == [*range(CHUNK, len(content), CHUNK), len(content)]


def test_zeros_at_the_end_are_part_of_it(tmp_path: Path) -> None:
    content = b"x" * PAGE + bytes(3 * CHUNK + 5)
    source, target = opened(tmp_path / "core", content), opened(tmp_path / "copy")
    copy(source, target, len(content), 1 << 30, lambda _: None)
    assert (tmp_path / "copy").read_bytes() == content


def test_pages_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    # Nothing is mapped at address 0 of any process: reading there is EIO.
    source = os.open("/proc/self/mem", os.O_RDONLY)
    target = opened(tmp_path / "copy")
    assert copy(source, target, 3 * PAGE + 1, 1 << 30, lambda _: None) == Copied(0, 4)
    assert (tmp_path / "copy").read_bytes() == bytes(3 * PAGE + 1)


def test_the_room_is_not_exceeded(tmp_path: Path) -> None:
    content = b"x" * 10 * PAGE
    source, target = opened(tmp_path / "core", content), opened(tmp_path / "copy")
    with pytest.raises(OSError, match="No space left") as refused:
        copy(source, target, len(content), 10 * PAGE - 1, lambda _: None)
    assert refused.value.errno == errno.ENOSPC
    assert os.fstat(target).st_size <= 10 * PAGE - 1


def test_runs() -> None:
    full, empty = b"x" * PAGE, bytes(PAGE)
    chunk = empty + full + full + empty + full + b"y"
    assert list(runs(chunk)) == [(PAGE, 3 * PAGE), (4 * PAGE, 5 * PAGE + 1)]
    assert list(runs(empty + b"\0")) == []
