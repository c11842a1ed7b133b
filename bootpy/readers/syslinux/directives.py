"""The directives of the language, by what they mean to a reader.

Sources: txt/syslinux.cfg.txt and com32/elflink/ldlinux/readconfig.c of SYSLINUX 6.04;
boot/pxe_utils.c of U-Boot.
"""

import re

KERNEL_KINDS = frozenset(
    ("kernel", "linux", "boot", "bss", "pxe", "fdimage", "comboot", "com32", "config", "localboot")
)
"""Directives that say what a label runs."""

OF_LABEL = {
    **dict.fromkeys(KERNEL_KINDS, "kernel"),
    "append": "append",
    "initrd": "initrd",
    "fdt": "devicetree",
    "devicetree": "devicetree",
    "fdtdir": "devicetree_folder",
    "devicetreedir": "devicetree_folder",
    "fdtoverlays": "overlays",
    "devicetree-overlay": "overlays",
}
"""What belongs to a label, with the field of it that it fills."""

TEXTS = {"default": "default", "ui": "ui", "ontimeout": "on_timeout", "onerror": "on_error"}
"""Settings that are a command line, with the script's field."""

NUMBERS = {
    "timeout": "timeout",
    "totaltimeout": "total_timeout",
    "prompt": "prompt",
    "implicit": "implicit",
}
"""Settings that are a number, with the script's field."""

# Directives that change how a prompt or menu looks or what it lets one do, not what boots.
_NO_EFFECT = frozenset(
    (
        "say",
        "display",
        "font",
        "kbdmap",
        "serial",
        "console",
        "allowoptions",
        "noescape",
        "nocomplete",
        "nohalt",
        "path",
        "pxeretry",
        "sendcookies",
        "kaslrseed",
    )
)


def without_effect(key: str) -> bool:
    """Whether a directive is known to change nothing of what boots; F1 to F12 show texts."""
    return key in _NO_EFFECT or re.fullmatch(r"f[0-9]{1,2}", key) is not None


def atoi(text: str) -> int | None:
    """Read digits at the start, as C's atoi does; None where there are none (0 to atoi)."""
    found = re.match(r"[0-9]{1,9}", text)
    return int(found[0]) if found else None


def strtoul(text: str) -> int | None:
    """Read a number as C's strtoul: 0x starts a hexadecimal one, 0 an octal one."""
    found = re.match(r"0[xX]([0-9a-fA-F]{1,8})|0([0-7]{0,10})|([1-9][0-9]{0,9})", text)
    if found is None:
        return None
    if found[1]:
        return int(found[1], 16)
    return int(found[2] or "0", 8) if found[3] is None else int(found[3])
