"""What a command line of kexec-tools asks for: how its options combine, in kexec.c's order.

Source: main() of kexec/kexec.c and arch_process_options() of kexec/arch/x86_64 of kexec-tools
2.0.25. Later options undo earlier ones there ("-l -e" jumps and loads nothing), and scripts
have come to rely on it.
"""

import re
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from bootpy.cli.getopt_long import Given, Wrong, parse
from bootpy.cli.kexec_options import SHORTS, longs, options

Call = Literal["default", "load", "file", "auto"]
Kind = Literal["plain", "crash", "preserve", "live update"]

HIGHEST = (1 << 64) - 1
"""The address that --mem-max has where it is not given."""

_FASTEST, _SLOWEST = 115200, 9600
_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*)|)")


class Request(NamedTuple):
    """What is to be done: each of the first six where it is true, in this order.

    `shutdown` is to shut the system down into the loaded kernel, `execute` to jump at once.
    `kind` is which kernel load, unload and status are about. `call` is the system call:
    "auto" is the file call, and the other where that does not take the kernel. `kernel`,
    `initrd`, `append`, `devicetree` and `type` are None where they were not given; `modules` are
    files, each with its arguments behind a blank. `lowest` and `highest` are --mem-min and
    --mem-max. `other_entry` is one that is not the kernel's 64-bit one.
    `misused` tells, in words, which option of the machine has no usable value: nothing is
    loaded then.
    """

    status: bool = False
    unload: bool = False
    load: bool = True
    shutdown: bool = True
    sync: bool = True
    ifdown: bool = False
    execute: bool = False
    jump_back: bool = False
    kind: Kind = "plain"
    call: Call = "default"
    kernel: str | None = None
    initrd: str | None = None
    append: str | None = None
    modules: tuple[str, ...] = ()
    devicetree: str | None = None
    reuse_cmdline: bool = False
    reuse_initrd: bool = False
    type: str | None = None
    lowest: int = 0
    highest: int = HIGHEST
    efi: bool = True
    other_entry: bool = False
    misused: str = ""
    debug: bool = False


