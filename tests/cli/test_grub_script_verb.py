"""`bootpy grub-script`: what it prints, where complaints go, and its exit status."""

import io
import os
import sys
from pathlib import Path

import pytest

from bootpy.cli.main import main


def run(
    capfdbinary: pytest.CaptureFixture[bytes], *arguments: str | Path
) -> tuple[int, bytes, str]:
    try:
        status = main(["grub-script", *map(str, arguments)])
    except SystemExit as left:
        status = int(left.code or 0)
    sys.stdout.flush()
    out, err = capfdbinary.readouterr()
    return status, out, err.decode()


@pytest.mark.parametrize(
    ("script", "printed", "status"),
    [
        (b"echo a; false", b"a\n", 1),
        (b"echo $root $prefix", b"disk (disk)/boot/grub\n", 0),
        (b"function f { return 7; }\nf", b"", 7),
        (b"function f { return 125; }\nf", b"", 1),
        (b"function f { return 256; }\nf", b"", 1),
        (b"echo 'a\xffb' \xc3\xa9", b"a\xffb \xc3\xa9\n", 0),
        (b"menuentry x { echo no; }\nsubmenu y { nosuch; }\necho $?", b"0\n", 0),
        (b"cat /f; cat /none; echo $?", b"in f\n\n5\n", 0),
        (b"echo a; exit; echo b", b"a\n", 0),
        (b"boot; echo $?", b"22\n", 0),
        (b"for i in /*; do echo $i; done", b"/f\n", 0),
        (b"", b"", 0),
    ],
)
def test_what_it_prints(
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
    script: bytes,
    printed: bytes,
    status: int,
) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/f").write_text("in f\n")
    (tmp_path / "s.cfg").write_bytes(script)
    found = run(capfdbinary, tmp_path / "s.cfg", tmp_path / "disk")
    assert found[:2] == (status, printed)


def test_complaints_go_to_standard_error(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    script = tmp_path / "s.cfg"
    script.write_text("echo a\nfrobnicate\nsource /none\n")
    status, out, err = run(capfdbinary, script)
    assert (status, out) == (0, b"a\n")
    assert f"{script}:2: warning: there is no command 'frobnicate'" in err
    assert f"{script}:3: warning: '/none' cannot be read" in err


def test_what_does_not_parse(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    script = tmp_path / "s.cfg"
    script.write_text("echo a\nif true; then echo b | c; fi\necho d\n")
    status, out, err = run(capfdbinary, script)
    assert (status, out) == (125, b"a\nd\n")
    assert f"{script}:2: error: expected `;` or a new line, found `|`" in err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["/nonexistent.cfg"],
        ["/etc"],
        ["/dev/null", "/nonexistent"],
        ["--nonsense", "/dev/null"],
    ],
)
def test_usage_errors(capfdbinary: pytest.CaptureFixture[bytes], arguments: list[str]) -> None:
    status, out, err = run(capfdbinary, *arguments)
    assert (status, out) == (125, b"")
    assert err


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(
        "sys.stdin", io.TextIOWrapper(io.BytesIO(b"echo <$root>\necho '<'$root'>'"))
    )
    status, out, err = run(capfdbinary, "-")
    assert (status, out) == (125, b"<>\n")
    assert "-:1: error:" in err


def test_platform(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "s.cfg").write_text("echo $grub_platform")
    assert run(capfdbinary, "--platform", "pc", tmp_path / "s.cfg")[1] == b"pc\n"


def test_volumes_are_found_by_what_names_them(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for name in ("a", "b"):
        os.mkdir(tmp_path / name)
    (tmp_path / "s.cfg").write_text("search --set=root --fs-uuid AB12; echo $root")
    found = run(capfdbinary, tmp_path / "s.cfg", tmp_path / "a", f"path={tmp_path}/b,uuid=ab12")
    assert found[:2] == (0, b"b\n")
