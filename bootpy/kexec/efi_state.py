"""What this kernel knows of the EFI firmware that started it, for the kernel after it.

EFI is told once where it will find itself in virtual memory; every later kernel has to map
it to the same addresses, which is what the runtime map of the first one is for.

Sources: Documentation/ABI/testing/sysfs-firmware-efi and -efi-runtime-map,
arch/x86/kernel/kexec-bzimage64.c (setup_efi_state) and arch/x86/platform/efi of Linux 6.1.
"""

import os
import struct

from bootpy.kexec.bootparams import Efi
from bootpy.kexec.bzimage import EFI_KEXEC

FOLDER = "sys/firmware/efi"
_EFI_INFO = 0x1C0
_EL64 = 0x34364C45  # "EL64": 64-bit firmware
_DESCRIPTOR = 40  # sizeof(efi_memory_desc_t); firmware's own may be larger


def root_pointer(root: str = "/") -> int:
    """Return the physical address of ACPI's RSDP as EFI gives it; 0 where it does not."""
    tables = _tables(root)
    return tables.get("ACPI20") or tables.get("ACPI", 0)


def runtime_services(current: bytes, flags: int, root: str = "/") -> tuple[Efi | None, str]:
    """Return what hands over EFI's runtime services, or why they cannot be.

    `current` is this kernel's zero page, `flags` the next one's xloadflags.
    """
    folder = os.path.join(root, FOLDER)
    if len(current) < _EFI_INFO + 32:
        return None, "this kernel does not show the boot parameters that it was given"
    signature, table_low, size, version, _, mapped, table_high, _ = struct.unpack_from(
        "<8I", current, _EFI_INFO
    )
    if signature != _EL64:
        return None, "the firmware is not of 64 bits"
    if not flags & EFI_KEXEC:
        return None, "the kernel to boot cannot take them over"
    memmap = _runtime_map(folder, max(size, _DESCRIPTOR)) if mapped and version == 1 else b""
    if not memmap:
        return None, "this kernel does not make use of them itself, or keeps no map of them"
    values = [_value(f"{folder}/{name}") for name in ("fw_vendor", "runtime", "config_table")]
    setup = struct.pack("<12Q", *values, _tables(root).get("SMBIOS", 0), *(0,) * 8)
    table = table_high << 32 | table_low
    return Efi(signature, table, max(size, _DESCRIPTOR), 1, memmap, setup), ""


def _runtime_map(folder: str, size: int) -> bytes:
    """Return the descriptors of the runtime map in the firmware's order, `size` bytes each."""
    try:
        numbers = sorted(os.listdir(f"{folder}/runtime-map"), key=int)
    except OSError:
        return b""
    fields = ("type", "phys_addr", "virt_addr", "num_pages", "attribute")
    return b"".join(
        struct.pack(
            "<IIQQQQ",
            *_with_padding([_value(f"{folder}/runtime-map/{number}/{name}") for name in fields]),
        ).ljust(size, b"\0")
        for number in numbers
    )


def _with_padding(values: list[int]) -> list[int]:
    return [values[0], 0, *values[1:]]


def _tables(root: str) -> dict[str, int]:
    """Return the tables of /sys/firmware/efi/systab by name; none where there is no EFI."""
    try:
        with open(os.path.join(root, FOLDER, "systab"), encoding="ascii") as file:
            pairs = [line.strip().partition("=") for line in file]
    except OSError:
        return {}
    return {name: int(address, 16) for name, _, address in pairs}


def _value(path: str) -> int:
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read(), 16)
    except OSError:
        return 0
