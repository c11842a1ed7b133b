"""bootpy's getopt_long(3) against the C library's own, called beside it."""

import ctypes
import os
import tempfile
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bootpy.cli.getopt_long import Given, Long, Parsed, Wrong, parse
from bootpy.cli.kexec_options import SHORTS, longs

LONGS = longs("x86_64")


class Option(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("has_arg", ctypes.c_int),
        ("flag", ctypes.c_void_p),
        ("val", ctypes.c_int),
    )


def glibc(words: Sequence[str], longs: Sequence[Long] = LONGS) -> Parsed:
    """Take words apart with the getopt_long that this process is linked with."""
    libc = ctypes.CDLL(None)
    optind = ctypes.c_int.in_dll(libc, "optind")
    optarg = ctypes.c_char_p.in_dll(libc, "optarg")
    keys = list(dict.fromkeys(one.key for one in longs))
    table = (Option * (len(longs) + 1))(
        *(
            Option(one.name.encode(), one.takes_argument, None, 1000 + keys.index(one.key))
            for one in longs
        )
    )
    letters = "".join(letter + ":" * takes for letter, takes in SHORTS.items()).encode()
    argv = (ctypes.c_char_p * (len(words) + 2))(b"kexec", *(os.fsencode(word) for word in words))
    optind.value = 0  # start anew
    found: list[Given | Wrong] = []
    with tempfile.TemporaryFile() as sink:
        stderr = os.dup(2)
        os.dup2(sink.fileno(), 2)
        try:
            said = 0
            while (got := libc.getopt_long(len(words) + 1, argv, letters, table, None)) != -1:
                size = os.fstat(sink.fileno()).st_size
                if size > said:
                    line = os.pread(sink.fileno(), size - said, said).decode(errors="replace")
                    found.append(Wrong(line.removeprefix("kexec: ").removesuffix("\n")))
                    said = size
                else:
                    key = keys[got - 1000] if got >= 1000 else chr(got)
                    found.append(Given(key, os.fsdecode(optarg.value or b"")))
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
    operands = argv[optind.value : len(words) + 1]
    return Parsed(tuple(found), tuple(os.fsdecode(word or b"") for word in operands))


WORDS = st.one_of(
    st.sampled_from(
        ["--", "-", "-l", "-tbzImage", "-t", "-lfe", "-lz", "-?", "--mem-min", "vmlinuz"]
    ),
    st.sampled_from(LONGS).flatmap(
        lambda one: st.integers(1, len(one.name)).map(lambda size: f"--{one.name[:size]}")
    ),
    st.sampled_from(LONGS).map(lambda one: f"--{one.name}=value"),
    st.sampled_from(["--append=a b=c", "--in=x", "--=x", "--no=1", "--load=", "--nothing", "---l"]),
    st.text("abcdefhilpstuvxyzS-=?", min_size=1, max_size=5).map(lambda text: f"-{text}"),
)


@settings(max_examples=1000, deadline=None)
@given(st.lists(WORDS, max_size=6))
@example(["vmlinuz", "-l", "other", "--", "-e"])
@example(["--initrd", "-l", "vmlinuz"])
@example(["-lt"])
def test_the_same_as_the_c_library(words: list[str]) -> None:
    assert parse(words, LONGS, SHORTS) == glibc(words)


def test_options_end_with_the_first_operand_for_posix(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["-l", "vmlinuz", "-e", "--append=x"]
    assert parse(words, LONGS, SHORTS).operands == ("vmlinuz",)
    monkeypatch.setenv("POSIXLY_CORRECT", "1")
    ctypes.CDLL(None).setenv(b"POSIXLY_CORRECT", b"1", 1)
    try:
        assert parse(words, LONGS, SHORTS) == glibc(words)
        assert parse(words, LONGS, SHORTS).operands == ("vmlinuz", "-e", "--append=x")
    finally:
        ctypes.CDLL(None).unsetenv(b"POSIXLY_CORRECT")


def test_two_names_of_one_option_are_no_ambiguity() -> None:
    same = [Long("command-line", "append", True), Long("command", "append", True)]
    (option,) = parse(["--comm=x"], same, {}).options
    assert option == Given("append", "x")
    assert parse(["--comm=x"], same, SHORTS) == glibc(["--comm=x"], same)
