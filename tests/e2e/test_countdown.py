"""What happens while the menu counts down: the disk is read, and not looked at again."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

from console_talk import Start

from bootpy.cli.recorded import from_file
from bootpy.timeline import Span
from qemu.disks import recipes
from qemu.loader import loader_machine
from qemu.machine import Machine
from qemu.scenarios import State

SLOW = 4_000_000  # bytes a second, so that the kernel of 14 MB takes some seconds


def slow(image: Path) -> tuple[str, ...]:
    """QEMU's words for a disk that gives so many bytes a second and no more."""
    file = {"driver": "file", "filename": str(image.resolve()), "read-only": True}
    raw = {"driver": "raw", "read-only": True, "file": file}
    node = {"driver": "throttle", "node-name": "slow", "throttle-group": "rate", "read-only": True}
    return (
        *("-object", f"throttle-group,id=rate,x-bps-total={SLOW}"),
        *("-blockdev", json.dumps({**node, "file": raw})),
        *("-device", "virtio-blk-pci,drive=slow"),
    )


def spans(start: Start, machine: Machine, words: str, folder: Path) -> list[Span]:
    # Guest time is counted in instructions, so that a busy host's does not hide the disk's.
    machine = replace(machine.appended(f"bootpy.timeline=console {words}"), counted=True, cpus=1)
    log = folder / "console.log"
    log.write_text(start(machine).to(State.JUMPED).console.text)
    return list(from_file(str(log)).record.spans)


def seconds(found: list[Span], stage: str) -> float:
    return sum(span.end - span.start for span in found if span.stage == stage)


def test_the_load_after_a_countdown_does_not_wait_for_the_disk(
    start: Start, tmp_path: Path
) -> None:
    machine = replace(loader_machine(), extra=slow(recipes.grub()))
    cold = spans(start, machine, "bootpy.timeout=0", tmp_path)
    warm = spans(start, machine, "bootpy.timeout=9", tmp_path)
    assert seconds(warm, "menu") >= 8.9
    # It holds the kernel against its checksum too, for which nothing is left without a countdown.
    assert seconds(warm, "load") < seconds(cold, "load") / 5


def test_the_kernels_late_word_of_a_disk_has_it_not_probed_again(
    start: Start, tmp_path: Path
) -> None:
    found = spans(start, loader_machine(recipes.grub()), "bootpy.timeout=3", tmp_path)
    probed = Counter(span.name for span in found if span.stage == "devices")
    assert {"vda", "vda1"} <= set(probed)
    assert set(probed.values()) == {1}
