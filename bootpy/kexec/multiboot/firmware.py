"""What a Multiboot kernel is handed of the firmware's: ACPI's root pointer, EFI's system table.

Sources: Multiboot2 Specification 2.0, sections 3.6.7 and 3.6.12 to 13; ACPI Specification 6.5,
section 5.2.5; UEFI Specification 2.10, section 8.4.
"""

import os
import struct
from collections.abc import Iterable

from bootpy.kexec.bootparams import given_root_pointer
from bootpy.kexec.efi_state import FOLDER
from bootpy.kexec.efi_state import root_pointer as efi_root_pointer
from bootpy.linux.kernel_log import KernelLog

_MEMORY, _LOG = "dev/mem", "dev/kmsg"
_SIGN = b"RSD PTR "
_BIOS = (0xE0000, 0x20000)  # where a BIOS keeps it, and how many bytes that is
_FIRST, _MOST = 20, 256  # bytes of ACPI 1.0's; of any that is believed
_EFI_INFO = 0x1C0  # in the boot parameters
_EL64 = 0x34364C45  # "EL64": 64-bit firmware


def root_pointer(current: bytes, root: str = "/") -> bytes:
    """Return ACPI's root pointer, b"" where it cannot be found out.

    As it lies in memory, or where the kernel does not let that be read (CONFIG_IO_STRICT_DEVMEM,
    and an EFI that has it above 1 MiB), one with the same meaning, by the kernel's log. `current`
    is this kernel's zero page.
    """
    found = _in_memory(current, root)
    if found:
        return found
    log = KernelLog(os.path.join(root, _LOG), whole=True)
    try:
        return by_log(log.lines())
    finally:
        log.close()


def _in_memory(current: bytes, root: str) -> bytes:
    try:
        memory = os.open(os.path.join(root, _MEMORY), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        if at := given_root_pointer(current.ljust(0x78, b"\0")) or efi_root_pointer(root):
            return _whole(os.pread(memory, _MOST, at))
        area = os.pread(memory, _BIOS[1], _BIOS[0])
        starts = (start for start in range(0, len(area), 16) if area.startswith(_SIGN, start))
        return next(filter(None, (_whole(area[start : start + _MOST]) for start in starts)), b"")
    except OSError:
        return b""
    finally:
        os.close(memory)


def by_log(lines: Iterable[str]) -> bytes:
    """Make a root pointer of what the kernel logs of it and of the table that it points to.

    b"" where the log does not go back to that. Source: acpi_tb_print_table_header in
    drivers/acpi/acpica/tbprint.c of Linux 6.1.
    """
    import re

    maker, revision, tables = b"", -1, {}
    for line in lines:
        if found := re.match(r"ACPI: RSDP 0x[0-9A-F]+ [0-9A-F]+ \(v([0-9]+) ([ -~]{6})\)", line):
            revision, maker = int(found[1]), found[2].encode()
        elif found := re.match(r"ACPI: (XSDT|RSDT) 0x([0-9A-F]{8,16}) ", line):
            tables[found[1]] = int(found[2], 16)
    if revision >= 2 and "XSDT" in tables:
        first = _summed(_SIGN + b"\0" + maker + b"\2" + bytes(4), 8)
        return _summed(first + struct.pack("<IQB3x", 36, tables["XSDT"], 0), 32)
    if revision >= 0 and tables.get("RSDT", 1 << 32) < 1 << 32:
        return _summed(_SIGN + b"\0" + maker + struct.pack("<BI", 0, tables["RSDT"]), 8)
    return b""


def _summed(content: bytes, at: int) -> bytes:
    """Return the bytes with the one `at` an offset made so that their sum is 0."""
    return content[:at] + bytes((-sum(content) & 0xFF,)) + content[at + 1 :]


def _whole(found: bytes) -> bytes:
    """Return the root pointer that the bytes start with, if its sums are right."""
    if not found.startswith(_SIGN) or len(found) < 36 or sum(found[:_FIRST]) & 0xFF:
        return b""
    if found[15] < 2:
        return found[:_FIRST]
    (length,) = struct.unpack_from("<I", found, _FIRST)
    whole = found[:length]
    return whole if 36 <= length <= len(found) and not sum(whole) & 0xFF else found[:_FIRST]


def system_table(current: bytes, root: str = "/") -> int:
    """Return the address of 64-bit EFI's system table, 0 where the next kernel cannot use it.

    Linux has had EFI move itself to virtual addresses, and what the table points to with it,
    unless it was told to leave EFI alone (noefi, efi=noruntime).
    """
    if len(current) < _EFI_INFO + 32 or os.path.isdir(os.path.join(root, FOLDER, "runtime-map")):
        return 0
    signature, low, *_, high, _ = struct.unpack_from("<8I", current, _EFI_INFO)
    return high << 32 | low if signature == _EL64 else 0
