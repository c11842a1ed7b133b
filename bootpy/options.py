"""What bootpy takes from the kernel command line: one table for reading and for the manual.

The command line is read as /proc/cmdline shows it and taken apart as the kernel does
(next_arg in lib/cmdline.c of Linux 6.1). Nothing in it stops a boot: what cannot be used is
passed over with a Diagnostic.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple, cast

from bootpy.diagnostics import Diagnostic

LogLevel = Literal["error", "warning", "info", "debug"]
KexecCall = Literal["auto", "load", "file"]

_PREFIX = "bootpy."
_SPACES = " \t\n\v\f\r"


class Options(NamedTuple):
    """What the kernel command line asks of bootpy; the fields bear the options' names.

    `timeout` is in seconds, -1 to wait for ever, None where nothing was said. `entry` is
    as written, for `bootpy.policy.decision.resolve`; None where nothing was said. `wait` is
    in seconds. `formats` are names of the table of readers, all of them where it is empty.
    `platform`, `list` and `timeline` are "" where nothing was said.
    """

    timeout: float | None = None
    entry: str | None = None
    append: str = ""
    shell: bool = False
    log: LogLevel = "info"
    wait: float = 15.0
    formats: tuple[str, ...] = ()
    platform: str = ""
    list: str = ""
    timeline: str = ""
    kexec: KexecCall = "auto"
    unbind: tuple[str, ...] = ()

    def extended(self, cmdline: str) -> str:
        """Return an entry's command line with the words of `bootpy.append=` after it."""
        return f"{cmdline} {self.append}".strip() if self.append else cmdline


class Option(NamedTuple):
    """One option: its name, what stands behind "=", its default and meaning in words.

    `read` makes the value of the text behind "=" (None where there is no "="); ValueError
    says what would have been right.
    """

    name: str
    value: str
    default: str
    meaning: str
    read: Callable[[str | None], object]


def _seconds(text: str | None) -> float:
    try:
        seconds = float(text or "")
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError("give a number of seconds, such as 5 or 0.5")
    return seconds


def _timeout(text: str | None) -> float:
    if text == "-1":
        return -1.0
    try:
        return _seconds(text)
    except ValueError:
        raise ValueError("give a number of seconds, such as 5, or -1 to wait for ever") from None


def _entry(text: str | None) -> str | None:
    if text is None:
        raise ValueError('give an id, a number, a title or a path: bootpy.entry="Debian GNU/Linux"')
    return text.strip() or None


def _append(text: str | None) -> str:
    if text is None:
        raise ValueError('give the words to append: bootpy.append="single console=ttyS0"')
    return text.strip()


def _flag(text: str | None) -> bool:
    # The words of kstrtobool() in lib/kstrtox.c.
    if text is None or text.lower() in {"1", "y", "yes", "t", "true", "on"}:
        return True
    if text.lower() in {"0", "n", "no", "f", "false", "off"}:
        return False
    raise ValueError("write it without a value, or with 1 or 0")


def _log(text: str | None) -> LogLevel:
    if text in {"error", "warning", "info", "debug"}:
        return cast("LogLevel", text)
    raise ValueError("give error, warning, info or debug")


def _kexec(text: str | None) -> KexecCall:
    if text in {"auto", "load", "file"}:
        return cast("KexecCall", text)
    raise ValueError("give auto, load or file")


def _formats(text: str | None) -> tuple[str, ...]:
    from bootpy.readers.table import FALLBACK, ROWS

    names = tuple(filter(None, (text or "").split(",")))
    known = [row.format for row in (*ROWS, FALLBACK)]
    if not names or not set(names) <= set(known):
        raise ValueError(f"give names from {', '.join(known)}, with commas between them")
    return names


def _drivers(text: str | None) -> tuple[str, ...]:
    names = tuple(filter(None, (text or "").split(",")))
    if not names or any("/" in name or name.startswith(".") for name in names):
        raise ValueError("give drivers of PCI devices, with commas between them, or none")
    return names


def _platform(text: str | None) -> str:
    if text not in {"efi", "pc"}:
        raise ValueError("give efi or pc")
    return text


def _terminal(text: str | None) -> str:
    if not text or not text.isalnum():
        raise ValueError("give the name of a terminal, such as ttyS1")
    return text


def _terminal_or_efi(text: str | None) -> str:
    if not text or not text.isalnum():
        raise ValueError("give efi, or the name of a terminal, such as console or ttyS1")
    return text


