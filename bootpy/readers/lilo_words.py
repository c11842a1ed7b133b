"""LILO's and ELILO's keywords, and what they put on a kernel's command line.

Sources: lilo.conf(5), the tables of src/cfg.c and bsect_common() of src/bsect.c of LILO 24;
find_label() of config.c of ELILO 3.16.
"""

import re
from collections.abc import Iterator

from bootpy.diagnostics import Diagnostic, Source
from bootpy.readers.keyword_file import Option, Section

FOLDERS_OF_ELILO = (
    *("debian", "ubuntu", "Slackware", "slackware", "Slint", "SuSE", "suse", "opensuse"),
    *("redhat", "gentoo", "elilo", "linux", "boot", "BOOT"),
)
"""Folders of /EFI in which distributions put elilo.conf."""

_LILO = """
activate addappend alias append atapi-bootable backup bios bitmap bmp-colors bmp-retain
bmp-table bmp-timer boot boot-as bypass change change-rules compact cylinders deactivate
default delay disk disktab el-torito-bootable-cd fallback fix-table force-backup geometric
heads hidden ignore-table inaccessible include initrd install kernel keytable label
large-memory lba32 linear literal loader lock mandatory map map-drive mapped-default
master-boot max-partitions menu-scheme menu-title message no-raid-extra noblank nodetable
normal nowarn optional partition password prompt raid-extra-boot ramdisk range read-only
read-write reset restricted root sectors serial set single-key start static-bios-codes
suppress-boot-time-bios-data table timeout to type unattended unsafe verbose vga
"""

_ELILO = """
alias append attributes boot checkalt chooser debug default delay description ebootargs
edd30 fallback fpswa hash image initrd install label literal message noedd30 partition
prompt protect read-only relocatable restricted root text timeout verbose vmm
"""

LILO = frozenset(_LILO.split())
ELILO = frozenset(_ELILO.split()) | frozenset(f"f{number}" for number in range(1, 13))
"""Keywords that mean something, in lower case."""


def arguments(image: Section, top: Section, *, elilo: bool) -> Iterator[tuple[str, Option]]:
    """Give an image's arguments with the options that they come from, in the loader's order.

    An option of the image stands for the one for all images. LILO numbers the root's device
    as it is when `lilo` runs; here its name is handed over, which the kernel knows as well.
    """

    def option(key: str) -> Option | None:
        return image.get(key) or top.get(key)

    literal = image.get("literal")
    if literal is not None:
        yield _one_line(literal.value), literal
        return
    root, append = option("root"), option("append")
    ro, rw = option("read-only"), option("read-write")
    if image.get("read-write") and not image.get("read-only"):
        ro = None
    modes = [("rw", rw)] if ro is None and not elilo else [("ro", ro)]
    roots = [(f"root={_one_line(root.value)}", root)] if root and root.value else []
    appended = [(_one_line(one.value), one) for one in (append,) if one and one.value]
    given: list[tuple[str, Option | None]]
    if elilo:
        given = [*roots, *appended, *modes]
    else:
        ramdisk, more = option("ramdisk"), option("addappend")
        given = [*modes, *roots]
        if ramdisk is not None and ramdisk.value:
            given.append((f"ramdisk={_one_line(ramdisk.value)}", ramdisk))
        given += appended
        if more is not None and more.value:
            given.append((_one_line(more.value), more))
    yield from ((text, one) for text, one in given if one is not None)


def seconds(top: Section, source: Source, said: list[Diagnostic]) -> float:
    """Return the countdown in seconds, -1 for none: both loaders count tenths.

    `timeout` counts where `prompt` asks, and `delay` where nothing is asked.
    """
    prompted = top.get("prompt") is not None
    option = top.get("timeout" if prompted else "delay")
    if option is None:
        return -1.0 if prompted else 0.0
    number = re.match(r"[0-9]{1,9}", option.value or "")
    if number is None:
        message = f"{option.key} {(option.value or '')[:40]} is not a number"
        place = source._replace(line=option.line)
        said.append(Diagnostic("warning", place, message, "write tenths of a second"))
        return -1.0 if prompted else 0.0
    return int(number[0]) / 10


def _one_line(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()
