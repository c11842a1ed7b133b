"""EFI variables, with a folder in efivarfs's place: four bytes of attributes, then the value."""

import fcntl
import os
import struct
from pathlib import Path

import pytest

from bootpy.linux import efi

VENDOR = efi.LOADER


def put(folder: Path, name: str, content: bytes, attributes: int = 7) -> Path:
    file = folder / f"{name}-{VENDOR}"
    file.write_bytes(attributes.to_bytes(4, "little") + content)
    return file


def test_texts_are_utf_16_up_to_a_nul(tmp_path: Path) -> None:
    put(tmp_path, "A", "käse.conf\0".encode("utf-16-le"))
    put(tmp_path, "B", "no end".encode("utf-16-le"))
    put(tmp_path, "C", "one\0two\0".encode("utf-16-le"))
    put(tmp_path, "Odd", b"x\0y")
    put(tmp_path, "Surrogate", b"\x00\xd8")
    put(tmp_path, "Empty", b"")
    (tmp_path / f"Short-{VENDOR}").write_bytes(b"\7")
    (tmp_path / f"Folder-{VENDOR}").mkdir()
    put(tmp_path, "Long", b"x\0" * 200_000)
    names = ["A", "B", "C", "Odd", "Surrogate", "Empty", "Short", "Folder", "Gone", "Long"]
    found = efi.texts(names, VENDOR, str(tmp_path))
    assert len(found.pop("Long")) < 40_000
    assert found == {
        "A": "käse.conf",
        "B": "no end",
        "C": "one",
        "Odd": "x",
        "Surrogate": "\ufffd",
        "Empty": "",
        "Short": "",
    }


@pytest.mark.parametrize(("kept", "attributes"), [(True, b"\7\0\0\0"), (False, b"\6\0\0\0")])
def test_write(tmp_path: Path, kept: bool, attributes: bytes) -> None:
    efi.write("A", VENDOR, b"value", kept=kept, folder=str(tmp_path))
    assert (tmp_path / f"A-{VENDOR}").read_bytes() == attributes + b"value"


def test_a_variable_that_cannot_be_made_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"File name too long"):
        efi.write("A" * 300, VENDOR, b"x", kept=False, folder=str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_remove(tmp_path: Path) -> None:
    file = put(tmp_path, "A", b"x\0\0\0")
    efi.remove("A", VENDOR, str(tmp_path))
    assert not file.exists()
    efi.remove("A", VENDOR, str(tmp_path))


def test_variables_that_efivarfs_guards(tmp_path: Path) -> None:
    """As on efivarfs, where all of systemd's are immutable files."""
    for change in ("remove", "write"):
        file = put(tmp_path, change, b"x\0\0\0")
        if not guarded(file):
            pytest.skip("needs root, and a file system with immutable files")
        if change == "remove":
            efi.remove(change, VENDOR, str(tmp_path))
            assert not file.exists()
        else:
            efi.write(change, VENDOR, b"new", kept=True, folder=str(tmp_path))
            assert file.read_bytes()[4:7] == b"new"


def guarded(file: Path) -> bool:
    """Make a file immutable, as chattr(1) would; False where that cannot be done."""
    long = struct.calcsize("l") << 16
    fd = os.open(file, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, 0x40006602 | long, struct.pack("i", 0x10))
    except OSError:
        return False
    finally:
        os.close(fd)
    with pytest.raises(PermissionError):
        os.unlink(file)
    return True
