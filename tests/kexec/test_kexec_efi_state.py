import struct
from pathlib import Path

import pytest
from recorded import laid_out, zero_page

from bootpy.kexec.efi_state import root_pointer, runtime_services

FLAGS = 0x7F


def test_of_ovmf(tmp_path: Path) -> None:
    root = laid_out(tmp_path, "ovmf")
    efi, missing = runtime_services(zero_page(root), FLAGS, root)
    assert efi is not None
    assert missing == ""
    assert (efi.signature, efi.descriptor_size, efi.descriptor_version) == (0x34364C45, 48, 1)
    assert struct.pack("<I", efi.table & 0xFFFFFFFF) == zero_page(root)[0x1C4:0x1C8]
    values = struct.unpack("<12Q", efi.setup)
    assert [f"{value:#x}\n" for value in values[:3]] == [
        (tmp_path / "sys/firmware/efi" / name).read_text()
        for name in ("fw_vendor", "runtime", "config_table")
    ]
    assert values[3:] == (0x7F520000, *(0,) * 8)
    assert root_pointer(root) == 0x7F77D014


def test_the_runtime_map_in_its_order(tmp_path: Path) -> None:
    root = laid_out(tmp_path, "ovmf")
    efi, _ = runtime_services(zero_page(root), FLAGS, root)
    assert efi is not None
    entries = list(struct.iter_unpack("<IIQQQQQ", efi.memmap))
    folder = tmp_path / "sys/firmware/efi/runtime-map"
    assert len(entries) == len(list(folder.iterdir()))
    for number, entry in enumerate(entries):
        kind, padding, physical, virtual, count, attribute, rest = entry
        assert (padding, rest) == (0, 0)
        shown = [physical, virtual, count, attribute]
        names = ("phys_addr", "virt_addr", "num_pages", "attribute")
        assert (folder / str(number) / "type").read_text() == f"{kind:#x}\n"
        for name, value in zip(names, shown, strict=True):
            assert (folder / str(number) / name).read_text() == f"{value:#x}\n"
        assert attribute >> 63, "no region of the runtime services"


def test_a_map_of_more_than_ten(tmp_path: Path) -> None:
    root = laid_out(tmp_path, "ovmf")
    folder = tmp_path / "sys/firmware/efi/runtime-map"
    for number in range(12):
        (folder / str(number)).mkdir(exist_ok=True)
        for name in ("type", "virt_addr", "num_pages", "attribute"):
            (folder / str(number) / name).write_text("0x1\n")
        (folder / str(number) / "phys_addr").write_text(f"{number:#x}000\n")
    efi, _ = runtime_services(zero_page(root), FLAGS, root)
    assert efi is not None
    starts = [entry[2] >> 12 for entry in struct.iter_unpack("<IIQQQQQ", efi.memmap)]
    assert starts == list(range(12))


def changed(page: bytes, offset: int, content: bytes) -> bytes:
    return page[:offset] + content + page[offset + len(content) :]


def test_what_cannot_be_handed_over_is_said(tmp_path: Path) -> None:
    root = laid_out(tmp_path, "ovmf")
    page = zero_page(root)
    cases = [
        (b"", FLAGS, "does not show the boot parameters"),
        (changed(page, 0x1C0, b"EL32"), FLAGS, "not of 64 bits"),
        (page, 0x0F, "cannot take them over"),
        (changed(page, 0x1D4, bytes(4)), FLAGS, "no map"),
        (changed(page, 0x1CC, b"\x02"), FLAGS, "no map"),
    ]
    for current, flags, reason in cases:
        efi, missing = runtime_services(current, flags, root)
        assert efi is None
        assert reason in missing
    (tmp_path / "sys/firmware/efi/runtime-map").rename(tmp_path / "elsewhere")
    efi, missing = runtime_services(page, FLAGS, root)
    assert efi is None
    assert "no map" in missing


@pytest.mark.parametrize(
    ("text", "address"),
    [("ACPI=0xe0000\n", 0xE0000), ("ACPI=0xe0000\nACPI20=0xe0014\n", 0xE0014), ("", 0)],
)
def test_root_pointer(tmp_path: Path, text: str, address: int) -> None:
    (tmp_path / "sys/firmware/efi").mkdir(parents=True)
    (tmp_path / "sys/firmware/efi/systab").write_text(text)
    assert root_pointer(str(tmp_path)) == address
    assert root_pointer(str(tmp_path / "none")) == 0
