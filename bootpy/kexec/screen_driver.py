"""Whether the screen is still as firmware left it, or a driver of the graphics card shows another.

Linux keeps what firmware said of the screen (/sys/kernel/boot_params), and kexec_file_load hands
that on whatever has become of it. Where i915, say, has set another mode since, the next kernel
would draw where nobody looks, or garble what is shown. kexec-tools leaves it out wherever such a
driver is in use (setup_linux_vesafb() in kexec/arch/i386/x86-linux-setup.c of 2.0.25).
"""

import os
from collections.abc import Iterator

from bootpy.kexec.screen_info import LENGTH, TEXT, Screen, screen_of

CARDS = "/sys/class/drm"
"""Where Linux lists graphics cards that have a driver (Documentation/gpu/drm-uapi.rst)."""

# They draw on firmware's frame buffer as it is.
_FIRMWARES = {"simple-framebuffer", "efidrm", "vesadrm"}
_WITHOUT_PCI = {"hyperv_drm"}  # of a machine that has one screen


def still_shown(current: bytes, cards: str = CARDS) -> tuple[bytes, str]:
    """Return this kernel's boot parameters, without the screen where it is another one by now.

    And what is to be said of that, "" for nothing.
    """
    screen = screen_of(current)
    driver = _driver(screen, cards) if screen else ""
    if not driver:
        return current, ""
    return bytes(LENGTH) + current[LENGTH:], (
        f"the screen stays dark until the next kernel has a driver for it: {driver} shows another "
        "mode than the one that firmware set"
    )


def _driver(screen: Screen, cards: str) -> str:
    """Return the driver of the card whose screen this was, "" where it is as firmware left it."""
    for device in _devices(cards):
        driver = os.path.basename(os.path.realpath(f"{device}/driver"))
        if driver in _FIRMWARES:
            continue
        if (driver in _WITHOUT_PCI or _has(device, screen)) and not _same_mode(device, screen):
            return driver
    return ""


def _devices(cards: str) -> Iterator[str]:
    try:
        names = sorted(os.listdir(cards))
    except OSError:
        return
    for name in names:
        if name.removeprefix("card").isdigit():
            yield os.path.realpath(f"{cards}/{name}/device")


def _has(device: str, screen: Screen) -> bool:
    """Whether a device, or the PCI device that it is a part of, is what shows the screen."""
    while not (resources := _content(f"{device}/resource")):
        device = os.path.dirname(device)
        if device in {"/", ""}:
            return False
    if screen.kind == TEXT:
        return _content(f"{device}/boot_vga") == "1"
    for line in resources.splitlines():
        first, last, _ = (int(word, 16) for word in line.split())
        if first <= screen.address <= last:
            return True
    return False


def _same_mode(device: str, screen: Screen) -> bool:
    """Whether its console has firmware's mode: then it took over what was shown, as i915 does."""
    mode = [f"{screen.width},{screen.height}", str(screen.pitch), str(screen.depth)]
    try:
        consoles = os.listdir(f"{device}/graphics")
    except OSError:
        return False
    return any(
        [
            _content(f"{device}/graphics/{console}/{name}")
            for name in ("virtual_size", "stride", "bits_per_pixel")
        ]
        == mode
        for console in consoles
    )


def _content(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""
