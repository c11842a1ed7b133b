"""Text as a terminal shows it: nothing that steers it, and cut to columns, not characters."""

# The East Asian wide and fullwidth ranges, and emoji (Unicode 15, EastAsianWidth.txt), and the
# combining marks in use, by their first and last character. In blocks: unicodedata would cost
# a megabyte of image, and a column too few at a cut does no harm.
_WIDE = (
    (0x1100, 0x115F),
    (0x2E80, 0x303E),
    (0x3041, 0xA4CF),
    (0xA960, 0xA97F),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE6F),
    (0xFF00, 0xFF60),
    (0xFFE0, 0xFFE6),
    (0x1F300, 0x1F64F),
    (0x1F900, 0x1F9FF),
    (0x20000, 0x3FFFD),
)
_NARROWEST = ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF))


def clean(text: str) -> str:
    """Replace what must not reach a terminal, one character for one.

    Control characters (C0, DEL, C1), marks that turn the direction of writing, line
    separators, and bytes that are no text become "?"; other blanks become a space.
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else " " if each.isspace() and each in "\t\n\r\xa0" else "?"
        for each in text
    )


def width(text: str) -> int:
    """Return the number of columns that clean text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def cut(text: str, columns: int) -> str:
    """Return the beginning of clean text that fits into so many columns."""
    if width(text) <= columns:
        return text
    used = 0
    for at, each in enumerate(text):
        used += _columns(each)
        if used > columns:
            return text[:at]
    return text


def wrap(text: str, columns: int) -> list[str]:
    """Break clean text at columns, wherever that is; at least one line."""
    lines = []
    while True:
        line = cut(text, columns) or text[:1]
        lines.append(line)
        text = text[len(line) :]
        if not text:
            return lines


def _columns(each: str) -> int:
    code = ord(each)
    if any(first <= code <= last for first, last in _NARROWEST):
        return 0
    return 2 if any(first <= code <= last for first, last in _WIDE) else 1
