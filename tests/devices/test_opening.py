"""Devices opened ahead of their turn, on image files: what is read, and what stays open."""

import os
from pathlib import Path

import pytest

from bootpy.devices.opening import OpenDevices, read_ahead


@pytest.mark.parametrize("partitioned", [False, True])
@pytest.mark.parametrize("size", [0, 512, 70_000, 8 << 20, 65 << 20])
def test_a_device_is_read_ahead_whatever_its_size(
    tmp_path: Path, size: int, partitioned: bool
) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"begin")
    os.truncate(image, size)
    file = os.open(image, os.O_RDONLY)
    try:
        assert read_ahead(file, partitioned) == size
        assert os.pread(file, 5, 0) == b"begin"[:size]
    finally:
        os.close(file)


@pytest.mark.parametrize(("held", "open_in_the_end"), [(False, 17 + 47), (True, 100)])
def test_some_are_open_before_and_behind(held: bool, open_in_the_end: int) -> None:
    before = opened()
    # A name that climbs out of /dev: any file serves to be opened.
    names = ["../proc/self/status"] * 100
    devices = OpenDevices(names, frozenset(), lock=False, held=held)
    try:
        assert devices[0].size == 0
        assert opened() - before == 48
        for at in range(53):
            assert isinstance(devices[at].file, int)
        assert opened() - before == open_in_the_end
    finally:
        devices.close()
    assert opened() == before


def test_what_cannot_be_opened_says_why() -> None:
    devices = OpenDevices(["none-of-that-name"], frozenset(), lock=True, held=False)
    error = devices[0].file
    assert isinstance(error, FileNotFoundError)
    assert devices[0].size == 0
    devices.close()


def opened() -> int:
    return len(os.listdir("/proc/self/fd"))
