"""bootpy(1), in man(7)'s macros."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bootpy import __version__
from bootpy.cli.main import INTERRUPTED, USAGE_ERROR
from bootpy.options import OPTIONS
from manual.grammar import Argument, Command, Option, Value, commands
from manual.roff import bold, italic, literal, paragraphs, prose

_FILES = (
    (
        "/etc/default/kexec, /etc/default/kexec.d",
        "Settings of Debian's kexec-tools, which `bootpy autoload` heeds.",
    ),
    (
        "/run/bootpy/firmware-reboot",
        "While it is there, `bootpy autoload` leaves the next reboot to the firmware.",
    ),
    (
        "/proc/cmdline",
        "The kernel command line, from which the loader's own options are read.",
    ),
    (
        "/sys/firmware/efi/efivars",
        "Variables of the firmware: what was asked of systemd-boot, and the record of the last"
        " boot. They are read, never written.",
    ),
    (
        "/usr/share/doc/bootpy",
        "The manual's longer pages: formats and how they are read, the JSON that `--json` prints.",
    ),
)
"""What is looked at beside disks and what is named on the command line."""

_SEE_ALSO = (
    ("kexec_file_load", 2),
    ("kernel-command-line", 7),
    ("grub-mkconfig", 8),
    ("bootctl", 1),
    ("systemd-reboot.service", 8),
)


def page(root: Command, made: datetime | None = None) -> str:
    """Return the page; `made` is the date in its foot (default: now)."""
    date = (made or datetime.now(UTC)).strftime("%Y-%m-%d")
    lines = [
        f'.TH BOOTPY 1 "{date}" "bootpy {__version__}" "User Commands"',
        ".nh",
        ".ad l",
        ".SH NAME",
        "bootpy \\- find, explain and start what this machine can boot",
        ".SH SYNOPSIS",
        *_synopsis(root),
        ".SH DESCRIPTION",
        *paragraphs(root.about),
        ".SH OPTIONS",
        "These go with every verb, except where it has others of the same name.",
        *_options(root.options),
        ".SH VERBS",
    ]
    for path, command in commands(root):
        if path:
            lines += _verb(path, command, root)
    lines += [".SH EXAMPLES", *paragraphs(root.notes.replace("examples:\n", "", 1))]
    lines += [".SH EXIT STATUS", *_exit_status()]
    lines += [".SH KERNEL COMMAND LINE", *_kernel_command_line()]
    lines += [".SH FILES", *(line for row in _FILES for line in _term(literal(row[0]), row[1]))]
    seen = [f"\\fB{literal(name)}\\fR({section})" for name, section in _SEE_ALSO]
    lines += [".SH SEE ALSO", ", ".join(seen)]
    return "\n".join(lines) + "\n"


def _synopsis(root: Command) -> Iterator[str]:
    for path, command in commands(root):
        if not command.commands:
            yield from (
                f".B bootpy {literal(' '.join(path))}",
                f"[options] {_shape(command)}".rstrip(),
            )
            yield ".br"
    yield f"{bold('bootpy --version')}"


def _verb(path: tuple[str, ...], command: Command, root: Command) -> Iterator[str]:
    yield f".SS {literal(' '.join(path))} {_shape(command)}".rstrip()
    yield from paragraphs(command.about)
    yield from _options(tuple(one for one in command.options if one not in root.options))
    for argument in command.arguments:
        yield from _term(_argument(argument), argument.help)
    if command.notes:
        yield from (".PP", *paragraphs(command.notes))


def _shape(command: Command) -> str:
    return " ".join(_argument(argument) for argument in command.arguments)


def _argument(argument: Argument) -> str:
    shown = italic(argument.value.name)
    if argument.value.most != 1:
        shown += " ..."
    return shown if argument.value.least else f"[{shown}]"


def _options(options: tuple[Option, ...]) -> Iterator[str]:
    for option in options:
        names = ", ".join(bold(name) + _of(option.value) for name in option.names)
        words = option.value.words if option.value else ()
        told = option.help
        if not all(word in names or word in told for word in words):
            told += f" ({', '.join(words)})"
        yield from _term(names, told)


def _of(value: Value | None) -> str:
    if value is None:
        return ""
    return f" {italic(value.name)}" if value.least else f" [{italic(value.name)}]"


def _term(head: str, text: str) -> Iterator[str]:
    yield from (".TP", head, prose(text[:1].upper() + text[1:]))


def _exit_status() -> Iterator[str]:
    yield "Each verb says above which it has; of every verb:"
    yield from _term("0", "It found what it was asked for, or whoever read its output went away.")
    yield from _term(
        str(USAGE_ERROR), "The command line cannot be used, or what it names cannot be read."
    )
    yield from _term(str(INTERRUPTED), "Ctrl-C ended it.")


def _kernel_command_line() -> Iterator[str]:
    yield "The boot loader is this program in the initramfs of a kernel of its own. It takes these"
    yield "from the command line of that kernel."
    for option in OPTIONS:
        head = bold(f"bootpy.{option.name}{'=' if option.value else ''}")
        head += italic(option.value) if option.value else ""
        yield from _term(head, f"{option.meaning} Default: {option.default}.")
