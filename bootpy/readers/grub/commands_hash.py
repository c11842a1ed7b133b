"""Checksums of files: crc, md5sum, sha1sum, sha256sum, sha512sum, hashsum."""

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

_KINDS = {"crc32": "crc", **{one: one for one in ("crc", "md5", "sha1", "sha256", "sha512")}}


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
        shell.print(f"{_sum(kind, content)}  {name}\n")
    return status.OK


def _sum(kind: str, content: bytes) -> str:
    if kind == "crc":
        from binascii import crc32

        return f"{crc32(content):08x}"
    import hashlib

    return hashlib.new(kind, content, usedforsecurity=False).hexdigest()


def _fixed(kind: str) -> Action:
    return lambda shell, arguments: hashsum(shell, arguments, kind)


ACTIONS: dict[str, Action] = {
    "hashsum": hashsum,
    "crc": _fixed("crc"),
    **{f"{kind}sum": _fixed(kind) for kind in ("md5", "sha1", "sha256", "sha512")},
}
