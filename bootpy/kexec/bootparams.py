"""The boot parameters that Linux on x86 takes: "zero page", command line, further data.

Sources: Documentation/x86/boot.rst and zero-page.rst, arch/x86/include/uapi/asm/bootparam.h
and arch/x86/kernel/kexec-bzimage64.c of Linux 6.1, after which the fields are filled.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from bootpy.kexec.memory_map import PAGE, RAM, Region
from bootpy.timeline import SETUP_TYPE

CURRENT = "/sys/kernel/boot_params/data"

# Offsets in the zero page.
_EXT_MEM = 0x002
_RSDP = 0x070
_EXT_RAMDISK = 0x0C0
_EXT_CMDLINE = 0x0C8
_EFI = 0x1C0
_ALT_MEM = 0x1E0
_E820_COUNT = 0x1E8
_HEADER = 0x1F1
_LOADER = 0x210
_FLAGS = 0x211
_RAMDISK = 0x218
_CMDLINE = 0x228
_SUBARCH = 0x23C
_SETUP_DATA = 0x250
_E820 = 0x2D0

# What is as true for the next kernel as for this one: the screen (with the frame buffer that
# firmware set up), the monitor, the disks that the BIOS knew, whether Secure Boot is on.
_KEPT = ((0x000, 0x40), (0x140, 0x80), (0x1E9, 2), (0x1EC, 1), (0x290, 0x40), (0xD00, 0x1EC))

_KEXEC_LOADER = 0xD0  # type_of_loader, as the kernel's own loader gives it
_E820_MOST = 128
_SETUP_E820_EXT = 1
_SETUP_EFI = 4
_SETUP_RNG_SEED = 9


class Efi(NamedTuple):
    """What a kernel needs in order to go on with EFI's runtime services.

    `info` are the fields of efi_info that stay: signature, system table (low and high half),
    size and version of a descriptor; `memmap` are the descriptors, `setup` is the content of
    the node of setup_data.
    """

    signature: int
    table: int
    descriptor_size: int
    descriptor_version: int
    memmap: bytes
    setup: bytes


class Handover(NamedTuple):
    """All that goes into the parameters, addresses apart.

    `setup` is the image's setup header, `current` this kernel's own zero page (b"" where it
    is not to be had), `rsdp` the address of ACPI's root pointer (0: the kernel looks for it),
    `seed` is random bytes, none where there are none to give; `record` is the timeline's, none
    where the next system is not to be told.
    """

    setup: bytes
    current: bytes
    regions: Sequence[Region]
    cmdline: bytes
    initrd_size: int
    rsdp: int = 0
    efi: Efi | None = None
    seed: bytes = b""
    record: bytes = b""


def given_root_pointer(current: bytes) -> int:
    """Return the address of ACPI's RSDP as the loader of this kernel gave it, or 0."""
    return int.from_bytes(current[_RSDP : _RSDP + 8], "little")


def build(what: Handover, at: int, initrd: int) -> bytes:
    """Return the zero page to be put at physical address `at`, and what it refers to behind it.

    `initrd` is the initrd's address. How much is returned does not depend on addresses.
    """
    page = bytearray(PAGE)
    if len(what.current) == PAGE:
        for offset, length in _KEPT:
            page[offset : offset + length] = what.current[offset : offset + length]
    page[_HEADER : _HEADER + len(what.setup)] = what.setup
    if len(what.current) == PAGE:
        page[_SUBARCH : _SUBARCH + 4] = what.current[_SUBARCH : _SUBARCH + 4]
    page[_LOADER], page[_FLAGS] = _KEXEC_LOADER, 0
    struct.pack_into("<Q", page, _RSDP, what.rsdp)
    size = what.initrd_size
    struct.pack_into("<II", page, _RAMDISK, initrd & 0xFFFFFFFF, size & 0xFFFFFFFF)
    struct.pack_into("<II", page, _EXT_RAMDISK, initrd >> 32, size >> 32)
    _memory(page, what.regions)

    parts = [what.cmdline + b"\0"]
    end = PAGE + len(parts[0])

    def put(content: bytes) -> int:
        nonlocal end
        gap = -end % 16
        parts.append(bytes(gap) + content)
        start = at + end + gap
        end += gap + len(content)
        return start

    line = at + PAGE
    struct.pack_into("<I", page, _CMDLINE, line & 0xFFFFFFFF)
    struct.pack_into("<I", page, _EXT_CMDLINE, line >> 32)
    following = 0
    for kind, content in _setup_data(what):
        following = put(struct.pack("<QII", following, kind, len(content)) + content)
    struct.pack_into("<Q", page, _SETUP_DATA, following)
    if what.efi:
        efi = what.efi
        memmap = put(efi.memmap)
        struct.pack_into(
            "<8I",
            page,
            _EFI,
            efi.signature,
            efi.table & 0xFFFFFFFF,
            efi.descriptor_size,
            efi.descriptor_version,
            memmap & 0xFFFFFFFF,
            len(efi.memmap),
            efi.table >> 32,
            memmap >> 32,
        )
    return b"".join((page, *parts))


def _memory(page: bytearray, regions: Sequence[Region]) -> None:
    """Fill in the map of memory, and the two sizes that stand for it with the oldest readers."""
    first = regions[:_E820_MOST]
    page[_E820_COUNT] = len(first)
    struct.pack_into(f"<{20 * len(first)}s", page, _E820, _e820(first))
    above = next((r.end for r in regions if r.type == RAM and r.start <= 1 << 20 < r.end - 1), 0)
    if above:
        kibibytes = (above - 1 >> 10) - (1 << 10)
        struct.pack_into("<H", page, _EXT_MEM, min(kibibytes, 0xFC00))
        struct.pack_into("<I", page, _ALT_MEM, min(kibibytes, 0xFFFFFFFF))
    else:
        struct.pack_into("<H", page, _EXT_MEM, 0)


def _e820(regions: Sequence[Region]) -> bytes:
    return b"".join(
        struct.pack("<QQI", each.start, each.end - each.start, each.type) for each in regions
    )


def _setup_data(what: Handover) -> list[tuple[int, bytes]]:
    """Return the nodes of setup_data, the last the first that the kernel comes to."""
    nodes = []
    if what.efi:
        nodes.append((_SETUP_EFI, what.efi.setup))
    if what.seed:
        nodes.append((_SETUP_RNG_SEED, what.seed))
    if what.record:
        nodes.append((SETUP_TYPE, what.record))
    if len(what.regions) > _E820_MOST:
        nodes.append((_SETUP_E820_EXT, _e820(what.regions[_E820_MOST:])))
    return nodes
