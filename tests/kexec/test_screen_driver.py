"""Whether the screen is as firmware left it, by trees like those of /sys."""

import struct
from pathlib import Path

import pytest

from bootpy.kexec.screen_driver import still_shown

ADDRESS = 0xC000_0000
FAR = 0x40_C000_0000


def parameters(kind: int, address: int = ADDRESS) -> bytes:
    """Boot parameters of a screen of 1280 x 800, or of text."""
    page = bytearray(b"\xaa" * 4096)
    page[:0x40] = bytes(0x40)
    page[0x07], page[0x0E], page[0x0F] = 80, 25, kind
    struct.pack_into("<HHHI", page, 0x12, 1280, 800, 32, address & 0xFFFFFFFF)
    struct.pack_into("<H", page, 0x24, 5120)
    struct.pack_into("<II", page, 0x36, 2, address >> 32)
    return bytes(page)


def card(
    tree: Path,
    number: int,
    driver: str,
    *,
    mode: str = "",
    resource: int = ADDRESS,
    below: str = "",
) -> None:
    """A graphics card on PCI with a driver, a console in a mode; `below` is a device of its own."""
    pci = tree / f"devices/pci0000:00/0000:00:0{number}.0"
    device = pci / below
    device.mkdir(parents=True)
    rows = [(0xFEB00000, 0xFEB00FFF), (resource, resource + 0xFFFFFF), (0, 0)]
    text = "".join(f"0x{first:016x} 0x{last:016x} 0x{0x40200:016x}\n" for first, last in rows)
    (pci / "resource").write_text(text)
    (pci / "boot_vga").write_text(f"{int(number == 1)}\n")
    (tree / f"drivers/{driver}").mkdir(parents=True, exist_ok=True)
    (device / "driver").symlink_to(tree / f"drivers/{driver}")
    (tree / f"drm/card{number}").mkdir(parents=True)
    (tree / f"drm/card{number}-Virtual-1").mkdir()
    (tree / f"drm/card{number}/device").symlink_to(device)
    if mode:
        console = device / "graphics/fb0"
        console.mkdir(parents=True)
        names = ("virtual_size", "stride", "bits_per_pixel")
        for name, value in zip(names, mode.split(), strict=True):
            (console / name).write_text(f"{value}\n")


def left_out(current: bytes, tree: Path) -> str:
    """Return what is said where the screen is left out, and nothing else is; else ""."""
    kept, said = still_shown(current, str(tree / "drm"))
    assert kept == (bytes(0x40) + current[0x40:] if said else current)
    return said


@pytest.mark.parametrize("kind", [0x01, 0x22, 0x23, 0x70])
def test_no_driver_of_a_card(tmp_path: Path, kind: int) -> None:
    assert left_out(parameters(kind), tmp_path) == ""
    (tmp_path / "drm").mkdir()
    (tmp_path / "drm/version").write_text("drm 1.1.0 20060810\n")
    assert left_out(parameters(kind), tmp_path) == ""


@pytest.mark.parametrize("mode", ["", "1024,768 4096 32", "1280,800 5120 16", "1280,800 5376 32"])
@pytest.mark.parametrize("below", ["", "virtio4"])
def test_another_mode(tmp_path: Path, mode: str, below: str) -> None:
    card(tmp_path, 1, "bochs-drm", mode=mode, below=below)
    said = left_out(parameters(0x70), tmp_path)
    assert "stays dark until the next kernel has a driver for it: bochs-drm shows" in said


def test_the_mode_that_firmware_set(tmp_path: Path) -> None:
    card(tmp_path, 1, "i915", mode="1280,800 5120 32")
    assert left_out(parameters(0x70), tmp_path) == ""


def test_a_frame_buffer_above_4_gib(tmp_path: Path) -> None:
    card(tmp_path, 1, "i915", resource=FAR)
    assert left_out(parameters(0x70), tmp_path) == ""
    assert "i915" in left_out(parameters(0x70, FAR), tmp_path)


def test_text_is_the_first_card_s(tmp_path: Path) -> None:
    card(tmp_path, 2, "mgag200")
    assert left_out(parameters(0x01), tmp_path) == ""
    card(tmp_path, 1, "ast", mode="1280,800 5120 32", resource=FAR)
    assert "ast" in left_out(parameters(0x01), tmp_path)


def test_another_card_s_driver(tmp_path: Path) -> None:
    card(tmp_path, 1, "nouveau", resource=FAR)
    assert left_out(parameters(0x70), tmp_path) == ""


@pytest.mark.parametrize("driver", ["simple-framebuffer", "efidrm"])
def test_drivers_of_what_firmware_left(tmp_path: Path, driver: str) -> None:
    # Since Linux 6.9 they are devices of the card that firmware's frame buffer lies on.
    card(tmp_path, 1, driver, mode="1024,768 4096 32", below="simple-framebuffer.0")
    assert left_out(parameters(0x70), tmp_path) == ""


def test_devices_off_pci(tmp_path: Path) -> None:
    for number, driver in ((1, "vkms"), (2, "hyperv_drm")):
        assert left_out(parameters(0x70), tmp_path) == ""
        device = tmp_path / f"devices/{driver}"
        device.mkdir(parents=True)
        (tmp_path / f"drivers/{driver}").mkdir(parents=True)
        (device / "driver").symlink_to(tmp_path / f"drivers/{driver}")
        (tmp_path / f"drm/card{number}").mkdir(parents=True)
        (tmp_path / f"drm/card{number}/device").symlink_to(device)
    assert "hyperv_drm" in left_out(parameters(0x70), tmp_path)


def test_no_screen_to_begin_with(tmp_path: Path) -> None:
    card(tmp_path, 1, "bochs-drm")
    for current in (b"", bytes(4096), parameters(0x70, 0)):
        assert left_out(current, tmp_path) == ""
