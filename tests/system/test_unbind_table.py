"""What the load writes down, and the shell script that reads it on systemd's way down."""

import subprocess
from pathlib import Path

import pytest

from bootpy.kexec.unbinding import KNOWN
from bootpy.system.unbind_table import TABLE, asked_for_good, forget, write, write_or_say

SCRIPT = Path(__file__).parents[2] / "debian/bootpy-unbind.shutdown"
DRIVERS = "sys/bus/pci/drivers"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder laid out like / of an Apple with two USB controllers and a disk."""
    (tmp_path / "dev").mkdir()
    for driver, devices in {
        "xhci_hcd": ["0000:00:14.0", "0000:3a:00.0"],
        "nvme": ["0000:01:00.0"],
        "ahci": [],
    }.items():
        folder = tmp_path / DRIVERS / driver
        folder.mkdir(parents=True)
        for name in (*devices, "bind", "unbind", "module"):
            (folder / name).touch()
    for path, text in {
        "sys/class/dmi/id/sys_vendor": "Apple Inc.\n",
        "proc/cmdline": "root=/dev/sda2 ro\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def shut_down(machine: Path, what: str = "kexec") -> str:
    """Run the script on the folder instead of / and return what it said."""
    script = SCRIPT.read_text()
    for place in ("/run/", "/sys/", "/dev/"):
        assert place in script
        script = script.replace(place, f"{machine}{place}")
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", what],
        env={"PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout + done.stderr == ""
    log = machine / "dev/kmsg"
    return log.read_text() if log.exists() else ""


def unbound(machine: Path, driver: str) -> str:
    """What was written last to the driver's file `unbind`."""
    return (machine / DRIVERS / driver / "unbind").read_text()


def test_known_drivers_and_those_asked_for(machine: Path) -> None:
    write(["nvme", "ahci", "no-such"], str(machine))
    assert (machine / TABLE).read_text().splitlines() == [
        "nvme as asked",
        "ahci as asked",
        "no-such as asked",
        f"xhci_hcd {KNOWN[0].seen}",
    ]
    assert shut_down(machine).splitlines() == [
        "<6>bootpy: unbinding 0000:01:00.0 (nvme): as asked",
        f"<6>bootpy: unbinding 0000:00:14.0 (xhci_hcd): {KNOWN[0].seen}",
        f"<6>bootpy: unbinding 0000:3a:00.0 (xhci_hcd): {KNOWN[0].seen}",
    ]
    assert unbound(machine, "nvme") == "0000:01:00.0\n"
    assert unbound(machine, "xhci_hcd") == "0000:3a:00.0\n"
    assert unbound(machine, "ahci") == ""


@pytest.mark.parametrize("what", ["poweroff", "reboot", "halt", ""])
def test_only_before_a_jump(machine: Path, what: str) -> None:
    write(["nvme"], str(machine))
    assert shut_down(machine, what) == ""
    assert unbound(machine, "nvme") == ""


def test_without_a_table_there_is_nothing_to_do(machine: Path) -> None:
    assert shut_down(machine) == ""


def test_a_device_that_stays_is_told_and_stops_nothing(machine: Path) -> None:
    write(["nvme"], str(machine))
    (machine / DRIVERS / "nvme/unbind").unlink()
    (machine / DRIVERS / "nvme/unbind").mkdir()
    said = shut_down(machine)
    assert "<4>bootpy: 0000:01:00.0 (nvme) stays bound\n" in said
    assert unbound(machine, "xhci_hcd") == "0000:3a:00.0\n"


def test_the_next_load_writes_it_anew(machine: Path) -> None:
    write(["nvme"], str(machine))
    write(["none"], str(machine))
    assert not (machine / TABLE).exists()
    forget(str(machine))
    write(["nvme", "none"], str(machine))
    assert (machine / TABLE).read_text() == "nvme as asked\n"


def test_asked_for_good_by_the_command_line(machine: Path) -> None:
    (machine / "proc/cmdline").write_text("ro bootpy.unbind=nvme,ahci quiet\n")
    assert asked_for_good(str(machine)) == ("nvme", "ahci")
    write((), str(machine))
    assert "nvme as asked\n" in (machine / TABLE).read_text()
    write(["ahci"], str(machine))
    assert "nvme" not in (machine / TABLE).read_text()
    assert asked_for_good(str(machine / "nothing")) == ()


def test_a_table_that_cannot_be_written_is_said(machine: Path) -> None:
    (machine / "run").write_text("no folder")
    (said,) = write_or_say(["nvme"], str(machine))
    assert said == f"no device is unbound at the jump: /{TABLE}: Not a directory"
