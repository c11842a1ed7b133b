"""The readers of small formats raise nothing, take little time, and never lead out of a volume."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from boot_trees import EFI, tree
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bootpy.diagnostics import Source
from bootpy.entry import Configuration, Host
from bootpy.policy.listing import merge
from bootpy.readers import esxi, kboot, lilo, petitboot, raspberrypi, yaboot
from bootpy.readers.keyword_file import MOST_OPTIONS, MOST_SECTIONS, parse
from bootpy.volume import FolderVolume, Volumes

Read = Callable[[FolderVolume, Volumes, Host], list[Configuration]]

READERS: dict[str, tuple[Read, str, str]] = {
    "petitboot": (petitboot.read, "petitboot.conf", "name x\nimage {}\n"),
    "kboot": (kboot.read, "kboot.conf", "x='{}'\n"),
    "yaboot": (yaboot.read, "etc/yaboot.conf", "image={}\n"),
    "lilo": (lilo.read, "etc/lilo.conf", "image={}\n"),
    "elilo": (lilo.read, "EFI/debian/elilo.conf", "image={}\n"),
    "esxi": (esxi.read, "boot.cfg", "kernel={}\n"),
    "raspberrypi": (raspberrypi.read, "config.txt", "kernel={}\n"),
}

WORDS = """
name image initrd args dtb default description dev_description [x] [all] [pi4] [none] include
config.txt kernel kernelopt modules --- title timeout prefix bootstate updated build label alias
append literal root read-only read-write prompt delay fallback other optional partition device
image[64bit] hd:3,/k cd:,k UUID=1:/k LABEL=x@/k sda1:/k http://x/k file:///k /k ../../k k = = " '
\\ # , : , @ 0 1 -1 99999999999999999999 \u0663 é x='/k root=/dev/x initrd=/i' os_prefix=n/
dtoverlay= initramfs followkernel arm_64bit=1 auto_initramfs=1 vmm ramdisk
initrd-size novideo root=current
"""
TEXTS = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
    st.lists(
        st.sampled_from([*WORDS.split(), " ", "=", "\t", "\n", "\n", "\r\n", "\\\n", "\0"]),
        max_size=60,
    ).map(lambda parts: "".join(parts).encode()),
    st.lists(st.sampled_from([*WORDS.split(), "\n", "\n"]), max_size=60).map(
        lambda parts: " ".join(parts).encode()
    ),
)


def sound(found: list[Configuration]) -> None:
    """Check what every listing owes to those that read it."""
    listing = merge(found)
    ids = [entry.id for entry in listing.entries]
    assert len(ids) == len(set(ids))
    assert listing.default is None or listing.default in ids
    for each in found:
        assert sum(entry.default for entry in each.entries) <= 1
        assert each.timeout is None or each.timeout == -1 or each.timeout >= 0
        for entry in each.entries:
            assert entry.path
            assert entry.path[-1] == entry.title
            assert entry.cmdline == entry.cmdline.strip(" \t")
            assert "\n" not in entry.cmdline
            assert all(origin.source.volume for origin in entry.origins)
        for said in each.diagnostics:
            assert said.message
            assert "\n" not in said.message


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=25, deadline=None)
@given(TEXTS, st.booleans())
@example(b"image=\nimage\n=", False)
@example(b"default\n", False)
@example(b"kernel", True)
@example(b'x="\nimage="\\', False)
def test_a_reader_raises_nothing(name: str, text: bytes, ignores_case: bool) -> None:
    read, path, good = READERS[name]
    with tempfile.TemporaryDirectory() as folder:
        volume = tree(Path(folder), {path: text, "k": "kernel", "i": "initrd"})
        volume.ignores_case = ignores_case
        sound(read(volume, Volumes([volume]), EFI))
    if name in {"yaboot", "lilo", "kboot"}:
        with tempfile.TemporaryDirectory() as folder:
            # What came before, if it is complete, costs a good entry nothing.
            volume = tree(Path(folder), {path: good.format("/k").encode() + text, "k": "kernel"})
            found = read(volume, Volumes([volume]), EFI)
            sound(found)
            assert any(
                entry.kernel and entry.kernel.exists for one in found for entry in one.entries
            )


@given(st.text(max_size=300), st.sampled_from([("image",), ("image", "other"), ()]))
def test_the_parser_of_keywords_loses_no_line(text: str, starts: tuple[str, ...]) -> None:
    sections, _ = parse(text, Source("v", "/x"), starts)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    before = 1
    for section in sections:
        first = section.head.line if section.head else 1
        own = [one.line for one in (*section.options.values(), *section.repeated)]
        assert before <= first <= min(own, default=lines)
        assert all(section.options[one.key].line >= one.line for one in section.repeated)
        before = max(own, default=first)
    assert before <= lines


@pytest.mark.parametrize(
    ("name", "line", "what"),
    [
        ("lilo", "image=/k\n", "images"),
        ("yaboot", "image=/k\n", "images"),
        ("petitboot", "name x\rimage /k\n", "options"),
        ("kboot", "x=/k\n", "entries"),
    ],
)
def test_a_menu_without_end_is_cut_and_said(
    tmp_path: Path, name: str, line: str, what: str
) -> None:
    read, path, _ = READERS[name]
    volume = tree(tmp_path, {path: line.encode() * (MOST_SECTIONS + 5), "k": "kernel"})
    (found,) = read(volume, Volumes([volume]), EFI)
    assert len(found.entries) == MOST_SECTIONS
    (said,) = [one for one in found.diagnostics if one.level == "error"]
    assert said.source
    assert said.source.line in {MOST_SECTIONS + 1, 2 * MOST_SECTIONS + 2}
    assert said.message == f"what stands after {MOST_SECTIONS} {what} is not read"


def test_options_without_end_are_cut_and_said() -> None:
    text = "a\n" * MOST_OPTIONS + "b\n" * 5
    (top,), (said,) = parse(text, Source("v", "/x"), ())
    assert top.options.keys() == {"a"}
    assert said.source
    assert said.source.line == MOST_OPTIONS + 1
    assert said.level == "error"


LARGE = {
    "one long line": b"image=" + b"x" * 900_000,
    "many lines": b"x\n" * 50_000,
    "many entries": b"image=/k\nlabel=a\nname x\nimage /k\n" * 4_000,
    "many labels of kboot": b"x=/k quiet root=/dev/x\n" * 8_000,
    "many modules": b"kernel=k\nmodules=" + b"a --- " * 50_000,
    "quotes": b'image="' * 15_000,
    "backslashes": b"image=" + b"\\\n" * 50_000,
    "blanks": b"image =" + b" " * 900_000 + b"x",
    "filters": b"[pi4]\n[all]\ndtoverlay=a\n" * 10_000,
    "words": b"x='" + b"a=b " * 60_000 + b"'",
    "over the limit": b"x" * (9 << 20),
}


@pytest.mark.parametrize("content", LARGE.values(), ids=LARGE.keys())
@pytest.mark.parametrize("name", READERS)
def test_large_files_take_little_time(tmp_path: Path, name: str, content: bytes) -> None:
    read, path, _ = READERS[name]
    volume = tree(tmp_path, {path: content, "k": "kernel"})
    start = time.process_time()
    found = read(volume, Volumes([volume]), EFI)
    assert time.process_time() - start < 8
    assert sum(len(one.diagnostics) for one in found) < 100_000


OUTSIDE = "SECRET-OUTSIDE"


@pytest.mark.parametrize("name", READERS)
def test_nothing_leads_out(tmp_path: Path, name: str) -> None:
    read, path, good = READERS[name]
    (tmp_path / "outside").write_text(good.format(f"/{OUTSIDE}"))
    # The files that it names.
    for number, way in enumerate((f"{tmp_path}/outside", "../../../outside", "/link")):
        volume = tree(tmp_path / f"{number}", {path: good.format(way)})
        (tmp_path / f"{number}/link").symlink_to(tmp_path / "outside")
        files = [
            entry.kernel for one in read(volume, Volumes([volume]), EFI) for entry in one.entries
        ]
        assert [file.exists for file in files if file] == [False]
    # The configuration itself.
    volume = tree(tmp_path / "v", {"k": "kernel"})
    file = tmp_path / "v" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.symlink_to(tmp_path / "outside")
    assert OUTSIDE not in repr(read(volume, Volumes([volume]), EFI))
    file.unlink()
    file.mkdir()
    assert not [one for one in read(volume, Volumes([volume]), EFI) if one.entries]
