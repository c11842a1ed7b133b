"""The command line that a kernel is handed."""

from bootpy.entry import Entry
from bootpy.errors import BootError


def compose(entry: Entry, embedded: str | None = None, append: str = "") -> str:
    """Put the command line together in the order in which the entry's own loader does.

    The entry's arguments, or those `embedded` in its image where it gives none; before them
    what the loader would have added, less `initrd=` (which asks an EFI stub to read a file),
    or behind them where the stub of a unified kernel image adds it; and `append` last.
    """
    own = entry.cmdline or embedded or ""
    if entry.format in {"bls", "uki"} and entry.kind in {"uki", "efi"}:
        parts = [own, entry.cmdline_added, append]
    else:
        added = [word for word in entry.cmdline_added.split() if not word.startswith("initrd=")]
        parts = [" ".join(added), own, append]
    return " ".join(part.strip() for part in parts if part.strip())


def check(line: str, limit: int, name: str) -> None:
    """Raise BootError for a command line that the kernel `name` would cut short or refuse.

    `limit` is in bytes without the NUL, 0 for none known.
    """
    if "\0" in line:
        raise BootError(
            f"the command line for {name} has a NUL character after {line[: line.index(chr(0))]!r}"
            ", where the kernel would end it",
            "remove it from the configuration",
        )
    try:
        # Bytes that are no UTF-8 are handed over as the configuration has them.
        length = len(line.encode(errors="surrogateescape"))
    except UnicodeEncodeError as error:
        raise BootError(
            f"the command line for {name} is not valid UTF-8 after {line[: error.start]!r}",
            "remove that character from the configuration, or edit the entry",
        ) from None
    if limit and length > limit:
        raise BootError(
            f"the command line for {name} is {length} bytes long, and kexec takes {limit}",
            "shorten it in the configuration, or edit the entry",
        )
