"""Words of lines that are seen again and again, or that are quickly taken apart.

A generator's lines are much the same in each entry, and what differs is mostly a string in
single quotes. To match such a line word by word takes ten times as long as to look it up.
"""

from bootpy.readers.grub.limits import LONGEST_WORD
from bootpy.readers.grub.syntax import Part, Word
from bootpy.readers.grub.tokens import LINE_PATTERN, PLAIN_WORDS_PATTERN, RESERVED, WORD_PATTERN
from bootpy.readers.grub.words import pattern, split_word

MOST_KEPT = 4000
"""Lines whose words are kept: those of a generator are few."""


class KnownWords:
    """The words of one text's lines, by what is written."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Word, ...]] = {}

    def get(self, raw: str) -> tuple[Word, ...] | None:
        """The words of `raw`, where they are kept or quickly taken apart."""
        words = self._kept.get(raw)
        if words is None:
            words = self._plain(raw) or self.around_quotes(raw)
            if words is not None:
                self.keep(raw, words)
        return words

    def keep(self, raw: str, words: tuple[Word, ...]) -> None:
        """Remember the words of `raw`."""
        if len(self._kept) < MOST_KEPT:
            self._kept[raw] = words

    def of_line(self, line: str) -> tuple[Word, ...] | None:
        """The words of a line that is one command, or nothing; None where it may be more."""
        raw = line.strip(" \t")
        if not raw:
            return ()
        words = self._kept.get(raw)
        if words is None:
            if raw[0] == "#" or " #" in raw or "\t#" in raw:
                return None
            words = self._words(raw)
            if words is None:
                return None
            self.keep(raw, words)
        return None if words[0] in RESERVED else words

    def around_quotes(self, raw: str) -> tuple[Word, ...] | None:
        """Take words apart of which some are a string in single quotes each; None for others."""
        pieces = raw.split("'")
        last = len(pieces) - 1
        if last == 0 or last % 2 or '"' in raw or "\\" in raw or _is_odd(raw):
            return None
        words: list[Word] = []
        for number, piece in enumerate(pieces):
            if number % 2:
                words.append((Part("quoted", piece),))
                continue
            # A string that touches another piece is a part of its word.
            touches = piece[:1] if number else ""
            touches += piece[-1:] if number != last else ""
            if touches.strip(" \t") or (not piece and 0 < number < last):
                return None
            between = piece.strip(" \t")
            if between:
                known = self._kept.get(between)
                if known is None:
                    known = None if "#" in between else self._words(between)
                    if known is None:
                        return None
                    self.keep(between, known)
                words += known
        return tuple(words)

    def _words(self, raw: str) -> tuple[Word, ...] | None:
        """Take words apart that nothing follows; None where something may."""
        words = self._plain(raw)
        if words is None and not _is_odd(raw) and pattern(LINE_PATTERN).fullmatch(raw):
            words = tuple(map(split_word, pattern(WORD_PATTERN).findall(raw)))
        return words

    @staticmethod
    def _plain(raw: str) -> tuple[Word, ...] | None:
        """Take words apart of which each stands for itself."""
        if len(raw) > LONGEST_WORD or not pattern(PLAIN_WORDS_PATTERN).fullmatch(raw):
            return None
        return tuple(raw.split())


def _is_odd(raw: str) -> bool:
    """Whether there may be a fault in the words, or lines are to be counted."""
    return len(raw) > LONGEST_WORD or "[[" in raw or "]]" in raw or "\n" in raw or "\r" in raw
