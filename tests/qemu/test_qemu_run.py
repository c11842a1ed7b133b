"""What a run in the user's terminal leaves behind."""

from pathlib import Path

from bootpy.timeline import Span, Timeline
from qemu.machine import Machine
from qemu.run import leave_chart, recording


def record() -> str:
    timeline = Timeline()
    timeline.spans.append(Span("drivers", "virtio_blk", 1.0, 2.0))
    return timeline.record("jump").decode() + "\n"


def test_the_loader_is_given_a_port_for_its_record(tmp_path: Path) -> None:
    logs = tmp_path / "a,b"
    machine = recording(Machine(append="quiet", extra=("-nic", "none")), logs)
    assert machine.append == "bootpy.timeline=ttyS1 quiet"  # what the user says counts more
    assert machine.extra == (
        "-nic",
        "none",
        "-chardev",
        f"file,id=timeline,path={tmp_path}/a,,b/run.json",
        "-device",
        "isa-serial,index=1,chardev=timeline",
    )
    assert logs.is_dir()


def test_a_run_that_jumped_leaves_a_chart(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(record())
    lines = leave_chart(tmp_path)
    assert "drivers 1.000s" in lines[0]
    assert str(tmp_path / "run.svg") in lines[1]
    assert str(tmp_path / "run.log") in lines[1]
    assert ">virtio_blk (1.000 s)<" in (tmp_path / "run.svg").read_text()


def test_a_run_without_a_jump_leaves_none(tmp_path: Path) -> None:
    assert leave_chart(tmp_path) == []
    (tmp_path / "run.json").touch()
    assert leave_chart(tmp_path) == []
    assert not (tmp_path / "run.svg").exists()


def test_a_record_that_was_cut_off_is_said(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(record()[:50])
    (line,) = leave_chart(tmp_path)
    assert "warning: no chart" in line
