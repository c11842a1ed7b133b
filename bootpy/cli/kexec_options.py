"""The options of kexec-tools 2.0.25 in one table: for the command line, its help, its manual.

Source: kexec/kexec.h and kexec/arch/*/include/arch/options.h of kexec-tools. The table differs
from machine to machine, as theirs does: an abbreviation has to mean the same option.
"""

from typing import Literal, NamedTuple

from bootpy import __version__
from bootpy.cli.getopt_long import Long

VERSION = f"kexec-tools 2.0.25 (bootpy {__version__} in its place)"
"""What --version prints; programs take the second word for the version."""

Family = Literal["core", "x86", "arm64", "loader"]


class Option(NamedTuple):
    """One option: what it is called, what its argument is ("" for none), what it does.

    `family` is the part of kexec-tools that it is from. `with_load`: on x86 it goes with a load,
    and anything else with it is misuse.
    """

    names: tuple[str, ...]
    letter: str
    argument: str
    meaning: str
    family: Family = "core"
    with_load: bool = False

    @property
    def key(self) -> str:
        """What the option is called by `bootpy.cli.getopt_long`."""
        return self.letter or self.names[0]


OPTIONS = (
    Option(("help",), "h", "", "show this help"),
    Option(("version",), "v", "", "show the version of kexec-tools that this stands in for"),
    Option(("force",), "f", "", "load, and jump at once: no shutdown, nothing unmounted"),
    Option(("no-checks",), "i", "", "no effect: nothing is summed up between load and jump"),
    Option(("no-ifdown",), "x", "", "leave network interfaces up before the jump"),
    Option(("no-sync",), "y", "", "do not sync file systems before the jump"),
    Option(("load",), "l", "", "load a kernel"),
    Option(("unload",), "u", "", "take the loaded kernel out (with -p before it: a crash kernel)"),
    Option(("exec",), "e", "", "jump into the loaded kernel at once"),
    Option(("exec-live-update",), "", "", "for Xen only: refused"),
    Option(("load-preserve-context",), "", "", "not supported: refused"),
    Option(("load-jump-back-helper",), "", "", "not supported: refused"),
    Option(("load-live-update",), "", "", "for Xen only: refused"),
    Option(("entry",), "", "ADDRESS", "where to jump back to: no effect"),
    Option(("type",), "t", "TYPE", "the kernel's format: checked, and refused if it is another"),
    Option(("load-panic",), "p", "", "load a crash kernel, for the next panic"),
    Option(("mem-min",), "", "ADDRESS", "load nothing below (kexec_load only)"),
    Option(("mem-max",), "", "ADDRESS", "load nothing above (kexec_load only)"),
    Option(("reuseinitrd",), "", "", "refused, as on every machine but ppc"),
    Option(("kexec-file-syscall",), "s", "", "load with kexec_file_load"),
    Option(("kexec-syscall",), "c", "", "load with kexec_load"),
    Option(
        ("kexec-syscall-auto",),
        "a",
        "",
        "load with kexec_file_load, or else with kexec_load",
    ),
    Option(("debug",), "d", "", "say what is loaded, and how"),
    Option(("status",), "S", "", "exit with 1 if a crash kernel (with -l: a kernel) is loaded"),
    Option(("print-ckr-size",), "", "", "print how many bytes are kept for a crash kernel"),
    Option(("reset-vga",), "", "", "no effect: nothing runs in between", "x86"),
    Option(("serial",), "", "PORT", "no effect but that it is checked", "x86"),
    Option(("serial-baud",), "", "RATE", "no effect but that it is checked", "x86"),
    Option(("console-vga",), "", "", "no effect", "x86"),
    Option(("console-serial",), "", "", "no effect", "x86"),
    Option(("elf32-core-headers",), "", "", "no effect: the kernel makes them", "x86"),
    Option(("elf64-core-headers",), "", "", "no effect: the kernel makes them", "x86"),
    Option(("pass-memmap-cmdline",), "", "", "no effect", "x86", with_load=True),
    Option(("noefi",), "", "", "do not hand over EFI (kexec_load only)", "x86", with_load=True),
    Option(("reuse-video-type",), "", "", "no effect: always so", "x86", with_load=True),
    Option(
        ("command-line", "append"),
        "",
        "TEXT",
        "the kernel's command line",
        "loader",
        with_load=True,
    ),
    Option(("reuse-cmdline",), "", "", "begin it with this system's own", "loader", with_load=True),
    Option(("initrd", "ramdisk"), "", "FILE", "the kernel's initrd", "loader", with_load=True),
    Option(("args-elf",), "", "", "no effect: as --args-linux", "x86", with_load=True),
    Option(("args-linux",), "", "", "hand over what Linux takes: always so", "x86", with_load=True),
    Option(("args-none",), "", "", "no effect: as --args-linux", "x86", with_load=True),
    Option(("module",), "", "FILE", "a Multiboot kernel's module", "x86", with_load=True),
    Option(("real-mode",), "", "", "no effect: 64-bit entry (refused with -s)", "x86", True),
    Option(("entry-32bit",), "", "", "no effect: 64-bit entry (refused with -s)", "x86", True),
    Option(("dtb",), "", "FILE", "the kernel's device tree (kexec_load only)", "arm64"),
    Option(("serial",), "", "PORT", "no effect", "arm64"),
)

SHORTS = {one.letter: bool(one.argument) for one in OPTIONS if one.letter} | {"?": False}
"""The letters, and whether each takes an argument; "?" is one that is always wrong."""


def options(machine: str) -> list[Option]:
    """Return the options that kexec-tools has on a machine (`uname -m`), in its order."""
    other = "arm64" if machine in {"x86_64", "i686"} else "x86"
    return [one for one in OPTIONS if one.family != other]


def longs(machine: str) -> list[Long]:
    """Return the long options of a machine, in the order in which messages list them."""
    return [
        Long(name, one.key, bool(one.argument)) for one in options(machine) for name in one.names
    ]


def help_text(machine: str) -> str:
    """Return what --help prints."""
    lines = [
        VERSION,
        "Usage: kexec [OPTION]... [kernel]",
        "Directly reboot into a new kernel",
        "",
    ]
    for one in options(machine):
        value = f"={one.argument}" if one.argument else ""
        names = ", ".join(f"--{name}{value}" for name in one.names)
        head = f" -{one.letter}, {names}" if one.letter else f"     {names}"
        gap = "\n" + " " * 31 if len(head) > 29 else " " * (31 - len(head))
        lines.append(f"{head}{gap}{one.meaning}")
    return "\n".join(lines) + "\n"
