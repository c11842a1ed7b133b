"""Where the time of a real boot went, as its console tells and as the booted system finds it."""

import base64
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from console_talk import Start, at_prompt

from bootpy.cli.chart import svg
from bootpy.cli.main import main
from bootpy.cli.recorded import from_console, from_file, from_system
from bootpy.init.loader_interface import RECORD, RECORD_VENDOR
from qemu.disks import recipes
from qemu.disks.debian import debian
from qemu.loader import loader_machine
from qemu.machine import Firmware
from qemu.run import recording
from qemu.scenarios import DEBIAN, State


def test_one_boot_gives_figures_and_a_chart(
    start: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    machine = loader_machine(recipes.grub(), append="bootpy.timeout=0 bootpy.log=debug")
    guest = start(recording(machine, tmp_path)).to(State.SHELL)
    found = from_console(guest.console.text)
    assert (found.ends, found.left_out) == ("jump", 0)
    stages = [span.stage for span in found.spans]
    assert set(stages) == {
        "kernel", "interpreter", "imports", "early", "drivers", "devices", "mounts", "readers",
        "policy", "menu", "load", "shutdown",
    }  # fmt: skip
    names = {(span.stage, span.name) for span in found.spans}
    assert {
        ("drivers", "virtio_blk"),
        ("devices", "vda1"),
        ("mounts", "vda1 (ext4)"),
        ("readers", "grub on vda1"),
    } <= names
    # The slim userland has the reader in memory when it starts, and a span of nothing is no span.
    assert (("imports", "reader grub") in names) != (" _resume " in guest.console.text)
    # One after the other, as the lines on the console say too.
    (kernel,) = (span for span in found.spans if span.stage == "kernel")
    (python,) = (span for span in found.spans if span.stage == "interpreter")
    assert 0 < kernel.end == python.start < python.end
    (load,) = (span for span in found.spans if span.name.startswith("loading First"))
    lines = {text: float(at) for at, text in _lines(guest.console.text)}
    assert load.start == pytest.approx(
        next(at for text, at in lines.items() if text.startswith("loading First:")), abs=0.1
    )
    assert load.end < found.end <= lines["jumping into First"] + 0.001
    # The port that `make run` listens at gets the same.
    log = tmp_path / "console.log"
    log.write_text(guest.console.text)
    port = from_file(str(tmp_path / "run.json")).record
    assert [span.name for span in port.spans] == [span.name for span in found.spans]
    assert main(["analyze", "plot", "--from", str(log), "--output", str(tmp_path / "x.svg")]) == 0
    bars = [one for one in ET.parse(tmp_path / "x.svg").iter() if one.get("class") == "span"]
    assert len(bars) == len(found.spans)
    assert (tmp_path / "x.svg").read_text() == svg(found)
    assert main(["analyze", "--from", str(log)]) == 0
    assert "virtio_blk" not in capfd.readouterr().out


def _lines(console: str) -> list[tuple[str, str]]:
    rows = [line[1:].partition("] ") for line in console.splitlines() if line.startswith("[")]
    return [(at, text) for at, _, text in rows if len(at.partition(".")[2]) == 3]


def test_the_rescue_prompt_tells_where_the_time_went(start: Start) -> None:
    guest = start(loader_machine(recipes.grub())).to(State.RESCUE)
    said = at_prompt(guest, "analyze")
    assert "kernel " in said
    assert "+ loader " in said
    assert "load " not in said.partition("loader")[2].partition(")")[2]
    blamed = at_prompt(guest, "analyze blame")
    assert "loading drivers" in blamed
    assert "say `analyze` or `analyze blame`" in at_prompt(guest, "analyze plot")


def test_the_next_kernel_is_handed_the_record_in_setup_data(start: Start, tmp_path: Path) -> None:
    words = "bootpy.timeout=0 bootpy.kexec=load"
    shell = start(loader_machine(recipes.grub(), append=words)).to(State.SHELL).shell
    shell.run("mount -t sysfs sysfs /sys 2>/dev/null; true")
    for node in shell.run("ls /sys/kernel/boot_params/setup_data").split():
        place = f"/sys/kernel/boot_params/setup_data/{node}"
        (tmp_path / node).mkdir()
        (tmp_path / node / "type").write_text(shell.run(f"cat {place}/type"))
        data = base64.b64decode(shell.run(f"base64 -w 0 {place}/data"))
        (tmp_path / node / "data").write_bytes(data)
    found = from_system(str(tmp_path), "/none")
    assert (found.kind, found.record.ends) == ("setup-data", "load")
    stages = {span.stage for span in found.record.spans}
    assert {"kernel", "interpreter", "drivers", "devices", "mounts", "readers"} <= stages
    names = [span.name for span in found.record.spans]
    assert names[-1] == "opening and checking"
    assert "quiet" in shell.run("cat /proc/cmdline")
    assert "bootpy" not in shell.run("cat /proc/cmdline")


def test_a_booted_debian_finds_the_record_that_the_firmware_kept(
    start: Start, tmp_path: Path
) -> None:
    machine = loader_machine(
        debian().disk, firmware=Firmware.OVMF, append="bootpy.timeout=0 bootpy.timeline=efi"
    )
    shell = start(machine, DEBIAN).to(State.SHELL).shell
    name = f"{RECORD}-{RECORD_VENDOR}"
    # Debian's small system has no Python: its file is read here, as `bootpy analyze` would there.
    said = shell.run(f"base64 -w 0 /sys/firmware/efi/efivars/{name}")
    (tmp_path / name).write_bytes(base64.b64decode(said))
    found = from_system(str(tmp_path / "none"), str(tmp_path))
    assert (found.kind, found.record.ends) == ("efi", "jump")
    assert found.record.wall is not None
    began = json.loads(shell.run("awk '/btime/ { print $2 }' /proc/stat"))
    assert abs(began - found.record.wall) < 60
    stages = {span.stage for span in found.record.spans}
    assert {"kernel", "drivers", "mounts", "load", "shutdown"} <= stages
