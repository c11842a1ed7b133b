"""SYSAPPEND and IPAPPEND: what the loader would add of the machine and of its network.

Sources: txt/syslinux.cfg.txt ("SYSAPPEND") and core/sysappend.c of SYSLINUX 6.04;
boot/pxe_utils.c (label_boot) of U-Boot.
"""

from bootpy.diagnostics import Diagnostic
from bootpy.readers.syslinux.label import Label
from bootpy.readers.syslinux.naming import Naming

_IP, _BOOTIF = 1, 2
_FSUUID = 0x40000

_MACHINE = {
    4: "SYSUUID",
    8: "CPU",
    0x10: "SYSVENDOR",
    0x20: "SYSPRODUCT",
    0x40: "SYSVERSION",
    0x80: "SYSSERIAL",
    0x100: "SYSSKU",
    0x200: "SYSFAMILY",
    0x400: "MBVENDOR",
    0x800: "MBPRODUCT",
    0x1000: "MBVERSION",
    0x2000: "MBSERIAL",
    0x4000: "MBASSET",
    0x8000: "BIOSVENDOR",
    0x10000: "BIOSVERSION",
    0x20000: "SYSFF",
}


def added_by_sysappend(naming: Naming, label: Label, said: list[Diagnostic]) -> str:
    """Return what is added to the command line, with a blank before it, as far as it is known.

    Started from a disk there is no boot server, so that `ip=` and `BOOTIF=` are empty and left
    out, as SYSLINUX leaves them out. What is left unknown is told.
    """
    mask = label.sysappend
    unknown = [name for bit, name in _MACHINE.items() if mask & bit]
    if naming.format == "pxelinux":
        network = {_IP: "ip", _BOOTIF: "BOOTIF"}
        unknown = [name for bit, name in network.items() if mask & bit] + unknown
    if unknown:
        words = ", ".join(f"{name}=" for name in unknown)
        message = f"{words} of the running machine would be added here, and is not"
        hint = "write into APPEND what the system needs of it"
        said.append(Diagnostic("info", label.place("sysappend"), message, hint))
    if mask & _FSUUID and naming.volume.uuid and naming.format != "pxelinux":
        return f" FSUUID={naming.volume.uuid}"
    return ""
