"""`bootpy list` as people and scripts call it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bootpy import __version__
from bootpy.cli.list_text import clean, listing_lines
from bootpy.cli.main import main
from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Entry, File, Listing, Module, Tries, Write
from bootpy.listing_json import listing_object

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/readers/data"
SCHEMA = json.loads((ROOT / "docs/list.schema.json").read_text())


def validated(text: str) -> dict[str, Any]:
    output: dict[str, Any] = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(output)
    return output


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bootpy.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_json(capfd: pytest.CaptureFixture[str]) -> None:
    status = main(
        ["list", "--json", f"path={DATA}/kernel-install,name=sda1", f"{DATA}/u-boot-menu"]
    )
    out, err = capfd.readouterr()
    assert (status, err) == (0, "")
    output = validated(out)
    assert (output["default"], output["timeout"]) == ("bls:sda1:debian-6.1.0-10-amd64", None)
    first, second, *others = output["entries"]
    assert first == {
        "id": "bls:sda1:debian-6.1.0-10-amd64",
        "title": "Debian GNU/Linux 12 (bookworm) (6.1.0-10-amd64)",
        "path": ["Debian GNU/Linux 12 (bookworm) (6.1.0-10-amd64)"],
        "format": "bls",
        "kind": "linux",
        "default": True,
        "source": {
            "volume": "sda1",
            "path": "/loader/entries/debian-6.1.0-10-amd64+3.conf",
            "line": None,
        },
        "kernel": {
            "volume": "sda1",
            "path": "/debian/6.1.0-10-amd64/linux",
            "url": None,
            "wanted": None,
            "resolved": True,
            "exists": True,
        },
        "initrds": [
            {
                "volume": "sda1",
                "path": "/debian/6.1.0-10-amd64/initrd.img-6.1.0-10-amd64",
                "url": None,
                "wanted": None,
                "resolved": True,
                "exists": True,
            }
        ],
        "devicetree": None,
        "overlays": [],
        "modules": [],
        "cmdline": "root=UUID=6bdb0a5a-1f5c-4c3c-9d35-0123456789ab ro quiet",
        "cmdline_added": "initrd=\\debian\\6.1.0-10-amd64\\initrd.img-6.1.0-10-amd64",
        "architecture": None,
        "version": "6.1.0-10-amd64",
        "tries": {"left": 3, "done": 0},
    }
    assert second["default"] is False
    assert {one["source"]["volume"] for one in others} == {"u-boot-menu"}
    assert [one["id"] for one in others if one["default"]] == ["syslinux:u-boot-menu:l0"]
    assert output["writes"] == [
        {
            "volume": "sda1",
            "path": "/loader/entries/debian-6.1.0-10-amd64+3.conf",
            "variables": {"name": "debian-6.1.0-10-amd64+2-1.conf"},
        }
    ]
    assert output["diagnostics"] == []


def test_the_same_twice(capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ["list", "--json", f"{DATA}/kernel-install", f"{DATA}/u-boot-menu"]
    main(arguments)
    first = capfd.readouterr().out
    main(arguments)
    assert capfd.readouterr().out == first


def test_formats(capfd: pytest.CaptureFixture[str]) -> None:
    volumes = [f"{DATA}/kernel-install", f"{DATA}/u-boot-menu"]
    assert main(["list", "--json", "--format", "syslinux", *volumes]) == 0
    output = validated(capfd.readouterr().out)
    assert {one["format"] for one in output["entries"]} == {"syslinux"}
    assert output["timeout"] == 5.0
    assert main(["list", "--json", "--format", "syslinux", "--format", "bls", *volumes]) == 0
    output = validated(capfd.readouterr().out)
    assert {one["format"] for one in output["entries"]} == {"syslinux", "bls"}


def test_nothing_found_says_what_was_looked_at(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("x")
    (tmp_path / "empty").mkdir()
    assert main(["list", "--json", f"{tmp_path}/full", f"{tmp_path}/empty"]) == 1
    output = validated(capfd.readouterr().out)
    assert (output["default"], output["entries"]) == (None, [])
    full, empty = output["diagnostics"]
    assert "/boot/extlinux" in full["message"]
    assert full["source"] == {"volume": "full", "path": "/", "line": None}
    assert "empty" in empty["message"]
    assert main(["list", f"{tmp_path}/empty"]) == 1
    out, err = capfd.readouterr()
    assert out == "No boot entries found.\n"
    assert "the volume is empty" in err


def test_a_broken_file_costs_nothing_else(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    entries = tmp_path / "loader/entries"
    entries.mkdir(parents=True)
    (entries / "good.conf").write_text("title good\nlinux /k\n")
    (entries / "bad.conf").write_bytes(bytes(range(256)))
    (entries / os_name(b"\xff\xfe.conf")).write_text("title odd\nlinux /k\n")
    assert main(["list", "--json", str(tmp_path)]) == 0
    output = validated(capfd.readouterr().out)
    assert {one["title"] for one in output["entries"]} == {"good", "odd"}
    assert main(["list", str(tmp_path)]) == 0
    out, err = capfd.readouterr()
    assert "good" in out
    assert "bad.conf" in err
    assert "Traceback" not in err


def os_name(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


EVERYTHING = Listing(
    entries=(
        Entry(
            id="grub:sda2:a>b",
            title="b\x1b[31m",
            path=("A submenu", "b\x1b[31m"),
            format="grub",
            kind="multiboot2",
            source=Source("sda2", "/boot/grub/grub.cfg", 7),
            default=True,
            kernel=File(None, "/xen.gz", wanted="UUID=1234"),
            devicetree=File("sda2", "/a.dtb", exists=None),
            overlays=(File("sda2", "/b.dtbo", exists=False),),
            modules=(Module(File(None, None, url="http://h/m"), "x=1"),),
            cmdline="a b",
            cmdline_added="BOOT_IMAGE=/xen.gz",
            architecture="x64",
            version="1",
            tries=Tries(2, 1),
        ),
        Entry("i", "t", ("t",), "syslinux", "local", Source("sda1", "/syslinux.cfg", 1)),
    ),
    default="grub:sda2:a>b",
    timeout=-1.0,
    writes=(Write("sda2", "/boot/grub/grubenv", (("next_entry", ""),)),),
    diagnostics=(Diagnostic("error", None, "m"), Diagnostic("info", Source("v", "/"), "n", "h")),
)


def test_every_field_in_json() -> None:
    output = validated(json.dumps(listing_object(EVERYTHING)))
    kernel = output["entries"][0]["kernel"]
    assert (kernel["resolved"], kernel["wanted"], kernel["exists"]) == (False, "UUID=1234", None)
    module = output["entries"][0]["modules"][0]
    assert (module["resolved"], module["url"], module["cmdline"]) == (True, "http://h/m", "x=1")
    assert output["entries"][1]["kernel"] is None
    assert output["timeout"] == -1


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("timeout",), -2),
        (("entries", 0, "kind"), "windows"),
        (("entries", 0, "kernel", "resolved"), True),
        (("entries", 0, "cmdline"), " a"),
        (("entries", 0, "more"), 1),
        (("entries", 1, "kernel"), {"volume": "a"}),
        (("diagnostics", 0, "source"), {"volume": "v", "path": "x", "line": 0}),
    ],
)
def test_the_schema_refuses(place: tuple[Any, ...], value: object) -> None:
    output = listing_object(EVERYTHING)
    inner: Any = output
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        validated(json.dumps(output))


def test_text_for_people(capfd: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(listing_lines(EVERYTHING))
    assert "\x1b" not in text
    assert "  A submenu:\n  * b\\x1b[31m\n" in text
    assert "(UUID=1234)/xen.gz  (volume not there)" in text
    assert "(sda2)/b.dtbo  (missing)" in text
    assert "2 left, 1 failed" in text
    assert text.endswith("2 entries; * boots only when chosen: the configuration says to wait.")
    main(["list", f"{DATA}/u-boot-menu"])
    out = capfd.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("*")] == [
        "* Debian GNU/Linux 12 (bookworm) 6.1.0-10-amd64"
    ]
    assert out.endswith("4 entries; * boots after 5 s.\n")


def test_clean_shows_what_steers_terminals() -> None:
    assert clean("a\x1b[2J\n\u202eü") == "a\\x1b[2J\\n\\u202eü"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["list", "--format", "nonsense", "."],
        ["list", "--platform", "pdp11", "."],
        ["list", "/nonexistent"],
        ["list", "name=x"],
    ],
)
def test_usage_errors(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_help_version_and_debug() -> None:
    assert run("--version").stdout == f"bootpy {__version__}\n"
    for arguments in (["--help"], ["list", "--help"], ["devices", "--help"]):
        done = run(*arguments)
        assert done.returncode == 0
        assert "examples:" in done.stdout
    for arguments in (["--debug", "list", "/nonexistent"], ["list", "--debug", "/nonexistent"]):
        done = run(*arguments)
        assert "Traceback" in done.stderr
        assert done.returncode != 0
    done = run("list", "/nonexistent")
    assert "hint:" in done.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m bootpy.cli.main list --json {DATA}/u-boot-menu | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False, cwd=ROOT
    )
    assert done.stderr == b""
    assert done.stdout == b'{\n  "schem'


def test_listing_a_directory_imports_little() -> None:
    code = (
        "import sys\nbefore = set(sys.modules)\nfrom bootpy.cli.main import main\n"
        f"main(['list', {str(DATA / 'u-boot-menu')!r}])\n"
        "print(*set(sys.modules) - before, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "bootpy.readers.syslinux.reader" in loaded
    heavy = {"pyudev", "json", "subprocess", "dataclasses", "logging", "pathlib", "asyncio"}
    assert not heavy & loaded
    assert not {name for name in loaded if name.startswith(("bootpy.devices", "bootpy.kexec"))}
