import ctypes
import errno
import os
from pathlib import Path

import pytest

from bootpy.linux.arch import processor_flags
from bootpy.linux.kexec import Mapping, Segment, kexec_load


def test_the_kernel_takes_the_call_for_what_it_is() -> None:
    """A destination that is no whole page is refused before anything is loaded."""
    segment = Segment(b"x" * 8, 0, 8, 0x1000001, 4096)
    with pytest.raises(OSError, match="system call") as caught:
        kexec_load(0x1000000, [segment])
    assert caught.value.errno in {errno.EADDRNOTAVAIL, errno.EPERM, errno.ENOSYS}
    with pytest.raises(OSError, match="system call") as caught:
        kexec_load(0, [segment], flags=1 << 15)
    assert caught.value.errno in {errno.EINVAL, errno.EPERM, errno.ENOSYS}


def test_a_mapping_shows_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content" * 1000)
    fd = os.open(tmp_path / "file", os.O_RDONLY)
    mapping = Mapping(fd, 7000)
    os.close(fd)
    assert ctypes.string_at(mapping.address + 6993, 7) == b"content"
    mapping.close()
    mapping.close()
    memory = os.memfd_create("test")
    os.write(memory, b"in memory")
    mapping = Mapping(memory, 9)
    os.close(memory)
    assert ctypes.string_at(mapping.address, 9) == b"in memory"
    mapping.close()


def test_what_cannot_be_mapped() -> None:
    reading, writing = os.pipe()
    with pytest.raises(OSError, match="mmap") as caught:
        Mapping(reading, 100)
    assert caught.value.errno == errno.ENODEV
    os.close(reading)
    os.close(writing)


def test_processor_flags(tmp_path: Path) -> None:
    page = "processor\t: {}\nvendor_id\t: GenuineIntel\nflags\t\t: fpu {} lm\nbugs\t\t:\n\n"
    (tmp_path / "x86").write_text(page.format(0, "pdpe1gb") + page.format(1, "other") * 100)
    assert processor_flags(str(tmp_path / "x86")) == {"fpu", "pdpe1gb", "lm"}
    (tmp_path / "arm").write_text("processor\t: 0\nFeatures\t: fp asimd\n")
    assert processor_flags(str(tmp_path / "arm")) == frozenset()
    assert processor_flags(str(tmp_path / "none")) == frozenset()
