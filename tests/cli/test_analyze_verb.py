"""`bootpy analyze` as people and scripts call it."""

import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bootpy.cli import recorded
from bootpy.cli.main import main
from bootpy.cli.recorded import Booted, booted, doubt, from_console, from_system
from bootpy.errors import BootError
from bootpy.init.loader_interface import RECORD, RECORD_VENDOR, keep_record
from bootpy.kexec.devicetree import Boot, Branch, Tree, encode, for_boot
from bootpy.timeline import STAGES, Span, Timeline

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/analyze.schema.json").read_text())

LOG = """\
\x1b[2J[    0.000000] Linux version 6.1
[    5.971] loading drivers\r
[    7.666] found vda: virtio disk, 874.5 MB, gpt partition table\r
[    7.674] found vda1: virtio partition, 67.1 MB, vfat\r
[    8.519] 4 entries in (vda2)/boot/grub/grub.cfg\r
[    8.560] first choice: Debian GNU/Linux (default of grub.cfg on vda2)\r
[   13.996] loading Debian GNU/Linux: (vda2)/boot/vmlinuz\r
[   16.923] jumping into Debian GNU/Linux\r
[    1.250] loading drivers is what this says too, but no boot of ours begins so\r
debian login: """


def record(*spans: Span) -> str:
    timeline = Timeline()
    timeline.spans += spans or (Span("kernel", "Linux", 0.0, 1.0), Span("load", "x", 1.0, 2.0))
    return timeline.record("jump").decode()


@pytest.fixture
def log(tmp_path: Path) -> str:
    file = tmp_path / "console.log"
    file.write_text(LOG, newline="")
    return str(file)


