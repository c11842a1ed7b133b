"""Keys, the edited line, text in columns: what the menu is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootpy.menu.keys import Keys
from bootpy.menu.line import Line
from bootpy.menu.terminal import Terminal
from bootpy.menu.text import clean, cut, width, wrap

PIECES = st.lists(
    st.one_of(
        st.binary(max_size=4),
        st.sampled_from(
            [b"\x1b[A", b"\x1bOH", b"\x1b[3~", b"\x1b[[A", "ü".encode(), b"\x1b", b"a"]
        ),
    )
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\r\n\x7f\x08\t", ["a", "enter", "enter", "backspace", "backspace", "tab"]),
        (b"\x1b[A\x1b[B\x1b[C\x1b[D", ["up", "down", "right", "left"]),
        (b"\x1bOA\x1bOH\x1bOF", ["up", "home", "end"]),
        (b"\x1b[H\x1b[1~\x1b[7~", ["home"] * 3),
        (b"\x1b[F\x1b[4~\x1b[8~", ["end"] * 3),
        (b"\x1b[3~\x1b[5~\x1b[6~", ["delete", "pageup", "pagedown"]),
        (b"\x1b[1;5C\x1b[3;2~", ["right", "delete"]),
        (b"\x01\x15\x0c", ["^A", "^U", "^L"]),
        (b"\x1b[[Ax", ["x"]),
        (b"\x1b[200~x\x1b[?1;2cy\x1bOPz", ["x", "y", "z"]),
        (b"\x1bbx", ["x"]),
        (b"\x1b\x1b[A", ["escape", "up"]),
        ("ü€😀".encode(), ["ü", "€", "😀"]),
        (b"\0\xff\xc3x\xe2\x82y\xed\xa0\x80z\xc2\x85", ["x", "y", "z"]),
        (b"\x1b[" + b"1" * 40 + b"A", ["A"]),
    ],
)
def test_keys(data: bytes, expected: list[str]) -> None:
    whole = Keys()
    assert whole.feed(data) == expected
    assert not whole.unfinished


@given(PIECES)
def test_keys_do_not_depend_on_how_the_bytes_are_cut(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    whole, bytewise = Keys(), Keys()
    keys = whole.feed(data) + whole.end()
    assert [key for at in range(len(data)) for key in bytewise.feed(data[at : at + 1])] + (
        bytewise.end()
    ) == keys
    assert all(len(key) > 1 or key.isprintable() for key in keys)


def test_a_lone_escape_is_a_key_once_nothing_follows() -> None:
    keys = Keys()
    assert keys.feed(b"\x1b") == []
    assert keys.unfinished
    assert keys.end() == ["escape"]
    assert keys.feed(b"\x1b[") == []
    assert keys.end() == []


def test_a_cursor_report_is_no_key() -> None:
    keys = Keys()
    assert keys.feed(b"\x1b[24;") == []
    assert keys.feed(b"80R") == []
    assert keys.report == (24, 80)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", "one two|"),
        ("!", "one two!|"),
        ("backspace", "one tw|"),
        ("left left delete", "one t|o"),
        ("home delete", "|ne two"),
        ("home backspace left", "|one two"),
        ("end right delete", "one two|"),
        ("^A right ^K", "o|"),
        ("left ^U", "|o"),
        ("^W", "one |"),
        ("^W ^W ^W", "|"),
        ("home x y", "xy|one two"),
        ("up pageup tab", "one two|"),
    ],
)
def test_line(keys: str, expected: str) -> None:
    line = Line("one two")
    for key in keys.split():
        line.press(key)
    assert line.text[: line.cursor] + "|" + line.text[line.cursor :] == expected


@given(
    st.text(alphabet="ab ", max_size=60),
    st.lists(st.sampled_from(["left", "right", "home", "end", "backspace", "^W", "^K", "x"])),
    st.integers(min_value=4, max_value=30),
)
def test_the_window_always_holds_the_cursor(text: str, keys: list[str], columns: int) -> None:
    line = Line(text)
    for key in ["", *keys]:
        line.press(key)
        part, cursor = line.window(columns)
        assert len(part) <= columns
        assert 0 <= cursor < columns
        left = line.text[: line.cursor]
        assert (
            part[:cursor].removeprefix("<")
            == left[len(left) - len(part[:cursor].removeprefix("<")) :]
        )
        if cursor < len(part):
            assert part[cursor] == line.text[line.cursor]


@given(st.text(), st.integers(min_value=1, max_value=20))
def test_cleaned_text_is_printable_and_cut_to_columns(text: str, columns: int) -> None:
    shown = clean(text)
    assert shown.isprintable()
    assert len(shown) == len(text)
    assert width(cut(shown, columns)) <= columns
    assert "".join(wrap(shown, columns)) == shown


def test_width_counts_columns() -> None:
    assert width("日本") == 4
    assert width("e\u0301") == 1
    assert cut("日本", 3) == "日"


@pytest.mark.parametrize(
    ("variables", "encoding"),
    [
        ({}, "utf-8"),
        ({"LANG": "C"}, "utf-8"),
        ({"LANG": "de_DE.UTF-8"}, "utf-8"),
        ({"LANG": "de_DE.ISO-8859-1"}, "ascii"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.ISO-8859-15@euro"}, "ascii"),
    ],
)
def test_encoding(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], encoding: str
) -> None:
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Terminal.of_process().encoding == encoding