OPTIONS: tuple[Option, ...] = (
    Option(
        "timeout",
        "SECONDS",
        "what the configuration says, else 5",
        "How long the menu counts down before the default boots. `-1` waits for ever, `0` boots"
        " at once without a menu. Overrides what configurations say.",
        _timeout,
    ),
    Option(
        "entry",
        "ENTRY",
        "the configuration's default",
        "What boots first: an id (with or without its `format:volume:` front), a number from 1 as"
        " the menu shows it, a title, or a path of titles such as"
        ' `"Advanced options>Debian, with Linux 6.1"`. An entry that is not there is reported'
        " with its near matches, and the default boots after the countdown.",
        _entry,
    ),
    Option(
        "append",
        "WORDS",
        "nothing",
        'Words added at the end of the booted entry\'s command line: `bootpy.append="a b"`.',
        _append,
    ),
    Option("shell", "", "off", "Go to the rescue prompt instead of booting.", _flag),
    Option(
        "log",
        "LEVEL",
        "info",
        "The least important messages that the console shows: `error`, `warning`, `info`, `debug`.",
        _log,
    ),
    Option(
        "wait",
        "SECONDS",
        "15",
        "How long to wait for a disk that has something to boot before reporting what was seen.",
        _seconds,
    ),
    Option(
        "formats",
        "NAME,...",
        "all",
        "Read configurations of these formats only, named as `bootpy list` does: `grub,bls`.",
        _formats,
    ),
    Option(
        "platform",
        "NAME",
        "this machine's",
        "What `$grub_platform` of grub.cfg is: `efi` or `pc`.",
        _platform,
    ),
    Option(
        "list",
        "TERMINAL",
        "off",
        "Boot nothing: write what could boot to this terminal (`ttyS1`), as JSON on one line"
        " below `listing` with the number of `disks` beside it, and switch off. `bootpy list"
        " IMAGE` starts its machine so.",
        _terminal,
    ),
    Option(
        "timeline",
        "WHERE",
        "off",
        "Where the record of what took how long goes before the jump, for"
        " [`bootpy analyze`](analyze.md): a terminal (`console`, `ttyS1`), on which it is one line"
        " of JSON, or `efi`, a variable that the firmware keeps, written at each boot.",
        _terminal_or_efi,
    ),
    Option(
        "kexec",
        "CALL",
        "auto",
        "Which system call loads the kernel: `load` is kexec_load, `file` is kexec_file_load,"
        " which can verify signatures and takes several times as long; `auto` takes the former"
        " wherever no signature has to be verified, and the latter where it is refused.",
        _kexec,
    ),
    Option(
        "unbind",
        "DRIVER,...",
        "those known to need it",
        "Drivers that let go of their PCI devices before the jump, beside those for which that is"
        " known to help the next kernel ([reboot.md](reboot.md#devices)); `none`: not even those.",
        _drivers,
    ),
)


def words(cmdline: str) -> Iterator[tuple[str, str | None]]:
    """Take a kernel command line apart into names and values, as the kernel does.

    Double quotes keep blanks together and cannot be escaped; they are removed where they
    surround a value or a whole word and kept elsewhere. The value is None without "=".
    """
    position = 0
    while position < len(cmdline):
        if cmdline[position] in _SPACES:
            position += 1
            continue
        surrounded = inside = cmdline[position] == '"'
        start = position = position + surrounded
        while position < len(cmdline) and (inside or cmdline[position] not in _SPACES):
            inside ^= cmdline[position] == '"'
            position += 1
        word = cmdline[start:position]
        equals = word.find("=", 1)
        if equals < 0:
            yield word.removesuffix('"') if surrounded else word, None
            continue
        name, value = word[:equals], word[equals + 1 :]
        if value.startswith('"'):
            value, surrounded = value[1:], True
        yield name, value.removesuffix('"') if surrounded else value


def parse(cmdline: str) -> tuple[Options, tuple[Diagnostic, ...]]:
    """Read the `bootpy.` options of a kernel command line; the last usable one of a name counts.

    Words after "--" are read too: they are meant for init, which bootpy is. As for the
    kernel, "-" and "_" are the same in a name.
    """
    known = {option.name: option for option in OPTIONS}
    given: dict[str, Any] = {}
    diagnostics = []
    for name, text in words(cmdline):
        if not name.startswith(_PREFIX):
            continue
        word = name if text is None else f"{name}={text}"
        option = known.get(name.removeprefix(_PREFIX).replace("-", "_"))
        if option is None:
            names = ", ".join(_PREFIX + each.name for each in OPTIONS)
            diagnostics.append(_remark("warning", f"{word}: no such option", f"there are {names}"))
            continue
        try:
            value = option.read(text)
        except ValueError as error:
            diagnostics.append(_remark("warning", f"{word} cannot be used", str(error)))
            continue
        if given.get(option.name, value) != value:
            message = f"{_PREFIX}{option.name} is given more than once: {word} counts"
            diagnostics.append(_remark("info", message, "give it once"))
        given[option.name] = value
    return Options()._replace(**given), tuple(diagnostics)


def _remark(level: Literal["warning", "info"], message: str, hint: str) -> Diagnostic:
    return Diagnostic(level, None, f"kernel command line: {message}", hint)


def markdown() -> str:
    """Return docs/options.md: every option with its default and meaning."""
    rows = [
        f"| `{_PREFIX}{option.name}{'=' if option.value else ''}{option.value}`"
        f" | {option.default} | {option.meaning} |"
        for option in OPTIONS
    ]
    return "\n".join(
        (
            "# Options on the kernel command line",
            "",
            "Made by `python -m bootpy.options > docs/options.md`; do not edit it by hand.",
            "",
            "| option | default | meaning |",
            "| --- | --- | --- |",
            *rows,
            "",
            'Quote a value that holds blanks as for the kernel: `bootpy.entry="Debian GNU/Linux"`.',
            "A quote cannot be escaped. When an option is given more than once, the last one",
            "with a usable value counts. A word that starts with `bootpy.` and is no option, or",
            "has a value that cannot be used, is reported and passed over; it never stops a boot.",
            "",
        )
    )


if __name__ == "__main__":
    print(markdown(), end="")
