"""Checksums of files: crc, md5sum, sha1sum, sha256sum, sha512sum, hashsum."""

from bootpy.checksums import digest
from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.options import Option, take_apart

_OPTIONS = (
    Option("hash", "h", "value"),
    Option("check", "c", "value"),
    Option("prefix", "p", "value"),
    Option("keep-going", "k"),
    Option("uncompress", "u"),
)

_KINDS = {"crc": "crc32"} | {one: one for one in ("crc32", "md5", "sha1", "sha256", "sha512")}


def hashsum(shell: Evaluator, arguments: list[str], kind: str = "") -> int:
    """Print the checksum and name of each file; checking a list of them is not done."""
    found = take_apart(arguments, _OPTIONS)
    kind = _KINDS.get((found.last("hash") or kind).lower(), "")
    if found.fault or not kind or "check" in found.given:
        return status.BAD_ARGUMENT
    for name in found.arguments:
        content = shell.read(name)
        if content is None:
            return status.FILE_NOT_FOUND
        made = digest(kind)
        if made is None:
            return status.NOT_IMPLEMENTED_YET
        made.update(memoryview(content))
        shell.print(f"{made.digest().hex()}  {name}\n")
    return status.OK


def _fixed(kind: str) -> Action:
    return lambda shell, arguments: hashsum(shell, arguments, kind)


ACTIONS: dict[str, Action] = {
    "hashsum": hashsum,
    "crc": _fixed("crc"),
    **{f"{kind}sum": _fixed(kind) for kind in ("md5", "sha1", "sha256", "sha512")},
}
