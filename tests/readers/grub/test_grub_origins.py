"""Where the values of entries come from."""

from pathlib import Path

from boot_trees import EFI, tree

from bootpy.readers.grub.reader import read
from bootpy.volume import Volumes

TEXT = """\
set default=e
options=quiet
load_env
search --no-floppy --fs-uuid --set=root AB-12
menuentry 'Title' --id e {
	linux /k root=$saved_root ${options} x
	initrd /a /b
	devicetree /t
}
menuentry X {
	set root=sdb1
	multiboot2 /xen
	module2 (sdb1)/m a b
}
"""


def test_each_value_has_its_line(tmp_path: Path) -> None:
    volume = tree(
        tmp_path / "a",
        {"grub.cfg": TEXT, "grubenv": "# GRUB Environment Block\nsaved_root=/dev/x\n"},
        name="sda1",
    )
    other = tree(tmp_path / "b", {"k": ""}, name="sdb1")
    other.uuid = "ab-12"
    (found,) = read(volume, Volumes([volume, other]), EFI)
    first, second = (
        [(one.field, one.value, one.source.line, one.how) for one in entry.origins]
        for entry in found.entries
    )
    assert first == [
        ("title", "Title", 5, "menuentry"),
        ("kernel", "/k", 6, "linux command"),
        ("root", "sdb1", 4, "search --fs-uuid AB-12"),
        ("cmdline", "root=/dev/x quiet x", 6, "linux command"),
        ("variable", "saved_root=/dev/x", 3, "load_env"),
        ("variable", "options=quiet", 2, "set"),
        ("initrds", "/a", 7, "initrd command"),
        ("initrds", "/b", 7, "initrd command"),
        ("devicetree", "/t", 8, "devicetree command"),
        ("default", "e", 1, "set default"),
    ]
    assert second == [
        ("title", "X", 10, "menuentry"),
        ("kernel", "/xen", 12, "multiboot2 command"),
        ("root", "sdb1", 11, "set"),
        ("modules", "(sdb1)/m a b", 13, "module command"),
    ]
    assert {one.source.path for one in found.entries[0].origins} == {"/grub.cfg"}


def test_what_is_searched_in_vain_is_an_origin(tmp_path: Path) -> None:
    text = "menuentry E {\nsearch --label --set=root NONE\nlinux /k\n}\n"
    volume = tree(tmp_path, {"grub.cfg": text}, name="sda1")
    (found,) = read(volume, Volumes([volume]), EFI)
    roots = [one for one in found.entries[0].origins if one.field == "root"]
    assert [(one.source.line, one.how) for one in roots] == [(2, "search --label NONE")]
