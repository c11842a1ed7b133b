"""What QEMU is told of a stranger's image, with images that the real qemu-img has made."""

import os
from pathlib import Path
from typing import Any

import pytest

from bootpy.errors import BootError
from qemu.images import read_only_node
from qemu.places import call


def create(folder: Path, name: str, *options: str, layout: str = "qcow2") -> Path:
    path = folder / name
    call(["qemu-img", "create", "-q", "-f", layout, *options, path, "4M"], folder=folder)
    return path


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return create(tmp_path, "disk.img", layout="raw")


def files(node: dict[str, Any] | None) -> list[str]:
    found = []
    while node:
        found.append(node["file"]["filename"])
        node = node.get("backing")
    return found


def test_everything_is_read_only(raw: Path, tmp_path: Path) -> None:
    above = create(tmp_path, "above.qcow2", "-b", "disk.img", "-F", "raw")
    node: Any = read_only_node(above, "disk0")
    assert node["node-name"] == "disk0"
    for one in (node, node["file"], node["backing"], node["backing"]["file"]):
        assert one["read-only"] is True
        assert one["force-share"] is True


@pytest.mark.parametrize("layout", ["raw", "qcow2", "vmdk", "vdi", "vhdx", "vpc"])
def test_layouts_by_their_first_bytes(tmp_path: Path, layout: str) -> None:
    node = read_only_node(create(tmp_path, "image", layout=layout))
    assert node["driver"] == layout
    assert ("backing" in node) == (layout in {"qcow2", "vmdk"})
    assert not node.get("backing")


def test_a_chain_is_named_file_by_file(raw: Path, tmp_path: Path) -> None:
    create(tmp_path, "one.qcow2", "-b", "disk.img", "-F", "raw")
    old = ("-o", "compat=0.10")  # a header of version 2
    create(tmp_path, "two.qcow2", *old, "-b", "one.qcow2", "-F", "qcow2")
    top = create(tmp_path, "three.qcow2", "-b", f"{tmp_path}/two.qcow2", "-F", "qcow2")
    names = ("three.qcow2", "two.qcow2", "one.qcow2", "disk.img")
    assert files(read_only_node(top)) == [str(tmp_path / name) for name in names]


def test_what_the_header_calls_raw_stays_raw(tmp_path: Path) -> None:
    """A guest can write any header into its raw disk."""
    create(tmp_path, "guest-made", "-u", "-b", "/etc/hostname", "-F", "raw")
    top = create(tmp_path, "top.qcow2", "-u", "-b", "guest-made", "-F", "raw")
    node: Any = read_only_node(top)
    assert node["backing"]["driver"] == "raw"
    assert files(node) == [str(top), str(tmp_path / "guest-made")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-u", "-b", 'json:{"driver":"nbd"}', "-F", "raw"), "no file of this machine"),
        (("-u", "-b", "nbd://localhost/x", "-F", "raw"), "no file of this machine"),
        (("-u", "-b", "/dev/zero", "-F", "raw"), "no regular file"),
        (("-u", "-b", "fifo", "-F", "raw"), "no regular file"),
        (("-u", "-b", "fifo", "-F", "qcow2"), "no regular file"),
        (("-u", "-b", "gone.img", "-F", "raw"), "no such file"),
        (("-u", "-b", "text", "-F", "parallels"), "format 'parallels'"),
        (("-o", "data_file=data.raw"), "data in another file"),
    ],
)
def test_what_reaches_further_than_files_is_refused(
    tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    os.mkfifo(tmp_path / "fifo")
    image = create(tmp_path, "bad.qcow2", *options)
    with pytest.raises(BootError, match=words) as error:
        read_only_node(image)
    assert str(image) in error.value.message


@pytest.mark.parametrize("method", [1, 2])
def test_an_encrypted_image_is_refused(tmp_path: Path, method: int) -> None:
    # Written by hand: qemu-img spends seconds on making a key.
    image = create(tmp_path, "locked.qcow2")
    content = bytearray(image.read_bytes())
    content[32:36] = method.to_bytes(4, "big")
    image.write_bytes(content)
    with pytest.raises(BootError, match="is encrypted"):
        read_only_node(image)


def test_an_image_that_stands_on_itself(tmp_path: Path) -> None:
    image = create(tmp_path, "a.qcow2", "-u", "-b", "b.qcow2", "-F", "qcow2")
    (tmp_path / "b.qcow2").symlink_to(image)
    with pytest.raises(BootError, match="more than 16 images"):
        read_only_node(image)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-o", "subformat=monolithicFlat"), "only names the files"),
        (("-o", "subformat=twoGbMaxExtentSparse"), "only names the files"),
        (("-b", "base.vmdk", "-F", "vmdk"), "snapshot"),
    ],
)
def test_vmdk_that_names_other_files(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    create(tmp_path, "base.vmdk", layout="vmdk")
    with pytest.raises(BootError, match=words) as error:
        read_only_node(create(tmp_path, "bad.vmdk", *options, layout="vmdk"))
    assert "qemu-img convert" in error.value.hint


def test_vmdk_whose_header_has_no_size_of_its_own(tmp_path: Path) -> None:
    image = create(tmp_path, "bad.vmdk", layout="vmdk")
    content = bytearray(image.read_bytes())
    content[12:20] = bytes(8)
    image.write_bytes(content)
    with pytest.raises(BootError, match="only names the files"):
        read_only_node(image)


@pytest.mark.parametrize("length", [4, 8, 16, 40, 80, 104, 600])
def test_headers_that_are_cut(tmp_path: Path, length: int) -> None:
    image = create(tmp_path, "cut.qcow2", "-u", "-b", "gone", "-F", "raw")
    image.write_bytes(image.read_bytes()[:length])
    try:
        node = read_only_node(image)
    except BootError:
        return
    assert files(node) == [str(image)]
