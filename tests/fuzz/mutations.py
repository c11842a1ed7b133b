"""Changes to realistic contents that a damaged disk, a bad editor or an enemy might make."""

import random
from collections.abc import Callable

Mutation = Callable[[random.Random, bytes, bytes], bytes]
"""The dice, what is changed, and another content to take from."""

_BYTES = (b"\0", b"\n", b"\r", b"\r\n", b"\t", b" ", b"\xff", b"\x80", b"\xef\xbb\xbf", b"\x1a",
          b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xc2\x85", b"\\\n", b'"', b"'", b"=", b"#",
          b"{", b"}")  # fmt: skip
_NUMBERS = (0, 1, 2, 3, 4, 8, 0x7F, 0x80, 0xFF, 0x100, 0xFFF, 0x1000, 0x7FFF, 0x8000, 0xFFFF,
            0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 1 << 32, (1 << 63) - 1,
            1 << 63, (1 << 64) - 1)  # fmt: skip


def span(dice: random.Random, content: bytes) -> tuple[int, int]:
    """Choose a stretch of `content`, short ones more often."""
    start = dice.randrange(len(content) + 1)
    longest = max(1, min(len(content) - start, 1 << dice.randrange(1, 14)))
    return start, min(len(content), start + dice.randrange(longest + 1))


def lines_span(dice: random.Random, content: bytes) -> tuple[int, int]:
    """Choose a stretch of whole lines."""
    start, end = span(dice, content)
    start = content.rfind(b"\n", 0, start) + 1
    found = content.find(b"\n", end)
    return start, len(content) if found < 0 else found + 1


def _delete(dice: random.Random, content: bytes, _: bytes) -> bytes:
    start, end = dice.choice((span, lines_span))(dice, content)
    return content[:start] + content[end:]


def _duplicate(dice: random.Random, content: bytes, _: bytes) -> bytes:
    start, end = dice.choice((span, lines_span))(dice, content)
    return content[:end] + content[start:end] * dice.choice((1, 1, 2, 5)) + content[end:]


def _splice(dice: random.Random, content: bytes, other: bytes) -> bytes:
    choose = dice.choice((span, lines_span))
    start, end = choose(dice, content)
    begin, stop = choose(dice, other)
    return content[:start] + other[begin:stop] + content[end:]


def _move(dice: random.Random, content: bytes, _: bytes) -> bytes:
    start, end = lines_span(dice, content)
    piece, rest = content[start:end], content[:start] + content[end:]
    at = rest.rfind(b"\n", 0, dice.randrange(len(rest) + 1)) + 1
    return rest[:at] + piece + rest[at:]


def _flip(dice: random.Random, content: bytes, _: bytes) -> bytes:
    changed = bytearray(content)
    for _number in range(dice.choice((1, 1, 2, 4, 16)) if changed else 0):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _byte(dice: random.Random, content: bytes, _: bytes) -> bytes:
    at = dice.randrange(len(content) + 1)
    new = dice.choice(_BYTES) if dice.random() < 0.7 else dice.randbytes(dice.randrange(1, 9))
    return content[:at] + new + content[at + dice.choice((0, 0, len(new))) :]


def _number(dice: random.Random, content: bytes, _: bytes) -> bytes:
    """Write a number that lies on an edge, as binary formats hold them."""
    width = dice.choice((1, 2, 4, 4, 8))
    value = (dice.choice(_NUMBERS) + dice.choice((0, 0, -1, 1))) % (1 << 8 * width)
    # Headers stand in front, and numbers at multiples of their width.
    last = min(len(content), dice.choice((64, 512, 4096, 1 << 30)))
    at = dice.randrange(last // width + 1) * width
    order = dice.choice(("little", "big"))
    return content[:at] + value.to_bytes(width, order) + content[at + width :]  # type: ignore[arg-type]


def _truncate(dice: random.Random, content: bytes, _: bytes) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def _repeat(dice: random.Random, content: bytes, other: bytes) -> bytes:
    """Repeat a short piece many times."""
    start, end = span(dice, other)
    piece = other[start : min(end, start + 64)] or b"a"
    times = 1 << dice.randrange(2, 11)
    at = dice.randrange(len(content) + 1)
    return content[:at] + piece * times + content[at:]


_TEXT: tuple[Mutation, ...] = (
    _delete, _delete, _duplicate, _duplicate, _splice, _splice, _splice, _move, _flip, _byte, _byte,
    _truncate, _repeat,
)  # fmt: skip
_BINARY: tuple[Mutation, ...] = (
    _number, _number, _number, _number, _flip, _flip, _byte, _delete, _duplicate, _splice,
    _truncate,
)  # fmt: skip


def mutated(dice: random.Random, content: bytes, other: bytes, *, binary: bool = False) -> bytes:
    """Change `content` once or several times, with pieces of `other`."""
    for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        content = dice.choice(_BINARY if binary else _TEXT)(dice, content, other)
    return content
