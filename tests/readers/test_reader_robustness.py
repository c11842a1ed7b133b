"""Readers raise nothing on any input, and read nothing outside the volume."""

import os
import tempfile
import time
from pathlib import Path

import pytest
from boot_trees import EFI, tree
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bootpy.diagnostics import Source
from bootpy.policy.listing import merge
from bootpy.readers import bls
from bootpy.readers.bls_fields import parse
from bootpy.readers.bls_pattern import matches
from bootpy.readers.loader_conf import parse as parse_loader_conf
from bootpy.readers.reading import read_all
from bootpy.readers.syslinux import reader as syslinux
from bootpy.volume import FolderVolume, Volumes

WORDS = """
title version machine-id sort-key linux initrd efi uki uki-url options devicetree
devicetree-overlay architecture profile extra default timeout @saved menu-force
LABEL KERNEL LINUX APPEND INITRD MENU BEGIN END HIDE DEFAULT INCLUDE CONFIG UI menu.c32
mboot.c32 --- initrd= FDT FDTDIR FDTOVERLAYS LOCALBOOT ONTIMEOUT TIMEOUT PROMPT TEXT
ENDTEXT SEPARATOR START a.cfg syslinux.cfg /k ../../k :k - + # $x " x64 1 0 -1 99999999999
"""

TEXTS = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from([*WORDS.split(), " ", " ", "\t", "\n", "\n", "\r\n", "\0"]), max_size=60
    ).map(lambda parts: " ".join(parts).encode()),
)
NAMES = st.one_of(
    st.sampled_from(["a.conf", "a+3.conf", "a+0-1.conf", "+.conf", "a+99999999999-1.conf"]),
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), max_size=20).map(
        lambda name: f"{name}.conf"
    ),
)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, NAMES)
@example(b"default [\ntimeout \xd9\xa3", b"linux \0", "a.conf")
def test_bls_raises_nothing(conf: bytes, entry: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        volume = tree(
            Path(folder),
            {
                "loader/loader.conf": conf,
                f"loader/entries/{name}": entry,
                "loader/entries/b.conf": "linux /k",
            },
        )
        found = bls.read(volume, Volumes([volume]), EFI)
        assert any(one.source.path.endswith("b.conf") for each in found for one in each.entries)
        merge(found)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
@example(b"UI menu.c32 a.cfg\nLABEL a\nCONFIG syslinux.cfg", b"INCLUDE a.cfg\nMENU END\nMENU END")
def test_syslinux_raises_nothing(main: bytes, included: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        volume = tree(Path(folder), {"syslinux.cfg": main, "a.cfg": included, "k": "kernel"})
        (found,) = syslinux.read(volume, Volumes([volume]), EFI)
        listing = merge([found])
        ids = [entry.id for entry in listing.entries]
        assert len(ids) == len(set(ids))
        assert listing.default is None or listing.default in ids
        assert sum(entry.default for entry in listing.entries) <= 1


@given(st.text(), st.text(max_size=20))
def test_parsers_raise_nothing(text: str, name: str) -> None:
    place = Source("v", "/x")
    parse(text, place)
    conf = parse_loader_conf(text, place)
    matches(conf.default or text[:20], [name])


LARGE = {
    "one long line": b"LABEL " + b"x" * 900_000,
    "many lines": b"x\n" * 450_000,
    "many labels": b"LABEL a\nLINUX k\n" * 30_000,
    "deep menus": b"MENU BEGIN\n" * 80_000 + b"LABEL a\n",
    "over the limit": b"x" * (9 << 20),
}


@pytest.mark.parametrize("content", LARGE.values(), ids=LARGE.keys())
def test_large_files_take_little_time(tmp_path: Path, content: bytes) -> None:
    files: dict[str, str | bytes] = {"syslinux.cfg": content, "loader/loader.conf": content}
    volume = tree(tmp_path, {**files, "loader/entries/a.conf": content})
    start = time.process_time()
    found = read_all(Volumes([volume]), EFI)
    assert time.process_time() - start < 5
    assert sum(len(one.diagnostics) for one in found) < 100_000


OUTSIDE = "SECRET-OUTSIDE"


def links(folder: Path) -> FolderVolume:
    """A volume in which every file that readers open is a way out, each of another kind."""
    (folder / "outside").mkdir()
    outside = folder / "outside" / "file"
    outside.write_text(f"title {OUTSIDE}\nlinux /{OUTSIDE}\nLABEL {OUTSIDE}\nLINUX {OUTSIDE}\n")
    volume = tree(
        folder / "volume",
        {
            "loader/entries/good.conf": (
                f"title good\nlinux {outside}\ninitrd /../../outside/file\n"
            ),
            "boot/extlinux/extlinux.conf": (
                f"LABEL good\nLINUX ../../../outside/file\nINCLUDE {outside}\n"
                "INCLUDE ../../../outside/file\nLABEL link\nLINUX /link\n"
            ),
        },
    )
    root = folder / "volume"
    (root / "link").symlink_to(outside)
    (root / "loader/entries/absolute.conf").symlink_to(outside)
    (root / "loader/entries/relative.conf").symlink_to("../../../outside/file")
    (root / "loader/entries/loop.conf").symlink_to("loop.conf")
    (root / "loader/loader.conf").symlink_to(outside)
    (root / "syslinux").symlink_to(outside.parent)
    (outside.parent / "syslinux.cfg").symlink_to("file")
    (root / "isolinux").mkdir()
    (root / "isolinux/isolinux.cfg").symlink_to("../../outside/syslinux.cfg")
    os.mkfifo(root / "loader/entries/fifo.conf")
    os.mkfifo(root / "syslinux.cfg")
    (root / "loader/entries/device.conf").symlink_to("/dev/zero")
    return volume


def test_links_never_lead_out(tmp_path: Path) -> None:
    found = read_all(Volumes([links(tmp_path)]), EFI)
    assert OUTSIDE not in repr(found)
    listing = merge(found)
    titles = [entry.title for entry in listing.entries]
    assert titles == ["good", "good", "link"]
    files = [file for entry in listing.entries for file in (entry.kernel, *entry.initrds) if file]
    assert len(files) == 4
    assert [file.exists for file in files] == [False] * 4
    # A FIFO and links that lead nowhere are each told, not passed over.
    told = {one.source.path for one in listing.diagnostics if one.source}
    assert {f"/loader/entries/{name}.conf" for name in ("absolute", "loop", "fifo")} <= told


def test_links_inside_are_followed(tmp_path: Path) -> None:
    volume = tree(tmp_path, {"real/a.conf": "title A\nlinux /boot/k\n", "real/k": "kernel"})
    (tmp_path / "loader").mkdir()
    (tmp_path / "loader/entries").symlink_to("/real")
    (tmp_path / "boot").symlink_to("real")
    (found,) = bls.read(volume, Volumes([volume]), EFI)
    (entry,) = found.entries
    assert entry.kernel is not None
    assert (entry.kernel.path, entry.kernel.exists) == ("/boot/k", True)
