"""Say what a file is that is no kernel image which can be loaded."""

from bootpy import pe
from bootpy.errors import BootError

_NAME_A_KERNEL = "name the kernel image (vmlinuz-...) in the entry"

# Offset, bytes found there, what such a file is, what to do about it.
_SIGNS = (
    (0, b"#!", "a script", _NAME_A_KERNEL),
    (0, b"070701", "a cpio archive (an initramfs)", "kernel and initrd may be exchanged"),
    (0, b"070702", "a cpio archive (an initramfs)", "kernel and initrd may be exchanged"),
    (0, b"\x27\x05\x19\x56", "a uImage, U-Boot's own format", "name the zImage or Image instead"),
    (0, b"\xd0\x0d\xfe\xed", "a device tree", "name the kernel image instead"),
    (0, b"VNDRBOOT", "a vendor_boot image of Android", "name the boot image beside it"),
    (0, b"PK\x03\x04", "a zip archive", _NAME_A_KERNEL),
    (0x24, b"\x18\x28\x6f\x01", "a zImage for 32-bit ARM", "kexec_file_load takes none"),
    (0x8001, b"CD001", "an ISO image", "boot what is inside it"),
)


def refusal(head: bytes, size: int, name: str) -> BootError:
    """Make the error for a file that starts with `head` and is no kernel image."""
    for offset, sign, kind, hint in _SIGNS:
        if head[offset : offset + len(sign)] == sign:
            return BootError(f"{name} is no kernel image but {kind}", hint)
    if not head.strip(b"\0"):
        return BootError(
            f"{name} is no kernel image: its first {len(head)} bytes are zero",
            "it was never fully written (power lost?): install that kernel again",
        )
    if headers := pe.read(head):
        for_machine = f" for {headers.machine}" if headers.machine else ""
        return BootError(
            f"{name} is an EFI program{for_machine}, not a kernel",
            "only the firmware can run it: name a kernel or a unified kernel image",
        )
    if head.startswith(b"MZ"):
        return BootError(
            f"{name} is truncated within its header: it has {size} bytes",
            "install that kernel again, or choose another entry",
        )
    if _is_text(head):
        line = head.decode("utf-8", "replace").strip().partition("\n")[0].strip()
        shown = line if len(line) <= 40 else line[:40] + "..."
        return BootError(
            f"{name} is no kernel image but a text file, starting {shown!r}", _NAME_A_KERNEL
        )
    return BootError(
        f"{name} is no kernel image that bootpy knows: it starts {head[:8].hex(' ')}",
        _NAME_A_KERNEL,
    )


def _is_text(head: bytes) -> bool:
    control = bytes(set(range(32)) - set(b"\t\n\r\f\x1b")) + b"\x7f"
    return not head.translate(None, delete=bytes(set(range(256)) - set(control)))
