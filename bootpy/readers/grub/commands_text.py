"""Commands that print, and those that look at files and devices without loading them."""

import re

from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.options import Option, take_apart
from bootpy.volume import Volume

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ECHO = (Option("no newline", "n"), Option("escapes", "e"))


def echo(shell: Evaluator, arguments: list[str]) -> int:
    """Print the arguments; -n without a new line, -e with escapes."""
    found = take_apart(arguments, _ECHO, dash=True, at_start=True)
    newline = "no newline" not in found.given
    arguments = found.arguments
    escapes = "escapes" in found.given
    if escapes:
        unescaped = [_unescape(argument) for argument in arguments]
        arguments = [text for text, _ in unescaped]
        newline = newline and not any(stops for _, stops in unescaped)
    shell.print(" ".join(arguments) + ("\n" if newline else ""))
    return status.OK


def _unescape(text: str) -> tuple[str, bool]:
    r"""Apply \a \n \r \t \v \\; say whether a \c asks for no new line at the end."""
    if "\\" not in text:
        return text, False
    meanings = {"\\": "\\", "a": "\a", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
    pieces = re.findall(r"\\(.?)|([^\\]+)", text, re.DOTALL)
    shown = "".join(plain or meanings.get(escaped, "") for escaped, plain in pieces)
    return shown, any(escaped == "c" for escaped, _ in pieces)


def gettext(shell: Evaluator, arguments: list[str]) -> int:
    """Print a translated text; there is no catalogue, so that it is the text itself."""
    if len(arguments) != 1:
        return status.BAD_ARGUMENT
    shell.print(arguments[0] + "\n")
    return status.OK


def cat(shell: Evaluator, arguments: list[str]) -> int:
    """Print a file, and a new line after it."""
    found = take_apart(arguments, (Option("dos"),))
    if found.fault or len(found.arguments) != 1:
        return status.BAD_ARGUMENT
    content = shell.read(found.arguments[0])
    if content is None:
        return status.FILE_NOT_FOUND
    shell.print(content.decode("utf-8", "surrogateescape") + "\n")
    return status.OK


def ls(shell: Evaluator, arguments: list[str]) -> int:
    """List devices, or the names in a folder; what is not there is no failure, as in GRUB."""
    found = take_apart(
        arguments, (Option("long", "l"), Option("human-readable", "h"), Option("all", "a"))
    )
    if found.fault:
        return status.BAD_ARGUMENT
    if not found.arguments:
        shell.print("".join(f"({name}) " for name in shell.device_names()) + "\n")
        return status.OK
    for name in found.arguments:
        place = shell.place(name)
        path = place.path or "/"
        looked = shell.session.devices.status(place.volume, path) if place.volume else None
        if place.volume is None or looked is None:
            continue
        if looked.kind != "folder":
            shell.print(f"{path.rpartition('/')[2]} \n")
        else:
            shown = "all" in found.given
            names = [n for n in place.volume.names(path) if shown or not n.startswith(".")]
            shell.print("".join(f"{n} " for n in names) + "\n")
    return status.OK


_PROBE = (
    Option("set", "s", "value"),
    Option("driver", "d"),
    Option("partmap", "p"),
    Option("fs", "f"),
    Option("fs-uuid", "u"),
    Option("label", "l"),
    Option("part-uuid"),
)


def probe(shell: Evaluator, arguments: list[str]) -> int:
    """Tell of a device: its driver, partition map, UUID, label or partition UUID.

    The file system's name (--fs) is not known here, so that it fails as on a device without.
    """
    found = take_apart(arguments, _PROBE)
    asked = next((option.name for option in _PROBE[1:] if option.name in found.given), None)
    if found.fault or not found.arguments or asked is None:
        return status.BAD_ARGUMENT
    volume = shell.find(found.arguments[0].strip("()"))
    if volume is None:
        return status.UNKNOWN_DEVICE
    answer = {
        "driver": "efidisk" if shell.value("grub_platform") == "efi" else "biosdisk",
        "partmap": _partition_map(volume),
        "fs": "",
        "fs-uuid": volume.uuid,
        "label": volume.label,
        "part-uuid": volume.partuuid or "none",
    }[asked]
    if not answer:
        return status.UNKNOWN_FS if asked == "fs" else status.NOT_IMPLEMENTED_YET
    variable = found.last("set")
    if variable is None:
        shell.print(answer)
    else:
        shell.set(variable, answer)
    return status.OK


def _partition_map(volume: Volume) -> str:
    """GRUB's name for the kind of partition table: from its name for the volume, or the UUID."""
    kind = volume.grub.rpartition(",")[2].rstrip("0123456789")
    if kind:
        return kind if "," in volume.grub else "none"
    return {36: "gpt", 11: "msdos"}.get(len(volume.partuuid), "none")


def cmp(shell: Evaluator, arguments: list[str]) -> int:
    """Compare two files; the status is 0 all the same, as in GRUB 2.06."""
    if len(arguments) != 2:
        return status.BAD_ARGUMENT
    shell.print(f"Compare file `{arguments[0]}' with `{arguments[1]}':\n")
    one, other = shell.read(arguments[0]), shell.read(arguments[1])
    if one is None or other is None:
        return status.FILE_NOT_FOUND
    left, right = (f"[{name}]" for name in arguments)
    differing = (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    if len(one) != len(other):
        shell.print(f"Files differ in size: {len(one)} {left}, {len(other)} {right}\n")
    elif one != other:
        at = next(differing)
        values = f"0x{one[at]:x} {left}, 0x{other[at]:x} {right}"
        shell.print(f"Files differ at the offset {at}: {values}\n")
    else:
        shell.print("The files are identical.\n")
    return status.OK


def sleep(_shell: Evaluator, arguments: list[str]) -> int:
    """Not sleep: a listing waits for nobody."""
    found = take_apart(arguments, (Option("verbose", "v"), Option("interruptible", "i")))
    if found.fault or len(found.arguments) != 1:
        return status.BAD_ARGUMENT
    return status.OK  # also where it is no number: GRUB says so, and that is all


def date(shell: Evaluator, arguments: list[str]) -> int:
    """Print the date and time (UTC); setting the clock is not done."""
    from time import gmtime, strftime

    if not arguments:
        shell.print(strftime("%Y-%m-%d %H:%M:%S %A\n", gmtime()))
    return status.OK


def tr(shell: Evaluator, arguments: list[str]) -> int:
    """Replace characters one by one: --set VAR, --upcase, --downcase (commands/tr.c)."""
    options = (Option("set", "s", "value"), Option("upcase", "U"), Option("downcase", "D"))
    found = take_apart(arguments, options)
    texts = [_as_bytes(text) for text in found.arguments]
    if len(texts) == 1 and "downcase" in found.given:
        texts = [_LETTERS.upper(), _LETTERS, *texts]
    elif len(texts) == 1 and "upcase" in found.given:
        texts = [_LETTERS, _LETTERS.upper(), *texts]
    if found.fault or len(texts) != 3 or len(texts[0]) != len(texts[1]):
        return status.BAD_ARGUMENT
    # Of a character that is given twice the first place counts.
    pairs = reversed(list(zip(map(ord, texts[0]), texts[1], strict=True)))
    result = _as_text(texts[2].translate(dict(pairs)))
    variable = found.last("set")
    if variable is None:
        shell.print(result + "\n")
    else:
        shell.set(variable, result)
    return status.OK


def _as_bytes(text: str) -> str:
    """The text with a character per byte, as tr sees it."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _as_text(text: str) -> str:
    """What `_as_bytes` made of a text, or a part of it, as text again."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "surrogateescape")


def cpuid(shell: Evaluator, arguments: list[str]) -> int:
    """Say whether the processor is a 64-bit one (-l) or has PAE (-p)."""
    wide = shell.session.host.machine not in {"i386", "i486", "i586", "i686"}
    if not arguments or arguments[0] in {"-l", "--long-mode", "-p", "--pae"}:
        return status.OK if wide else status.FALSE
    return status.BAD_ARGUMENT


ACTIONS: dict[str, Action] = {
    "echo": echo,
    "gettext": gettext,
    "cat": cat,
    "ls": ls,
    "probe": probe,
    "cmp": cmp,
    "sleep": sleep,
    "date": date,
    "tr": tr,
    "cpuid": cpuid,
}
