"""libblkid on images that the real tools made."""

import ctypes
import errno
import os
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from bootpy.devices import gpt
from bootpy.linux import signatures
from bootpy.linux.blkid import Entry, probe, probe_disk, probe_open

UUID = "0f3a4b5c-1d2e-4f60-8a9b-0c1d2e3f4a5b"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image"
    path.touch()
    os.truncate(path, 8 << 20)
    return path


def make(*words: str, text: str | None = None) -> None:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    subprocess.run(
        words, input=text, text=True, check=True, capture_output=True, env={"PATH": path}
    )


@pytest.mark.parametrize("kind", ["ext2", "ext3", "ext4"])
def test_ext(image: Path, kind: str) -> None:
    make("mke2fs", "-q", "-t", kind, "-L", "a root", "-U", UUID, str(image))
    values = probe(str(image))
    assert (values["TYPE"], values["LABEL"], values["UUID"]) == (kind, "a root", UUID)


def test_fat(image: Path) -> None:
    make("mkfs.vfat", "-n", "ESP", "-i", "ABCD1234", str(image))
    values = probe(str(image))
    assert (values["TYPE"], values["LABEL"], values["UUID"]) == ("vfat", "ESP", "ABCD-1234")
    assert "PTTYPE" not in values


def test_xfs(image: Path) -> None:
    os.truncate(image, 300 << 20)
    make("mkfs.xfs", "-q", "-L", "x", "-m", f"uuid={UUID}", str(image))
    values = probe(str(image))
    assert (values["TYPE"], values["LABEL"], values["UUID"]) == ("xfs", "x", UUID)


def test_swap(image: Path) -> None:
    make("mkswap", "-U", UUID, str(image))
    values = probe(str(image))
    assert (values["TYPE"], values["UUID"]) == ("swap", UUID)


@pytest.mark.parametrize("kind", ["gpt", "dos"])
def test_a_partitioned_disk_has_a_table_and_no_file_system(image: Path, kind: str) -> None:
    make("sfdisk", "-q", str(image), text=f"label: {kind}\nstart=2048, size=4096\n")
    values = probe(str(image))
    assert values["PTTYPE"] == kind
    assert "TYPE" not in values


def test_the_entries_of_a_disks_table(image: Path) -> None:
    text = (
        "label: gpt\n"
        'start=2048, size=4096, name="boot it", uuid=11111111-2222-4333-8444-555555555555\n'
        f"start=6144, size=2048, type=swap, uuid={UUID}\n"
    )
    make("sfdisk", "-q", str(image), text=text)
    file = os.open(image, os.O_RDONLY)
    try:
        values, entries = probe_disk(file)
        assert (values["PTTYPE"], list(entries)) == ("gpt", [1, 2])
        linux = "0fc63daf-8483-4772-8e79-3d69d8477de4"
        first = (4096 << 9, "11111111-2222-4333-8444-555555555555", "boot it", linux)
        assert entries[1] == first
        assert (entries[2].size, entries[2].uuid, entries[2].name) == (2048 << 9, UUID, "")
        named = probe_open(file, entries[1])
        keys = ("PART_ENTRY_UUID", "PART_ENTRY_NAME", "PART_ENTRY_TYPE")
        assert tuple(named[key] for key in keys) == first[1:]
        assert "PART_ENTRY_NAME" not in probe_open(file, entries[2])
    finally:
        os.close(file)


def test_a_type_that_is_a_number_is_written_as_libblkid_writes_it(image: Path) -> None:
    make("sfdisk", "-q", str(image), text="label: dos\nstart=2048, size=4096, type=c\n")
    file = os.open(image, os.O_RDONLY)
    try:
        assert probe_disk(file)[1][1].type == "0xc"
    finally:
        os.close(file)


def test_the_log_of_an_xfs_that_lies_elsewhere(image: Path) -> None:
    data = image.with_name("data")
    for path in (image, data):
        path.touch()
        os.truncate(path, 300 << 20)
    make("mkfs.xfs", "-q", "-l", f"logdev={image}", str(data))
    assert probe(str(image))["TYPE"] == "xfs_external_log"
    assert probe(str(data))["TYPE"] == "xfs"


def test_every_array_is_looked_for_beside_a_table() -> None:
    """Compared with the library's own list, less the one that is too costly."""
    library = ctypes.CDLL("libblkid.so.1")
    name, usage = ctypes.c_char_p(), ctypes.c_int()
    arrays, number = set(), ctypes.c_size_t()
    while library.blkid_superblocks_get_name(number, ctypes.byref(name), ctypes.byref(usage)) == 0:
        if usage.value == 1 << 2:  # BLKID_USAGE_RAID
            arrays.add(name.value)
        number.value += 1
    assert len(arrays) > 10
    looked_for = set(signatures.BESIDE_A_TABLE)
    assert looked_for - {b"iso9660", b"udf", None} == arrays - {b"promise_fasttrack_raid_member"}


def luks(image: Path, *, first: bool, second: bool) -> None:
    """Write the headers of a LUKS2 volume, as far as libblkid looks at them."""
    with open(image, "r+b") as file:
        for place, magic in [(0, b"LUKS\xba\xbe")] * first + [(16384, b"SKUL\xba\xbe")] * second:
            header = struct.pack(">6sHQQ48s32s64s40s48sQ", magic, 2, 16384, 1, *[b""] * 5, place)
            file.seek(place)
            file.write(header[:168] + UUID.encode() + header[168 + len(UUID) :])


