"""LZ4 as the lz4 program and Linux' build write it, unpacked."""

import os
import random
import shutil
import subprocess
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_images import flat_image, memory_file

from bootpy.errors import BootError
from bootpy.kexec import wrapped
from bootpy.kexec.image import examine
from bootpy.kexec.initrds import Part

NAME = "(sda2)/Image.lz4"
TEXT = b"".join(random.Random(1).choice((b"kernel", b"image ", b"\0" * 9)) for _ in range(60_000))
FRAMES = ("-1", "-9", "-B4", "-B4 -BD", "-B5 -BD -9", "--content-size", "--no-frame-crc -BX", "-l")


def packed(content: bytes, options: str) -> bytes:
    if not shutil.which("lz4"):
        pytest.fail("the lz4 program is missing: see .ci/packages")
    words = ["lz4", "-q", "-c", *options.split()]
    return subprocess.run(words, input=content, capture_output=True, check=True).stdout


def unpacked(content: bytes, most: int = 1 << 26) -> bytes:
    fd = wrapped.unpack(Part(memory_file(content), 0, len(content), NAME), "lz4", most)
    found = os.pread(fd, 1 << 26, 0)
    os.close(fd)
    return found


@pytest.mark.parametrize("options", FRAMES)
@pytest.mark.parametrize("content", [TEXT, os.urandom(100_000), b"x", bytes(9 << 20)])
def test_frames(content: bytes, options: str) -> None:
    assert unpacked(packed(content, options)) == content


def test_the_length_that_linux_appends_is_no_block() -> None:
    tail = len(TEXT).to_bytes(4, "little")
    assert unpacked(packed(TEXT, "-l -9") + tail) == TEXT


def test_an_image_lz4_is_recognised() -> None:
    content = packed(flat_image(b"ARM\x64", length=100_000), "-l")
    assert examine(memory_file(content), NAME).format == "lz4"
    assert unpacked(content) == flat_image(b"ARM\x64", length=100_000)


def test_too_much_and_too_little() -> None:
    for options in ("-l", "-9"):
        content = packed(TEXT, options)
        assert unpacked(content, len(TEXT)) == TEXT
        with pytest.raises(BootError, match="unpacks to over"):
            unpacked(content, len(TEXT) - 1)
        with pytest.raises(BootError, match="is damaged"):
            unpacked(content[:-2_000] if options == "-9" else content[:1000])
    with pytest.raises(BootError, match="is damaged"):
        unpacked(b"text" * 10)


@settings(deadline=None, max_examples=200)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=5
    ),
    legacy=st.booleans(),
)
def test_damage_gives_nothing_but_a_boot_error(
    changes: list[tuple[int, int]], legacy: bool
) -> None:
    content = bytearray(SMALL[legacy])
    for place, new in changes:
        content[place % len(content)] = new
    with suppress(BootError):
        assert len(unpacked(bytes(content))) < 1 << 26


SMALL = [packed(TEXT[:50_000], "-9 -BD -B4"), packed(TEXT[:50_000], "-l")]