def valid(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def test_the_schema_is_one_and_knows_every_stage() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"]["stage"]["enum"] == list(STAGES)


def test_time_of_a_log(log: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", "--from", log]) == 0
    assert capfd.readouterr().out.splitlines() == [
        "kernel 5.971s + loader 2.548s (drivers 1.695s, readers 0.853s) + menu 5.477s"
        " + load 2.927s = 16.923s",
        "From the lines of a console log; bootpy.timeline= or bootpy.log=debug tells more.",
    ]


def test_blame_of_a_log(log: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", "blame", "--from", log]) == 0
    out = capfd.readouterr().out.splitlines()
    assert out[0] == "    5.971s  35.3%  kernel      kernel, interpreter, imports"
    assert [line.split()[2] for line in out] == ["kernel", "menu", "load", "drivers", "readers"]


def test_json_of_a_log(log: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", "--json", "--from", log]) == 0
    found = valid(capfd.readouterr().out)
    assert found["source"] == {"kind": "console-log", "place": log}
    assert (found["total"], found["ends"], found["wall"]) == (16.923, "log", None)
    assert sum(one["seconds"] for one in found["stages"]) == pytest.approx(16.923)
    assert sum(one["share"] for one in found["stages"]) == pytest.approx(1)
    assert found["booted"] is found["doubt"] is None


@pytest.mark.parametrize("form", ["{}\n", "{}\r\r\n", "[   16.900] timeline: {}\r\n"])
def test_a_record_in_a_log_tells_more_than_its_lines(
    form: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "console.log"
    old, new = record(Span("menu", "old", 0.0, 1.0)), record(Span("load", "né\\w", 0.0, 1.0))
    file.write_text(
        f"{form.format(old)}{LOG}\n{form.format(new)}Linux version 6.1\n", encoding="utf-8"
    )
    assert main(["analyze", "--json", "--from", str(file)]) == 0
    (span,) = valid(capfd.readouterr().out)["spans"]
    assert (span["stage"], span["name"], span["end"], span["own"]) == ("load", "né\\w", 1.0, 1.0)


def test_a_record_in_a_file_of_its_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "record.json"
    file.write_text(f"{record(Span('menu', 'old', 0, 1))}\n{record()}\n")
    assert main(["analyze", "--json", "--from", str(file)]) == 0
    found = valid(capfd.readouterr().out)
    assert found["source"]["kind"] == "file"
    assert [span["name"] for span in found["spans"]] == ["Linux", "x"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(record().encode())))
    assert main(["analyze", "blame", "--from", "-"]) == 0
    assert "kernel      Linux" in capfd.readouterr().out


def test_a_name_steers_no_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "record.json"
    file.write_text(record(Span("load", "a\x1b[2Jb", 0, 1)).replace("[2Jb", "[2J\\ud800"))
    assert main(["analyze", "blame", "--from", str(file)]) == 0
    assert "load        a\\x1b[2J\\ud800\n" in capfd.readouterr().out
    assert main(["analyze", "plot", "--from", str(file)]) == 0
    assert "\x1b" not in capfd.readouterr().out


def test_plot(log: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    chart = tmp_path / "boot.svg"
    assert main(["analyze", "plot", "--from", log, "--output", str(chart)]) == 0
    assert capfd.readouterr().out == ""
    assert main(["analyze", "plot", "--from", log]) == 0
    assert capfd.readouterr().out == chart.read_text()
    assert chart.read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--from", "/none"], "/none: no such file"),
        (["--from", "/"], "/: is a directory"),
        (["plot", "--from", "{log}", "--output", "/none/x.svg"], "/none/x.svg: no such file"),
        (["time", "--output", "x"], "--output is for plot"),
        (["plot", "--json"], "plot makes no JSON"),
    ],
)
def test_what_cannot_be_done_is_said(
    words: list[str], complaint: str, log: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", *(word.format(log=log) for word in words)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"bootpy: {complaint}")
    assert "\n  hint: " in err


@pytest.mark.parametrize("content", ["", "debian login:\n", "[    1.000] other\n", '{"a": 1}\n'])
def test_a_file_without_a_boot(
    content: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text(content)
    assert main(["analyze", "--from", str(file)]) == 2
    assert capfd.readouterr().err.startswith(f"bootpy: {file}: ")


def test_the_newest_boot_of_a_log_counts() -> None:
    second = LOG.replace("5.971", "3.000").replace("16.923", "15.000")
    found = from_console(f"{LOG}\n{second}")
    assert (found.spans[0].end, found.end) == (3.0, 15.0)


def test_a_boot_that_did_not_jump() -> None:
    found = from_console(LOG.partition("[   13.996]")[0])
    assert [span.stage for span in found.spans] == ["kernel", "drivers", "readers"]
    assert found.end == 8.560


def test_a_system_that_was_handed_nothing(tmp_path: Path) -> None:
    with pytest.raises(BootError) as refused:
        from_system(str(tmp_path / "none"), str(tmp_path))
    assert "handed no timeline" in refused.value.message
    assert "--from" in refused.value.hint


def node(folder: Path, number: int, kind: str, data: bytes) -> None:
    place = folder / str(number)
    place.mkdir(parents=True)
    (place / "type").write_text(f"{kind}\n")
    (place / "data").write_bytes(data)


def test_a_record_in_setup_data(tmp_path: Path) -> None:
    node(tmp_path, 0, "0x9", b"\1" * 32)
    node(tmp_path, 1, "0x6c747062", record().encode())
    found = from_system(str(tmp_path), "/none")
    assert (found.kind, found.place) == ("setup-data", str(tmp_path / "1"))
    assert [span.name for span in found.record.spans] == ["Linux", "x"]


def test_a_damaged_record_in_setup_data_is_named(tmp_path: Path) -> None:
    node(tmp_path, 0, "0x6c747062", b"{")
    with pytest.raises(BootError, match=f"^{tmp_path}/0: the record is no JSON"):
        from_system(str(tmp_path), "/none")


def test_a_record_in_the_device_tree(tmp_path: Path) -> None:
    tree = for_boot(Tree(Branch({}, {})), Boot(b"quiet", record=record().encode()))
    (tmp_path / "fdt").write_bytes(encode(tree))
    found = from_system("/none", "/none", str(tmp_path / "fdt"))
    assert found.kind == "device-tree"
    assert found.place == f"{tmp_path}/fdt (/chosen/bootpy,timeline)"
    assert [span.name for span in found.record.spans] == ["Linux", "x"]
    # It is of one boot: the next one's kernel is told of its own.
    (tmp_path / "fdt").write_bytes(encode(for_boot(tree, Boot(b"quiet"))))
    with pytest.raises(BootError, match="handed no timeline"):
        from_system("/none", "/none", str(tmp_path / "fdt"))


def test_a_record_in_an_efi_variable(tmp_path: Path) -> None:
    keep_record(record().encode(), str(tmp_path))
    found = from_system(str(tmp_path / "none"), str(tmp_path))
    assert (found.kind, found.place) == ("efi", f"{tmp_path}/{RECORD}-{RECORD_VENDOR}")
    assert [span.name for span in found.record.spans] == ["Linux", "x"]


def test_on_the_booted_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    node(tmp_path, 0, "0x6c747062", record().encode())
    found = from_system(str(tmp_path), "/none")
    monkeypatch.setattr(recorded, "from_system", lambda: found)
    assert main(["analyze"]) == 0
    out, err = capfd.readouterr()
    assert out.splitlines()[-1].startswith("This system's kernel began ")
    # This machine has run for long: the record is of another start than its own.
    assert ("of another start" in err) is (time.clock_gettime(time.CLOCK_BOOTTIME) > 300)
    assert main(["analyze", "--json"]) == 0
    system = valid(capfd.readouterr().out)["booted"]
    assert system["uptime"] == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=60)


def test_the_running_system(tmp_path: Path) -> None:
    (tmp_path / "uptime").write_text("12.50 20.00\n")
    (tmp_path / "stat").write_text("cpu 1 2\nbtime 1700000000\n")
    assert booted(str(tmp_path)) == Booted(1700000000.0, 12.5)
    (tmp_path / "stat").write_text("cpu 1 2\n")
    assert booted(str(tmp_path)) is None
    assert booted(str(tmp_path / "none")) is None


@pytest.mark.parametrize(
    ("wall", "said"),
    [
        (None, ""),
        (1000000.0, ""),
        (1000000.0 - 299, ""),
        (1000000.0 - 3600, "recorded 60 minutes before"),
        (1000000.0 + 600, "recorded 10 minutes after"),
    ],
)
def test_a_record_of_another_start_is_doubted(wall: float | None, said: str) -> None:
    kept = from_console(LOG)._replace(wall=wall)
    found = doubt(kept, Booted(1000000.0, 5.0))
    assert found.startswith(said)
    assert bool(found) is bool(said)
    assert doubt(kept, None) == ""