def probed(image: Path) -> list[dict[str, str]]:
    """Return the values of an image as those of a partition, of what is on one, and of a disk."""
    file = os.open(image, os.O_RDONLY)
    try:
        entry = Entry(0, "", "", "")
        return [probe_open(file), probe_open(file, entry), probe_disk(file)[0]]
    finally:
        os.close(file)


@pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, True)])
def test_luks_by_either_header(image: Path, first: bool, second: bool) -> None:
    luks(image, first=first, second=second)
    for values in probed(image):
        assert (values["TYPE"], values["UUID"]) == ("crypto_LUKS", UUID)


def test_luks_comes_before_what_it_has_left_of_a_file_system(image: Path) -> None:
    make("mke2fs", "-q", "-t", "ext4", str(image))
    luks(image, first=True, second=False)
    assert [values["TYPE"] for values in probed(image)] == ["crypto_LUKS"] * 3


def test_a_file_system_comes_before_what_it_has_left_of_luks(image: Path) -> None:
    make("mke2fs", "-q", "-t", "ext4", "-U", UUID, str(image))
    luks(image, first=False, second=True)
    assert [values["UUID"] for values in probed(image)] == [UUID] * 3
    assert [values["TYPE"] for values in probed(image)] == ["ext4"] * 3


def with_gpt(image: Path) -> tuple[dict[str, str], Mapping[int, Entry]]:
    make("sfdisk", "-q", "-w", "never", str(image), text="label: gpt\nstart=2048, size=64\n")
    file = os.open(image, os.O_RDONLY)
    try:
        table = gpt.entries(file, image.stat().st_size)
        assert table is not None
        return probe_disk(file, table)
    finally:
        os.close(file)


def test_a_table_with_what_was_there_before_it(image: Path) -> None:
    os.truncate(image, 128 << 20)
    make("mkfs.btrfs", "-q", str(image))
    assert probe(str(image))["TYPE"] == "btrfs"
    values, entries = with_gpt(image)
    assert (values, list(entries)) == ({"PTTYPE": "gpt"}, [1])


def test_a_table_on_an_image_for_cd_and_stick(image: Path) -> None:
    make("genisoimage", "-quiet", "-V", "BOTH", "-o", str(image), str(Path(__file__).parent))
    os.truncate(image, 8 << 20)
    values, entries = with_gpt(image)
    assert (values["TYPE"], values["LABEL"], values["PTTYPE"]) == ("iso9660", "BOTH", "gpt")
    assert list(entries) == [1]


def test_the_table_of_an_array_is_not_its_disks(image: Path) -> None:
    # mdadm's superblock of version 0.90, in the last whole 64 KiB but one (linux/raid/md_p.h).
    with open(image, "r+b") as file:
        file.seek((8 << 20) - (64 << 10))
        file.write(struct.pack("<10I", 0xA92B4EFC, 0, 90, 0, 0, 1, 2, 3, 4, 5) + bytes(4056))
    values, entries = with_gpt(image)
    assert (values["TYPE"], values["USAGE"]) == ("linux_raid_member", "raid")
    assert dict(entries) == {}


def test_a_member_of_a_promise_array(image: Path) -> None:
    with open(image, "r+b") as file:
        file.seek((8 << 20) - 63 * 512)
        file.write(b"Promise Technology, Inc.")
    assert probe_of_disk(image)["TYPE"] == "promise_fasttrack_raid_member"


def probe_of_disk(image: Path) -> dict[str, str]:
    file = os.open(image, os.O_RDONLY)
    try:
        return probe_disk(file)[0]
    finally:
        os.close(file)


def test_nothing_recognised(image: Path) -> None:
    assert probe(str(image)) == {}


def test_a_label_that_is_no_text_keeps_the_rest(image: Path) -> None:
    make("mke2fs", "-q", "-t", "ext4", "-U", UUID, str(image))
    with open(image, "r+b") as file:
        file.seek(1024 + 120)  # s_volume_name of struct ext4_super_block
        file.write(b"caf\xe9")
    values = probe(str(image))
    assert values["UUID"] == UUID
    assert values["LABEL"].startswith("caf")


def test_two_signatures_that_contradict(image: Path) -> None:
    make("mkfs.vfat", str(image))
    make("mke2fs", "-q", "-F", "-t", "ext4", str(image.with_name("ext4")), "8M")
    superblock = image.with_name("ext4").read_bytes()[1024:2048]
    with open(image, "r+b") as file:
        file.seek(1024)
        file.write(superblock)
    with pytest.raises(OSError, match="more than one file system") as caught:
        probe(str(image))
    assert caught.value.errno == errno.EUCLEAN


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        probe(str(tmp_path / "none"))


def test_a_fifo_neither_hangs_nor_passes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match=r"Errno") as caught:
        probe(str(tmp_path / "fifo"))
    assert caught.value.strerror


def test_probing_writes_nothing_and_leaves_nothing_open(image: Path) -> None:
    make("mke2fs", "-q", "-t", "ext4", str(image))
    content, opened = image.read_bytes(), os.listdir("/proc/self/fd")
    probe(str(image))
    assert image.read_bytes() == content
    assert os.listdir("/proc/self/fd") == opened
