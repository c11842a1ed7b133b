"""Our reading of a GPT against libblkid's, on tables that sfdisk wrote and on damaged ones."""

import os
import random
import subprocess
import zlib
from pathlib import Path

import pytest

from bootpy.devices import gpt
from bootpy.linux.blkid import Entry, probe_disk

SIZE = 8 << 20
USUAL = """label: gpt
start=2048, size=4096, name="EFI system", type=uefi
start=6144, size=2048, type=swap, uuid=0F3A4B5C-1D2E-4F60-8A9B-0C1D2E3F4A5B
"""


def disk(path: Path, text: str, *words: str) -> bytes:
    """Have a program make a table, and return the beginning of the disk, which is at `path`."""
    image = path / "disk"
    image.write_bytes(bytes(SIZE))
    environment = {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    words = words or ("sfdisk", "-q")
    subprocess.run(
        [*words, image], input=text, text=True, check=True, env=environment, capture_output=True
    )
    return image.read_bytes()[: 17 << 10]


def by_libblkid(path: Path, start: bytes) -> tuple[str | None, dict[int, Entry]]:
    """Return what libblkid finds on the disk at `path`, with another beginning."""
    file = os.open(path / "disk", os.O_RDWR)
    os.pwrite(file, start, 0)
    try:
        values, entries = probe_disk(file)
    finally:
        os.close(file)
    return values.get("PTTYPE"), dict(entries)


@pytest.mark.parametrize(
    "text",
    [
        USUAL,
        "label: gpt\n",
        "label: gpt\nstart=2048, size=64, attrs=GUID:2\n",
        "label: gpt\n" + "\n".join(f"{n}: start={2048 + 8 * n}, size=8" for n in (1, 3, 4, 5, 128)),
        "label: gpt\ntable-length: 64\nstart=2048, size=64, name=x\n",
        'label: gpt\nstart=2048, size=64, name="123456789012345678901234567890123456"\n',
    ],
)
def test_as_libblkid_reads_it(tmp_path: Path, text: str) -> None:
    content = disk(tmp_path, text)
    found = gpt.parsed(content, SIZE)
    assert found is not None
    assert ("gpt", found) == by_libblkid(tmp_path, content)


@pytest.mark.parametrize(
    "text",
    [
        "label: dos\nstart=2048, size=4096\n",
        "label: gpt\ntable-length: 256\nstart=2048, size=64\n",
        'label: gpt\nstart=2048, size=64, name="Größe"\n',
        'label: gpt\nstart=2048, size=64, name=" padded "\n',
        'label: gpt\nstart=2048, size=64, name="\u0100"\n',
    ],
)
def test_what_is_unusual_is_left_to_libblkid(tmp_path: Path, text: str) -> None:
    assert gpt.parsed(disk(tmp_path, text), SIZE) is None


def test_other_sectors_are_left_to_libblkid(tmp_path: Path) -> None:
    content = disk(tmp_path, "g\nw\n", "fdisk", "-b", "4096")
    assert content[4096:4104] == b"EFI PART"
    assert gpt.parsed(content, SIZE) is None


def test_what_is_damaged_is_left_to_libblkid(tmp_path: Path) -> None:
    content = disk(tmp_path, USUAL)
    for place in (510, 450, *range(512, 512 + 92), 1024, 1024 + 40, 1024 + 128 * 127):
        damaged = bytearray(content)
        damaged[place] ^= 0x40
        found = gpt.parsed(bytes(damaged), SIZE)
        # Neither the signature of the MBR nor its type has a checksum; all else has.
        assert found is None, place
    assert gpt.parsed(content, SIZE // 2) is None  # cut short
    assert gpt.parsed(content[:4096], SIZE) is None
    assert gpt.parsed(b"", 0) is None


def test_entries_that_lie_nowhere_are_left_to_libblkid(tmp_path: Path) -> None:
    content = bytearray(disk(tmp_path, USUAL))
    content[1024 + 40 : 1024 + 48] = (1 << 40).to_bytes(8, "little")
    assert gpt.parsed(signed(content), SIZE) is None


def test_whatever_stands_in_the_header_is_judged_as_libblkid_does(tmp_path: Path) -> None:
    """With checksums made right again, what is read here is what libblkid reads, or nothing."""
    content = disk(tmp_path, USUAL)
    dice = random.Random(1)
    read = 0
    for _ in range(300):
        start = bytearray(content)
        for _ in range(dice.randint(1, 3)):
            place = dice.choice((*range(512, 604), *range(1024, 1024 + 3 * 128)))
            start[place] = dice.choice((0, 1, 0x80, 0xFF, start[place] ^ 1 << dice.randrange(8)))
        image = signed(start)
        found = gpt.parsed(image, SIZE)
        if found is not None:
            read += 1
            assert ("gpt", found) == by_libblkid(tmp_path, image)
    assert read > 50


def signed(start: bytearray) -> bytes:
    """Make the checksums of a table right."""
    number = int.from_bytes(start[592:596], "little")
    length = int.from_bytes(start[524:528], "little")
    start[600:604] = zlib.crc32(start[1024 : 1024 + number * 128]).to_bytes(4, "little")
    start[528:532] = bytes(4)
    start[528:532] = zlib.crc32(start[512 : 512 + length]).to_bytes(4, "little")
    return bytes(start)


def test_an_image_that_is_open(tmp_path: Path) -> None:
    disk(tmp_path, USUAL)
    file = os.open(tmp_path / "disk", os.O_RDONLY)
    try:
        assert gpt.sector_size(file) == 512
        found = gpt.entries(file, SIZE)
        assert found is not None
        assert found[1].name == "EFI system"
        assert found[2].uuid == "0f3a4b5c-1d2e-4f60-8a9b-0c1d2e3f4a5b"
        assert probe_disk(file, found) == ({"PTTYPE": "gpt"}, found)
    finally:
        os.close(file)
