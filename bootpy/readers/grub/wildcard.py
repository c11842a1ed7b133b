r"""Wildcards in arguments: `*` and `?` in words that begin with "/", "(" or "*".

Between expansion and here an argument is written with a backslash before every character
that is to be taken literally.
"""

import re
from collections.abc import Callable, Iterable

Listing = Callable[[str], Iterable[str]]
"""Names in the folder that GRUB calls so: "(hd0,gpt2)/boot/" or "/boot/"."""


def escape(text: str, *, keeps_hex: bool) -> str:
    r"""Guard `\`, `*` and `?`; Red Hat's GRUB leaves \xHH as it is."""
    if "\\" not in text and "*" not in text and "?" not in text:
        return text
    pattern = r"\\x[0-9A-Fa-f]{2}|[\\*?]" if keeps_hex else r"[\\*?]"
    return re.sub(pattern, lambda m: m[0] if len(m[0]) > 1 else "\\" + m[0], text)


def unescape(text: str, *, keeps_hex: bool) -> str:
    r"""Take the guards away."""
    pattern = r"(\\x[0-9A-Fa-f]{2})|\\(.?)" if keeps_hex else r"()\\(.?)"
    return re.sub(pattern, lambda m: m[1] or m[2], text, flags=re.DOTALL)


def has_wildcard(text: str) -> bool:
    """Whether an unguarded wildcard stands in `text`."""
    return re.search(r"^(?:[^\\*?]|\\.)*[*?]", text, re.DOTALL) is not None


def expand(text: str, files: Listing, devices: Iterable[str], *, keeps_hex: bool) -> list[str]:
    """Expand a guarded argument; it stands for itself (guards removed) where nothing matches.

    Names come in the order in which the folder lists them; names that begin with a dot
    match too, as in GRUB.
    """
    found: list[str] = []
    if text[:1] in {"/", "(", "*"} and has_wildcard(text):
        found = _expand(text, files, devices, keeps_hex=keeps_hex)
    return found or [unescape(text, keeps_hex=keeps_hex)]


def _expand(text: str, files: Listing, devices: Iterable[str], *, keeps_hex: bool) -> list[str]:
    pieces = text.split("/")
    paths: list[str] | None = None
    matching = False
    for index, piece in enumerate(pieces):
        plain = unescape(piece, keeps_hex=keeps_hex)
        if index == 0:
            matching = has_wildcard(piece)
            if matching:
                names = [f"({name})" for name in devices]
                whole = not piece.startswith("(")
                matched = _matching(piece, names)
                paths = [name for name in matched if not (whole and "," in name)]
            else:
                paths = [plain]
            continue
        assert paths is not None
        if has_wildcard(piece):
            matching = True
            paths = [
                f"{path}/{name}" for path in paths for name in _matching(piece, files(path + "/"))
            ]
        elif matching:
            paths = [f"{path}/{plain}" for path in paths if not plain or plain in files(path + "/")]
        else:
            paths = [f"{path}/{plain}" for path in paths]
    return paths or []


def _matching(piece: str, names: Iterable[str]) -> list[str]:
    parts: list[list[str | None]] = [[]]
    for guarded, star, anything, plain in re.findall(r"\\(.)|(\*)|(\?)|(.)", piece, re.DOTALL):
        if star:
            parts.append([])
        else:
            parts[-1].append(None if anything else guarded or plain)
    return [name for name in names if _fits(parts, name)]


def _fits(parts: list[list[str | None]], name: str) -> bool:
    """Whether a name is made of the parts (None: any character) with anything in between.

    By hand, since a regular expression goes back over many stars for longer than a boot may take:
    that each part is looked for behind the one before, and taken where it comes first, is enough.
    """
    first, *middle = parts
    if sum(map(len, parts)) > len(name):
        return False
    if not middle:
        return len(first) == len(name) and _stands(first, name, 0)
    last = middle.pop()
    end = len(name) - len(last)
    if not _stands(first, name, 0) or not _stands(last, name, end):
        return False
    place = len(first)
    for part in middle:
        while place + len(part) <= end and not _stands(part, name, place):
            place += 1
        place += len(part)
        if place > end:
            return False
    return True


def _stands(part: list[str | None], name: str, place: int) -> bool:
    return all(one is None or one == name[place + at] for at, one in enumerate(part))
