"""loader.conf: the default's pattern and the countdown."""

from pathlib import Path

import pytest
from boot_trees import EFI, tree

from bootpy.diagnostics import Source
from bootpy.readers import loader_conf
from bootpy.readers.bls import read
from bootpy.volume import Volumes

PLACE = Source("v", "/loader/loader.conf")


@pytest.mark.parametrize(
    ("value", "timeout"),
    [
        ("5", 5.0),
        ("0", 0.0),
        ("menu-force", -1.0),
        ("menu-hidden", 0.0),
        ("menu-disabled", 0.0),
    ],
)
def test_timeout(value: str, timeout: float) -> None:
    conf = loader_conf.parse(f"timeout 9\ntimeout\t{value}\r\n", PLACE)
    assert (conf.timeout, conf.diagnostics) == (timeout, ())


@pytest.mark.parametrize("value", ["soon", "-1", "٣", "1e3", "9" * 50])
def test_a_timeout_that_is_none_is_said(value: str) -> None:
    conf = loader_conf.parse(f"#x\ntimeout {value}\n", PLACE)
    assert conf.timeout is None
    (said,) = conf.diagnostics
    assert (said.level, said.source) == ("warning", PLACE._replace(line=2))


def test_known_and_unknown_settings() -> None:
    text = "editor no\nconsole-mode max\nfrobnicate yes\ndefault\n"
    conf = loader_conf.parse(text, PLACE)
    assert [(said.level, said.source and said.source.line) for said in conf.diagnostics] == [
        ("info", 3),
        ("info", 4),
    ]


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        ("arch", "arch"),
        ("arch.conf", "arch"),
        ("ARCH.CONF", "arch"),
        ("arch-*", "arch-lts"),
        ("deb*.conf", "debian-2"),
        ("debian-?", "debian-2"),
        ("debian-[01]", "debian-1"),
        ("debian-1", "debian-1"),
        ("debian-1.conf", "debian-1"),
        ("debian-1+3.conf", "debian-1"),
        ("*", "debian-2"),
    ],
)
def test_the_default_s_pattern(tmp_path: Path, pattern: str, chosen: str) -> None:
    names = ("arch", "arch-lts", "debian-1+3", "debian-2")
    files: dict[str, str | bytes] = {f"loader/entries/{n}.conf": "linux /k\n" for n in names}
    files |= {"k": "", "loader/loader.conf": f"default {pattern}\ntimeout 3\n"}
    volume = tree(tmp_path, files)
    (found,) = read(volume, Volumes([volume]), EFI)
    assert found.default == f"bls:sda1:{chosen}"
    assert [entry.id for entry in found.entries if entry.default] == [found.default]
    assert found.timeout == 3.0
    assert not found.diagnostics


@pytest.mark.parametrize(
    ("line", "level"),
    [("default @saved", "info"), ("default @x", "warning"), ("default z*", "warning")],
)
def test_a_default_that_is_not_there(tmp_path: Path, line: str, level: str) -> None:
    files: dict[str, str | bytes] = {"loader/entries/a.conf": "linux /k\n", "k": ""}
    volume = tree(tmp_path, {**files, "loader/loader.conf": f"timeout 1\n{line}\n"})
    (found,) = read(volume, Volumes([volume]), EFI)
    assert found.default == "bls:sda1:a"
    (said,) = found.diagnostics
    assert (said.level, said.source) == (level, Source("sda1", "/loader/loader.conf", 2))
