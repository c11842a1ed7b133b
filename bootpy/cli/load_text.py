"""What a load does, or would do, as a person reads it."""

import os
from collections.abc import Iterator

from bootpy.cli.devices import size_text
from bootpy.cli.list_text import clean
from bootpy.cli.what_to_load import Chosen
from bootpy.entry import Entry, File
from bootpy.kexec.image import examine
from bootpy.kexec.machine import cmdline_limit, this_machine
from bootpy.kexec.planned import Plan
from bootpy.kexec.state import State


def plan_lines(found: Chosen, plan: Plan, state: State) -> Iterator[str]:
    """Give the lines of a dry run: the call, files with sizes, command line, memory, checks."""
    for name, value in _rows(found, plan, state):
        yield clean(f"  {name:<13} {value}".rstrip())


def name_of(entry: Entry) -> str:
    """Call an entry as a person would find it again."""
    return clean(f"{' > '.join(entry.path)} ({entry.id})")


def _rows(found: Chosen, plan: Plan, state: State) -> Iterator[tuple[str, str]]:
    entry = found.entry
    yield "call", plan.way
    if len(plan.calls) > 1:
        yield "", "kexec_file_load, should the kernel refuse that"
    assert entry.kernel is not None
    yield "kernel", _file(entry.kernel, found)
    inside = " in ".join(reversed((*plan.unwrapped, plan.format)) if plan.unwrapped else ())
    version = f", Linux {plan.version.split()[0]}" if plan.version else ""
    yield "", f"{inside or plan.format}, {size_text(plan.kernel_size)}{version}"
    for initrd in entry.initrds:
        yield "initrd", _file(initrd, found)
    for extra in entry.extras:
        yield "goes along", _file(extra, found)
    for part, text in plan.modules:
        yield "module", f"{part.name}  {size_text(part.size)}"
        yield "", text or "(no arguments)"
    if plan.loader:
        yield "loader's name", plan.loader
    elif plan.initrd < 0:
        yield "initrd", "none"
    elif len(entry.initrds) != 1 or entry.extras or plan.unwrapped:
        yield "", f"in all {size_text(plan.initrd_size)}, each part at a multiple of four bytes"
    if plan.devicetree >= 0:
        yield "device tree", plan.devicetree_name
    yield "command line", plan.cmdline or "(empty)"
    machine = this_machine()
    beside = "modules" if plan.loader else "initrd"
    yield (
        "memory",
        (
            f"{size_text(plan.memory or plan.kernel_size)} for the kernel and "
            f"{size_text(plan.initrd_size)} for the {beside}, of {size_text(machine.total)}; "
            f"{size_text(machine.available)} are free"
        ),
    )
    if state.reboot:
        yield "replaces", "the kernel that is loaded now"
    image = None if plan.loader else examine(plan.kernel, plan.name)
    limit = cmdline_limit(image, plan.calls[0]) if image else 0
    length = len(os.fsencode(plan.cmdline))
    yield "checked", f"the kernel is whole, and one for this machine ({machine.architecture})"
    yield "", f"its command line has {length} bytes" + (f" of at most {limit}" if limit else "")
    yield "", f"kernel and {beside} fit the memory"
    yield "", "nobody has a file of it open for writing"


def _file(file: File, found: Chosen) -> str:
    volume = found.volumes.named(file.volume or "")
    status = volume.status(file.path) if volume is not None and file.path is not None else None
    return f"{file}  {size_text(status.size)}" if status else str(file)
