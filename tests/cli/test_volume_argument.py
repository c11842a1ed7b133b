"""VOLUME arguments: directories, names, and what is no VOLUME."""

from pathlib import Path

import pytest

from bootpy.cli.volume_argument import pairs, volumes_of
from bootpy.errors import BootError


def test_all_the_names(tmp_path: Path) -> None:
    argument = (
        f"path={tmp_path},name=sda1,uuid=1234-ABCD,label=A\\,B,partuuid=p,partlabel=q,"
        "grub=hd0\\,gpt2"
    )
    (volume,) = volumes_of([argument])
    assert (volume.name, volume.uuid, volume.label) == ("sda1", "1234-ABCD", "A,B")
    assert (volume.partuuid, volume.partlabel, volume.grub) == ("p", "q", "hd0,gpt2")
    assert volumes_of([argument]).with_uuid("1234-abcd") is not None
    assert volumes_of([argument]).named("hd0,gpt2") is not None


def test_plain_directories_are_named_by_their_base_name(tmp_path: Path) -> None:
    folders = [tmp_path / "a/boot", tmp_path / "b/boot", tmp_path / "c"]
    for folder in folders:
        folder.mkdir(parents=True)
    names = [volume.name for volume in volumes_of([*map(str, folders[:2]), f"{folders[2]}/"])]
    assert names == ["boot", "boot-2", "c"]


def test_a_directory_whose_name_looks_like_pairs(tmp_path: Path) -> None:
    folder = tmp_path / "name=x,y"
    folder.mkdir()
    assert pairs(str(folder)) == {"path": str(folder)}


def test_values_with_equals_signs() -> None:
    assert pairs("path=/a=b,label=c=d") == {"path": "/a=b", "label": "c=d"}


@pytest.mark.parametrize(
    ("argument", "word"),
    [
        ("path=/tmp,color=red", "color"),
        ("path=/tmp,uuid", "uuid"),
        ("name=sda1", "path"),
        ("path=,name=sda1", "path"),
        ("path=/tmp,path=/usr", "twice"),
    ],
)
def test_pairs_that_are_wrong(argument: str, word: str) -> None:
    with pytest.raises(BootError, match=word) as error:
        volumes_of([argument])
    assert error.value.hint


def test_two_volumes_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(BootError, match="two volumes are named x"):
        volumes_of([f"path={tmp_path},name=x", f"path={tmp_path},name=x"])


def image(magic: bytes, offset: int) -> bytes:
    return bytes(offset) + magic + bytes(4096)


@pytest.mark.parametrize(
    ("content", "what", "remedy"),
    [
        (b"", "an empty file", "directory"),
        (b"menuentry x {\n}\n", "a text file", "directory"),
        (b"\x7fELF\0\0", "a binary file", "directory"),
        (image(b"\x55\xaa", 510), "disk image", "without key=value"),
        (image(b"\x53\xef", 0x438), "ext4", "without key=value"),
        (image(b"QFI\xfb", 0), "qcow2", "without key=value"),
        (b"\x1f\x8b\x08\0", "compressed by gzip", "gunzip -k"),
        (b"\xfd7zXZ\0\0", "compressed by xz", "unxz -k"),
    ],
)
def test_files_that_are_no_directory(
    tmp_path: Path, content: bytes, what: str, remedy: str
) -> None:
    file = tmp_path / "thing"
    file.write_bytes(content)
    for argument in (str(file), f"path={file},name=x"):
        with pytest.raises(BootError) as error:
            volumes_of([argument])
        assert what in error.value.message
        assert str(file) in error.value.message
        assert remedy in error.value.hint


def test_what_is_not_there_or_no_file(tmp_path: Path) -> None:
    for argument, word in ((f"{tmp_path}/gone", "no such file"), ("/dev/null", "not a directory")):
        with pytest.raises(BootError, match=word) as error:
            volumes_of([argument])
        assert error.value.hint
    with pytest.raises(BootError):
        volumes_of(["a\0b"])


def test_case_of_names(tmp_path: Path) -> None:
    (tmp_path / "File").write_text("")
    (volume,) = volumes_of([str(tmp_path)])
    assert not volume.ignores_case
