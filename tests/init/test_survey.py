"""What a look at the devices does again, and what not, by the numbers of the kernel's events."""

import os
import subprocess
from pathlib import Path
from typing import Any

from bootpy.entry import Host
from bootpy.init.drivers import Drivers
from bootpy.init.hotplug import newest_event
from bootpy.init.survey import Survey
from bootpy.options import Options
from bootpy.timeline import Timeline

NAMES = ("sda1", "cciss!c0d0p1")


def plug_in(name: str, image: bytes) -> None:
    """Make a partition: its folder in /sys, and for its node a file, which mounts nowhere."""
    folder = Path("/sys/class/block", name)
    folder.mkdir(parents=True)
    (folder / "partition").write_text("1\n")
    (folder / "size").write_text(f"{len(image) // 512}\n")
    node = Path("/dev", name.replace("!", "/"))
    node.parent.mkdir(exist_ok=True)
    node.write_bytes(image)


def event(number: int) -> None:
    os.makedirs("/sys/kernel", exist_ok=True)
    Path("/sys/kernel/uevent_seqnum").write_text(f"{number}\n")


def looks(image: bytes) -> list[Any]:
    timeline = Timeline()
    survey = Survey(timeline, Options(), Host("pc", "x86_64"), Drivers(timeline, "/none"))

    def look(changed: dict[str, int] | None = None) -> tuple[bool, list[str]]:
        timeline.spans.clear()
        new = survey.look(changed)
        return new, [span.name for span in timeline.spans if span.stage == "devices"]

    done: list[Any] = [look()]
    event(41)
    for name in NAMES:
        plug_in(name, image)
    done += [look({"sda1": 40}), look({"sda1": 41}), look({"sda1": 39, "cciss/c0d0p1": 41})]
    event(50)
    done += [look({"sda1": 45}), look({"sda1": 50}), look({"cciss/c0d0p1": 41})]
    done += [look({"sdz": 50}), look({"sdz": 51}), look()]
    done.append([(device.name, device.label) for device in survey.devices])
    return done


def test_an_event_of_before_the_last_look_is_no_news(empty_machine: Any, tmp_path: Path) -> None:
    image = tmp_path / "image"
    words = ["mke2fs", "-q", "-t", "ext4", "-L", "x", str(image), "1M"]
    subprocess.run(words, check=True, env={"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"})
    content = image.read_bytes()
    found = empty_machine(lambda: looks(content)).returned()
    assert found == [
        (False, ["enumeration"]),  # nothing there yet, and no number known
        (True, ["sda1", "cciss/c0d0p1", "enumeration"]),
        (False, []),
        (False, []),
        (False, ["sda1", "enumeration"]),  # something was done to it since: looked at, the same
        (False, []),
        (False, []),
        (False, []),  # it came and went before the last look
        (False, ["enumeration"]),
        (False, ["enumeration"]),
        [("sda1", "x"), ("cciss/c0d0p1", "x")],
    ]


def test_the_kernels_events_are_counted() -> None:
    assert newest_event() >= 0