class Answer(Exception):  # noqa: N818
    """A command line that words and an exit status answer: help, or what is wrong with it."""

    def __init__(self, status: int, message: str = "", *, shows: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.shows = shows
        """What goes to standard output: "usage", "version", "reserved", or "" for nothing."""


def request_of(words: Sequence[str], machine: str) -> Request:
    """Read a command line for a machine (`uname -m`); Answer where it ends there."""
    parsed = parse(words, longs(machine), SHORTS)
    asked = Request(kernel=parsed.operands[0] if parsed.operands else None)
    given = []
    for one in parsed.options:
        if isinstance(one, Wrong):
            raise Answer(1, f"kexec: {one.message}", shows="usage")
        given.append(one.key)
        asked = _with(asked, one, machine)
    if "x" in given:
        asked = asked._replace(ifdown=False)
    if "y" in given:
        asked = asked._replace(sync=False)
    if asked.status:
        asked = _status_alone(asked, "l" in given)
    _refuse_misuse(asked, given, machine)
    return asked


def _with(asked: Request, one: Given, machine: str) -> Request:
    """Return the request as one more option leaves it."""
    key, value = one
    if key in _ANSWERS:
        raise Answer(*_ANSWERS[key][:2], shows=_ANSWERS[key][2])
    changes: dict[str, Any] = dict(_CHANGES.get(key, {}))
    if key in {"mem-min", "mem-max", "entry"}:
        number = _strtoul(value)
        if number is None:
            raise Answer(1, f"Bad option value in --{key}={value}", shows="usage")
        if key != "entry":
            changes["lowest" if key == "mem-min" else "highest"] = number
    elif key in _VALUES:
        changes[_VALUES[key]] = value
    elif key == "module":
        changes["modules"] = (*asked.modules, value)
    elif key == "serial" and machine == "x86_64" and not _is_port(value):
        changes["misused"] = f"Bad serial port base '{value}'"
    elif key == "serial-baud" and not _is_rate(value):
        changes["misused"] = f"Bad serial port baud rate '{value}'"
    # The first bad value ends the pass in which these are read.
    if asked.misused:
        changes.pop("misused", None)
    return asked._replace(**changes)


def _status_alone(asked: Request, load_given: bool) -> Request:
    """Take all back but the question, which is about the crash kernel unless -l is there."""
    kind: Kind = "crash" if asked.kind == "plain" and not load_given else asked.kind
    return Request(status=True, load=False, shutdown=False, sync=False, kind=kind)._replace(
        call=asked.call, misused=asked.misused, debug=asked.debug
    )


def _refuse_misuse(asked: Request, given: Sequence[str], machine: str) -> None:
    """Raise Answer for options that do not go together."""
    if asked.load and asked.kind == "preserve" and asked.highest == HIGHEST:
        raise Answer(
            1,
            "Please specify memory range used by kexeced kernel\n"
            'to preserve the context of original kernel with \n"--mem-max" parameter',
        )
    if asked.load and asked.kind == "live update":
        raise Answer(1, "--load-live-update can only be used with xen")
    needing = {one.key for one in options(machine) if one.with_load}
    if not asked.load and machine == "x86_64" and needing & set(given):
        raise Answer(1, asked.misused, shows="usage")
    if asked.call in {"file", "auto"}:
        if asked.jump_back and asked.call == "file":
            raise Answer(1, "--load-jump-back-helper not supported with kexec_file_load")
        if asked.kind == "preserve":
            raise Answer(1, "--load-preserve-context not supported with kexec_file_load")


_ANSWERS = {
    "?": (1, "", "usage"),
    "h": (0, "", "usage"),
    "v": (0, "", "version"),
    "print-ckr-size": (0, "", "reserved"),
    "exec-live-update": (1, "--exec-live-update only works under xen.", ""),
}

_CHANGES: dict[str, dict[str, Any]] = {
    "f": {"load": True, "shutdown": False, "sync": True, "ifdown": True, "execute": True},
    "l": {"load": True, "shutdown": False, "execute": False},
    "u": {"load": False, "shutdown": False, "sync": False, "unload": True},
    "e": {"load": False, "shutdown": False, "sync": True, "ifdown": True, "execute": True},
    "p": {"load": True, "shutdown": False, "sync": False, "execute": False, "kind": "crash"},
    "load-preserve-context": {
        "load": True,
        "shutdown": False,
        "sync": True,
        "execute": False,
        "kind": "preserve",
    },
    "load-live-update": {
        "load": True,
        "shutdown": False,
        "sync": True,
        "execute": False,
        "kind": "live update",
    },
    "load-jump-back-helper": {
        "load": False,
        "shutdown": False,
        "sync": True,
        "ifdown": True,
        "execute": False,
        "kind": "preserve",
        "jump_back": True,
    },
    "s": {"call": "file"},
    "c": {"call": "load"},
    "a": {"call": "auto"},
    "S": {"status": True},
    "d": {"debug": True},
    "reuse-cmdline": {"reuse_cmdline": True},
    "reuseinitrd": {"reuse_initrd": True},
    "real-mode": {"other_entry": True},
    "entry-32bit": {"other_entry": True},
    "noefi": {"efi": False},
}

_VALUES = {"command-line": "append", "initrd": "initrd", "dtb": "devicetree", "t": "type"}


def _strtoul(text: str) -> int | None:
    """Read a number as strtoul(3) with base 0 does; None where something follows it."""
    found = _NUMBER.match(text)
    assert found
    sign, hexadecimal, octal, decimal = found.groups()
    digits = hexadecimal or octal or decimal
    if found.end() != len(text) or (text and not digits):
        return None
    number = int(digits or "0", 16 if hexadecimal else 8 if octal else 10)
    if number > HIGHEST:
        return HIGHEST
    return -number & HIGHEST if sign == "-" else number


def _is_port(value: str) -> bool:
    if value in {"ttyS0", "ttyS1"}:
        return True
    return bool(re.fullmatch(r"0x[0-9a-fA-F]{0,16}", value)) and int(value[2:] or "0", 16) < 1 << 16


def _is_rate(value: str) -> bool:
    rate = _strtoul(value)
    return rate is not None and _SLOWEST <= rate <= _FASTEST and _FASTEST % rate == 0
