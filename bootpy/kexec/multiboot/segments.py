"""Load a planned Multiboot kernel with kexec_load(2): where its parts go, and what it is told.

Everything lies below 4 GiB. Modules begin at a page, in order and above the kernel; behind them
are the code that is entered first, and the information.
"""

import os

from bootpy.kexec.bootparams import CURRENT
from bootpy.kexec.initrds import Part, in_memory
from bootpy.kexec.memory_map import (
    PAGE,
    Region,
    all_processors_run,
    firmware_map,
    running_kernel,
    usable,
    within,
    without,
)
from bootpy.kexec.multiboot import entry
from bootpy.kexec.multiboot import kernel as kernels
from bootpy.kexec.multiboot.firmware import root_pointer, system_table
from bootpy.kexec.multiboot.header import VERSIONS, Header
from bootpy.kexec.multiboot.information import Module, Told, build
from bootpy.kexec.multiboot.placement import LIMIT, Placement, place
from bootpy.kexec.multiboot.plan import header_of
from bootpy.kexec.placement import pages
from bootpy.kexec.planned import ANYWHERE, Plan, Terms
from bootpy.linux.kexec import MOST_SEGMENTS, Mapping, Segment, kexec_load

_IOMEM = "/proc/iomem"
_EFI = "/sys/firmware/efi"
_SECTIONS = 9  # information on ELF's sections, which only version 2 can ask for
_SCREEN = 8


def load_segments(plan: Plan, record: bytes = b"", terms: Terms = ANYWHERE) -> list[str]:
    """Load a Multiboot kernel for the jump; say what could not be handed over.

    It has no place for the `record`. OSError with the kernel's answer; BootError where there is
    no place for the segments.
    """
    header = header_of(plan.kernel, VERSIONS[plan.format], plan.name)
    kernel = kernels.read(plan.kernel, plan.kernel_size, header, plan.name)
    regions = firmware_map()
    iomem = _content(_IOMEM).decode("ascii", "replace")
    free = within(usable(regions, iomem), terms.lowest, min(terms.highest + 1, LIMIT))
    if not all_processors_run():
        # See `bootpy.kexec.segments`: one that is off waits in this kernel's code.
        free = without(free, *running_kernel(iomem))
    told, low, remarks = _told(plan, header, regions)
    nowhere = Placement(0, (0,) * len(plan.modules), 0)
    length = PAGE + len(_information(told, plan, header, kernel, nowhere))
    sizes = [part.size for part, _ in plan.modules]
    placed = place(free, kernel, header.relocation, sizes, length)
    start = kernel.entry + placed.moved
    handover = entry.build(placed.handover, header.version, placed.handover + PAGE, start)
    handover += _information(told, plan, header, kernel, placed)
    segments = [Segment(handover, 0, length, placed.handover, pages(length))]
    segments += [Segment(page, 0, PAGE, at, PAGE) for at, page in low]
    segments += kernel_segments(plan, kernel, placed.moved)
    mapped: list[Mapping] = []
    try:
        segments += module_segments(plan, placed, MOST_SEGMENTS - len(segments), mapped)
        kexec_load(placed.handover, segments)
    finally:
        for mapping in mapped:
            mapping.close()
    return remarks


def _told(
    plan: Plan, header: Header, regions: list[Region]
) -> tuple[Told, list[tuple[int, bytes]], list[str]]:
    """Gather what the kernel is told, all but where things are.

    Besides, pages of a BIOS's data with their addresses, where it needs them, and remarks.
    """
    current = _content(CURRENT)
    pointer = root_pointer(current)
    low: list[tuple[int, bytes]] = []
    remarks = []
    if os.path.isdir(_EFI):
        from bootpy.kexec.multiboot.bios_data import made

        low, regions = made(regions, pointer)
        if not low or not pointer:
            what = "ACPI's root pointer" if low else "a BIOS's data area"
            remarks.append(f"{plan.name} may look for {what}, which cannot be made on this machine")
    screen = None
    if header.screen or _SCREEN in header.requests:
        from bootpy.kexec.screen_driver import still_shown
        from bootpy.kexec.screen_info import screen_of

        shown, missing = still_shown(current)
        screen = screen_of(shown)
        remarks += filter(None, (missing,))
    told = Told(
        os.fsencode(plan.cmdline),
        plan.loader.encode(),
        regions,
        screen=screen,
    )
    if header.version == 2:
        told = told._replace(rsdp=pointer, system_table=system_table(current))
    return told, low, remarks


def _information(
    told: Told, plan: Plan, header: Header, kernel: kernels.Kernel, placed: Placement
) -> bytes:
    """Return what goes behind the code of the handover, by where all is."""
    modules = [
        Module(start, start + part.size, os.fsencode(text))
        for start, (part, text) in zip(placed.modules, plan.modules, strict=True)
    ]
    base = None if header.relocation is None else kernel.start + placed.moved
    told = told._replace(modules=modules, base=base)
    if _SECTIONS in header.requests and (sections := kernel.sections) is not None:
        file = (plan.kernel, plan.kernel_size, plan.name)
        told = told._replace(
            sections=lambda at: kernels.told_sections(file, sections, at, placed.moved)
        )
    return build(header.version, told, placed.handover + PAGE)


def kernel_segments(plan: Plan, kernel: kernels.Kernel, moved: int) -> list[Segment]:
    """Return the kernel's segments: parts that share a page, or touch, are one."""
    groups: list[tuple[int, int, bytearray]] = []  # start, end, content
    for part in kernel.parts:
        start = part.place // PAGE * PAGE
        if groups and start <= groups[-1][1]:
            start, end, content = groups.pop()
        else:
            end, content = start, bytearray()
        content += bytes(part.place - start - len(content))
        content += kernels.content(plan.kernel, part, plan.name)
        end = max(end, -(-(part.place + part.memory) // PAGE) * PAGE)
        groups.append((start, end, content))
    return [
        Segment(bytes(content), 0, len(content), start + moved, end - start)
        for start, end, content in groups
    ]


def _joined(rows: list[tuple[int, tuple[Part, ...]]]) -> list[tuple[int, tuple[Part, ...]]]:
    """Join modules that lie side by side."""
    found: list[tuple[int, tuple[Part, ...]]] = []
    behind = 0
    for start, parts in rows:
        if found and start == behind:
            found[-1] = (found[-1][0], (*found[-1][1], *parts))
        else:
            found.append((start, parts))
        behind = start + sum(pages(part.size) for part in parts)
    return found


def module_segments(
    plan: Plan, placed: Placement, left: int, mapped: list[Mapping]
) -> list[Segment]:
    """Return the modules' segments; where there are more than `left`, those that touch are one.

    What they are mapped by is put into `mapped`, for the caller to close.
    """
    rows: list[tuple[int, tuple[Part, ...]]]
    rows = [(start, (part,)) for start, (part, _) in zip(placed.modules, plan.modules, strict=True)]
    if len(rows) > left:
        rows = _joined(rows)
    found = []
    for start, parts in rows:
        size = sum(pages(part.size) for part in parts[:-1]) + parts[-1].size
        if len(parts) == 1:
            mapped.append(Mapping(parts[0].fd, size))
        else:
            copied = in_memory("modules", parts, PAGE)
            try:
                mapped.append(Mapping(copied, size))
            finally:
                os.close(copied)
        found.append(Segment(mapped[-1], 0, size, start, pages(size)))
    return found


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
