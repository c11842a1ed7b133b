"""`bootpy explain` as people and scripts call it."""

import json
from pathlib import Path

import pytest

from bootpy.cli.explanation import explanation_of
from bootpy.cli.main import main
from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, File, Origin
from bootpy.policy.listing import merge
from bootpy.volume import FolderVolume, Volumes

DATA = Path(__file__).parents[1] / "readers/data"
EXTLINUX = f"path={DATA}/u-boot-menu,name=sda1"


def test_default_in_words(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "default", EXTLINUX]) == 0
    out = capfd.readouterr().out
    assert out.startswith("Debian GNU/Linux 12 (bookworm) 6.1.0-10-amd64\n  id syslinux:sda1:l0\n")
    assert "kernel        (sda1)/vmlinuz-6.1.0-10-amd64\n" in out
    assert "\nboots by itself\n  * (sda1)/extlinux/extlinux.conf (syslinux): default " in out


@pytest.mark.parametrize("words", ["3", "l1", "syslinux:sda1:l1"])
def test_an_entry_that_does_not_boot_by_itself(
    words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", words, EXTLINUX]) == 0
    out = capfd.readouterr().out
    assert "id syslinux:sda1:l1\n" in out
    assert "\ndoes not boot by itself\n" in out


def test_json(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--json", "default", EXTLINUX]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["entry"]["id"] == "syslinux:sda1:l0"
    assert found["boots_by_itself"] is True
    (reason,) = found["reasons"]
    assert reason["configuration"]["path"] == "/extlinux/extlinux.conf"
    assert (reason["format"], reason["decides"]) == ("syslinux", True)


def test_no_such_entry(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "bookworm) 6.1.0-1", EXTLINUX]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert "names no entry that is here" in err
    assert "near matches: " in err
    assert "bookworm" in err


def test_no_default(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "syslinux.cfg").write_text("LABEL a\nLINUX /k\n")
    assert main(["explain", "default", str(tmp_path)]) == 1
    assert "no entry boots by itself" in capfd.readouterr().err


def explained(tmp_path: Path) -> str:
    (tmp_path / "menu.cfg").write_text("title One\n  kernel /k\n\targs\ta\x1b b\n")
    place = Source("sda1", "/menu.cfg")
    entry = Entry(
        "x:1",
        "One",
        ("One",),
        "x",
        "linux",
        place._replace(line=1),
        kernel=File("sda1", "/k", exists=False),
        cmdline="root=/dev/sda1 a\x1b b",
        origins=(
            Origin("title", "One", place._replace(line=1), "title"),
            Origin("kernel", "(sda1)/k  (missing)", place._replace(line=2), "kernel line"),
            Origin("cmdline", "a\x1b b", place._replace(line=3), "args line"),
            Origin("cmdline", "root=/dev/sda1", Source("sda1", "/gone", 9), "global args"),
            Origin("root", "sda1", place, "search by label"),
        ),
    )
    twin = entry._replace(id="y:1", title="Twin", path=("Sub", "Twin"), format="y")
    said = Diagnostic("error", place._replace(line=2), "kernel /k is not there", "install it")
    far = Diagnostic("error", place._replace(line=77), "far away")
    found = [
        Configuration(place, "x", (entry,), default="x:1", diagnostics=(said, far)),
        Configuration(Source("sda1", "/other"), "y", (twin,)),
    ]
    volumes = Volumes([FolderVolume(str(tmp_path), name="sda1")])
    explanation = explanation_of("One", merge(found), found, volumes)
    assert explanation is not None
    return "\n".join(explanation.lines())


def test_every_value_with_its_line(tmp_path: Path) -> None:
    assert (
        explained(tmp_path)
        == """\
One
  id x:1
  linux, read as x from (sda1)/menu.cfg:1

title         One
    (sda1)/menu.cfg:1  title
      | title One
kernel        (sda1)/k  (missing)
    (sda1)/menu.cfg:2  kernel line
      | kernel /k
cmdline       root=/dev/sda1 a\\x1b b
    (sda1)/menu.cfg:3  args line: a\\x1b b
      | args a\\x1b b
    (sda1)/gone:9  global args: root=/dev/sda1
root          sda1
    (sda1)/menu.cfg  search by label

boots by itself
  * (sda1)/menu.cfg (x): default 'One'; no other configuration names a default
    (sda1)/other (y): default none; it names no default
the same boot: Sub > Twin, (sda1)/menu.cfg:1
error: (sda1)/menu.cfg:2: kernel /k is not there
    install it"""
    )
