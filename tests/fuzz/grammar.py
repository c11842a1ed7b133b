"""Texts that look like a format's: its own words, in lines, nested and repeated."""

import random

from tests.fuzz.vocabulary import Vocabulary

_BLANKS = (" ", " ", " ", " ", "\t", "  ", "=", " = ", "", ",", "\v", "\u00a0")
_ENDS = ("\n", "\n", "\n", "\n", "\r\n", "\r", "\n\n", ";", "\\\n", "\0", "\n\n\n")


def text(dice: random.Random, vocabulary: Vocabulary, paths: tuple[str, ...]) -> bytes:
    """Return a text of few to some hundred lines; `paths` are files that may be named."""
    odd = dice.random() < 0.3
    parts: list[str] = []
    closings: list[str] = []
    for _ in range(int(2 ** dice.uniform(0, 6 if dice.random() < 0.95 else 9))):
        what = dice.random()
        if what < 0.12 and vocabulary.nests:
            opening, closing = dice.choice(vocabulary.nests)
            parts.append(opening)
            if dice.random() < 0.9:
                closings.append(closing)
        elif what < 0.22 and closings:
            parts.append(closings.pop() + "\n")
        else:
            parts.append(_line(dice, vocabulary, paths, odd))
    if dice.random() < 0.8:
        parts += [f"{closing}\n" for closing in reversed(closings)]
    made = "".join(parts)
    encoding = "utf-16" if dice.random() < 0.01 else "utf-8"
    return made.encode(encoding, "replace")


def _line(dice: random.Random, vocabulary: Vocabulary, paths: tuple[str, ...], odd: bool) -> str:
    words = [dice.choice(vocabulary.words or vocabulary.common)]
    for _ in range(dice.choice((0, 1, 1, 1, 2, 2, 3, 6))):
        pool = dice.random()
        if pool < 0.4 or not paths:
            words.append(dice.choice(vocabulary.common))
        elif pool < 0.65:
            words.append(dice.choice(paths))
        else:
            words.append(dice.choice(vocabulary.words or vocabulary.common))
    if odd:
        line = "".join(word + dice.choice(_BLANKS) for word in words)
        return dice.choice(("", "", " ", "\t", "    ")) + line + dice.choice(_ENDS)
    # Most formats want either a blank or an equals sign after the first word.
    first, *rest = words
    sign = dice.choice((" ", " ", "="))
    return f"{first}{'' if first.endswith('=') else sign}{' '.join(rest)}\n"


def deep(dice: random.Random, vocabulary: Vocabulary, most: int) -> bytes:
    """Return one nest, or one line, that is opened again and again, `most` bytes long at most."""
    if dice.random() < 0.6 and vocabulary.nests:
        opening, closing = dice.choice(vocabulary.nests)
    else:
        opening, closing = _line(dice, vocabulary, (), False), ""
        if dice.random() < 0.4:
            opening = opening.strip() + dice.choice((" ", "", ","))
    if dice.random() < 0.3:
        opening += _line(dice, vocabulary, (), False)
    length = max(1, len((opening + closing).encode()))
    times = max(1, int(2 ** dice.uniform(1, 24)) // length)
    times = min(times, most // length) or 1
    if dice.random() < 0.4:
        closing = ""
    before = _line(dice, vocabulary, (), False) if dice.random() < 0.5 else ""
    made = before + opening * times + closing * times
    return made.encode("utf-8", "replace")
