"""Where a counted boot's instructions went, stage by stage.

Exact are the borders that the plugin sees: the kernel's entry, /init's first instruction, each
line on the console, the entry of the kernel that was jumped into, its /init. What lies inside
bootpy's own part is told by the record of spans that it makes (docs/analyze.md): times of a
clock that runs a nanosecond for an instruction, and on while the processor waits.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any, NamedTuple

from bootpy.errors import BootError
from qemu.icount.run import Counted

JUMP = r"bench: jump|jumping into "
TARGET = r"bench: target"
_RECORD = re.compile(r"timeline: (\{.*\})")
_STAMP = re.compile(r"^\[ *(\d+\.\d+)\]")

_LINES = (
    ("drivers", r"bench: drivers|loading drivers"),
    ("devices", r"bench: devices"),
    ("readers", r"found \w+: "),
    ("load", r"bench: load|loading .*: \("),
    ("shutdown", r"bench: shutdown"),
)
"""Lines with which a stage begins; what is before the first is the start."""

Stages = dict[str, int]
"""Instructions by stage, in the order of the boot."""


class Boot(NamedTuple):
    """One counted boot, in instructions; `waited` in seconds, from the loader's first line.

    `unpack` from the kernel's entry to the end of its unpacking, `kernel` to /init, `loader` to
    the jump, `jump` to the next kernel's entry, `target` to its /init.
    """

    unpack: int
    kernel: int
    loader: int
    jump: int
    target: int
    waited: float
    stages: Stages

    @property
    def total(self) -> int:
        """From the kernel's entry to the target's /init."""
        return self.unpack + self.kernel + self.loader + self.jump + self.target


def boot(counted: Counted) -> Boot:
    """Return what a whole run took. BootError: it did not come to its end, with its console's."""
    kernel, upper, entry = (counted.marks(name) for name in ("kernel", "upper", "entry"))
    target = counted.first(TARGET)
    if not kernel or not upper or not entry or target is None:
        raise failure(counted, "the target was not booted")
    unpacked = upper[0].count
    init, jumped = loader(counted)
    return Boot(
        unpacked - kernel[0].count,
        init - unpacked,
        jumped - init,
        entry[-1].count - jumped,
        target.count - entry[-1].count,
        _waited(counted),
        _by_lines(counted, init, jumped),
    )


def loader(counted: Counted) -> tuple[int, int]:
    """Return the counts at /init's beginning and at the jump."""
    init, jumped = counted.marks("init"), counted.first(JUMP)
    if not init or jumped is None:
        raise failure(counted, "the loader did not come to the jump")
    return init[0].count, jumped.count


def failure(counted: Counted, what: str) -> BootError:
    """Return the error that tells what a run came to."""
    reason = f": {counted.failure}" if counted.failure else ""
    return BootError(f"{what}{reason}\n--- the console's end ---\n{counted.tail()}\n---")


def _by_lines(counted: Counted, init: int, jumped: int) -> Stages:
    borders = [("start", init)]
    for stage, pattern in _LINES:
        found = counted.first(pattern)
        if found is not None and borders[-1][1] <= found.count < jumped:
            borders.append((stage, found.count))
    borders.append(("", jumped))
    return {stage: end - begin for (stage, begin), (_, end) in pairwise(borders)}


def _waited(counted: Counted) -> float:
    """Return what the clock went on while nothing was executed, between the loader's lines."""
    jumped = counted.first(JUMP)
    last = jumped.count if jumped else 0
    stamped = [(line.count, _STAMP.match(line.text)) for line in counted.lines()]
    ours = [(count, float(found[1])) for count, found in stamped if found and count <= last]
    if len(ours) < 2:
        return 0.0
    (begun, since), (ended, to) = ours[0], ours[-1]
    return max(0.0, to - since - (ended - begun) / 1e9)


def recorded(counted: Counted) -> Stages:
    """Return the stages by the loader's record; nothing where it makes none."""
    line = counted.first(_RECORD.pattern)
    found = _RECORD.search(line.text) if line else None
    return innermost(json.loads(found[1])["spans"]) if found else {}


def innermost(spans: list[list[Any]]) -> Stages:
    """Return the nanoseconds of each stage, of spans [stage, name, start, end] in microseconds.

    Where spans lie inside each other, time belongs to the one that began last.
    """
    borders = sorted({at for _, _, start, end in spans for at in (start, end)})
    stages: Stages = {}
    for begin, end in pairwise(borders):
        over = [span for span in spans if span[2] <= begin and end <= span[3]]
        if over:
            stage = max(over, key=lambda span: (span[2], -span[3]))[0]
            stages[stage] = stages.get(stage, 0) + (end - begin) * 1000
    order = list(dict.fromkeys(span[0] for span in spans))
    return {stage: stages[stage] for stage in order if stage in stages and stage != "kernel"}


def with_rest(stages: Stages, whole: int) -> Stages:
    """Return stages together with what they leave of the whole."""
    rest = whole - sum(stages.values())
    return {**stages, "rest": rest} if rest > 0 else stages
