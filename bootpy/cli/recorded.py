"""Where the timeline of a boot is found: handed over to this system, or in a file."""

import os
import re
import sys
from typing import NamedTuple

from bootpy.analysis import Record, read
from bootpy.errors import BootError
from bootpy.linux import efi
from bootpy.timeline import LARGEST, SETUP_TYPE, TREE_PROPERTY, Span

SETUP_DATA = "/sys/kernel/boot_params/setup_data"
"""What a boot loader gave the running kernel (Documentation/ABI/testing/sysfs-kernel-boot_params).

Each node has a `type` (a number in hexadecimal) and its `data`, for all to read.
"""

TREE = "/sys/firmware/fdt"
"""The device tree that the running kernel was entered with, for root to read."""

_LARGEST_FILE = 64 << 20
_APART = 300.0
"""Seconds that the clocks of loader and system may differ by: a slow jump, a clock set anew."""

_LINE = re.compile(r"^\[ *(\d+\.\d{3})\] (.*)$")
_RECORD_LINE = re.compile(r'^(?:\[ *\d+\.\d{3}\] timeline: )?(\{"bootpy":.*\})$')
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_=>78c])")


class Found(NamedTuple):
    """A record, what it came from, and the place.

    `kind` is "file", "console-log", "setup-data", "device-tree" or "efi".
    """

    record: Record
    kind: str
    place: str


class Booted(NamedTuple):
    """The system that runs now: when its kernel began (seconds since 1970) and how long ago."""

    kernel_start: float
    uptime: float


def from_file(name: str) -> Found:
    """Read a record, or a console's log with one in it; - is standard input. BootError: neither."""
    try:
        if name == "-":
            content = sys.stdin.buffer.read(_LARGEST_FILE + 1)
        else:
            with open(name, "rb") as file:
                content = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BootError(
            f"{name}: {reason.lower()}", "FILE is a console's log or a record, or -"
        ) from None
    if len(content) > _LARGEST_FILE:
        raise BootError(
            f"{name}: more than {_LARGEST_FILE >> 20} MiB", "cut out the part with the boot"
        )
    text = content.decode("utf-8", "replace")
    try:
        lines = text.strip().splitlines()
        if lines and all(line.startswith("{") for line in lines):
            return Found(read(lines[-1]), "file", name)  # of several boots the last
        return Found(from_console(text), "console-log", name)
    except BootError as error:
        raise BootError(f"{name}: {error.message}", error.hint) from error


def from_console(text: str) -> Record:
    """Return the newest boot in a console's log: its record, or else what its lines tell.

    BootError: no line of a boot is in it.
    """
    lines = [line.rstrip("\r") for line in _ESCAPES.sub("", text).replace("\0", "").split("\n")]
    for line in reversed(lines):
        record = _RECORD_LINE.match(line)
        if record:
            return read(record[1])
    return _from_lines(lines)


# How a line begins that ends one part of a boot, the part's stage, and what it is called.
_LANDMARKS = (
    ("loading drivers", "kernel", "kernel, interpreter, imports"),
    ("found ", "drivers", "drivers and the first device"),
    (r"\d+ entr(?:y|ies) in ", "readers", "devices, mounts, readers"),
    ("loading ", "menu", "countdown and choice"),
    ("jumping into ", "load", "load and unmounts"),
)


def _from_lines(lines: list[str]) -> Record:
    said = [(float(found[1]), found[2]) for line in lines if (found := _LINE.match(line))]
    begin = max((at for at, (_, text) in enumerate(said) if text == "loading drivers"), default=-1)
    if begin < 0:
        raise BootError(
            "no line of bootpy's boot is in it",
            "give all that the console showed, or a record (docs/analyze.md)",
        )
    spans: list[Span] = []
    before, rest = 0.0, said[begin:]
    for beginning, stage, name in _LANDMARKS:
        pattern = re.compile(beginning)
        place = next((at for at, (_, text) in enumerate(rest) if pattern.match(text)), None)
        if place is None:
            continue
        at = max(rest[place][0], before)
        spans.append(Span(stage, name, before, at))
        before, rest = at, rest[place + 1 :]
    jumped = spans[-1].stage == "load"
    end = before if jumped else max(before, *(at for at, _ in said[begin:]))
    return Record(tuple(spans), end, "log")


def from_system(
    setup_data: str = SETUP_DATA, variables: str = efi.FOLDER, tree: str = TREE
) -> Found:
    """Return what the loader of the running system handed over. BootError: nothing is there."""
    found = _from_setup_data(setup_data) or _from_tree(tree) or _from_variable(variables)
    if found:
        return found
    raise BootError(
        f"this system was handed no timeline: none is in {setup_data}, in {tree}, nor among the "
        "EFI variables",
        "give the console's log of the loader: `bootpy analyze --from console.log`; docs/analyze.md"
        " tells which boots hand one over",
    )


def _from_setup_data(folder: str) -> Found | None:
    try:
        nodes = sorted(os.listdir(folder))
    except OSError:  # no x86, or nothing was handed over
        return None
    for node in nodes:
        place = f"{folder}/{node}"
        if _content(f"{place}/type").strip() == f"{SETUP_TYPE:#x}".encode():
            return _found(_content(f"{place}/data"), "setup-data", place)
    return None


def _from_tree(path: str) -> Found | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # a PC
        return None
    from bootpy.images import fdt

    try:
        chosen = fdt.read_tree(fd).root.children.get("chosen")
        content = chosen.content(TREE_PROPERTY) if chosen else b""
    except OSError:
        return None
    finally:
        os.close(fd)
    return _found(content, "device-tree", f"{path} (/chosen/{TREE_PROPERTY})") if content else None


def _from_variable(folder: str) -> Found | None:
    from bootpy.init.loader_interface import RECORD, RECORD_VENDOR

    place = f"{folder}/{RECORD}-{RECORD_VENDOR}"
    content = _content(place)[4:]  # behind the attributes
    return _found(content, "efi", place) if content else None


def _found(content: bytes, kind: str, place: str) -> Found:
    try:
        return Found(read(content.rstrip(b"\0")), kind, place)
    except BootError as error:
        raise BootError(f"{place}: {error.message}", error.hint) from error


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(2 * LARGEST)
    except OSError:
        return b""


def booted(proc: str = "/proc") -> Booted | None:
    """Return when the running kernel began; None where /proc does not say."""
    try:
        with open(f"{proc}/uptime", encoding="ascii") as file:
            uptime = float(file.read().split()[0])
        with open(f"{proc}/stat", encoding="ascii") as file:
            begun = next(line for line in file if line.startswith("btime "))
        return Booted(float(begun.split()[1]), uptime)
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def doubt(record: Record, system: Booted | None) -> str:
    """Say why a record may be of another start than the running system's, or ""."""
    if system is None or record.wall is None:
        return ""
    apart = system.kernel_start - record.wall
    if abs(apart) <= _APART:
        return ""
    when = "before" if apart > 0 else "after"
    return (
        f"recorded {abs(apart) / 60:.0f} minutes {when} this system's kernel began: "
        "of another start, or the clock was set since"
    )
