"""Load a planned kernel with kexec_load(2), as segments that are placed and filled here.

Three of them: the kernel and the initrd straight from their files, and the handover, which
is the trampoline with its page tables, the boot parameters, and what these refer to. A kernel
as ELF has several of its own.
"""

import os
from collections.abc import Sequence

from bootpy.kexec import bootparams, trampoline
from bootpy.kexec.bzimage import Header, header
from bootpy.kexec.image import read_at
from bootpy.kexec.memory_map import (
    Region,
    all_processors_run,
    firmware_map,
    running_kernel,
    usable,
    within,
    without,
)
from bootpy.kexec.placement import Kernel, Placement, Stretch, pages, place
from bootpy.kexec.planned import ANYWHERE, Plan, Terms
from bootpy.linux.arch import processor_flags
from bootpy.linux.kexec import Mapping, Segment, kexec_load

_IOMEM = "/proc/iomem"
_EFI = "/sys/firmware/efi"
_CARDS = "/sys/class/drm"
_ENTRY_64 = 0x200  # of the 64-bit entry in the loaded kernel (Documentation/x86/boot.rst)
_SEED = 32  # bytes, as the kernel's own loader gives
_HEAD = 0x300


def load_segments(plan: Plan, record: bytes = b"", terms: Terms = ANYWHERE) -> list[str]:
    """Load a bzImage or an ELF kernel for the jump; say what could not be handed over.

    `record` goes along in setup_data. OSError with the kernel's answer; BootError where there
    is no place for the segments, by the machine or by the `terms`.
    """
    kernel = _kernel(plan)
    what, remarks = _handed_over(plan, kernel.header, record, terms.efi)
    large = "pdpe1gb" in processor_flags()
    tables = trampoline.size(what.regions, large)
    length = tables + len(bootparams.build(what, 0, 0))
    placed = _placed(what.regions, kernel.header, plan.initrd_size, length, terms)
    entry = placed.kernel + kernel.entry
    parameters = placed.handover + tables
    handover = trampoline.build(placed.handover, parameters, entry, what.regions, large)
    handover += bootparams.build(what, parameters, placed.initrd)
    segments = [Segment(handover, 0, length, placed.handover, pages(length))]
    mapped: list[Mapping] = []
    try:
        mapped.append(Mapping(plan.kernel, max(one.offset + one.size for one in kernel.stretches)))
        segments += [
            Segment(mapped[0], one.offset, one.size, placed.kernel + one.place, one.memory)
            for one in kernel.stretches
        ]
        if size := plan.initrd_size:
            mapped.append(Mapping(plan.initrd, size))
            segments.append(Segment(mapped[1], 0, size, placed.initrd, pages(size)))
        kexec_load(placed.handover, segments)
    finally:
        for mapping in mapped:
            mapping.close()
    return remarks


def _kernel(plan: Plan) -> Kernel:
    if plan.format == "ELF":
        from bootpy.kexec import vmlinux

        return vmlinux.read(plan.kernel, plan.name)
    image = header(read_at(plan.kernel, 0, _HEAD, plan.name))
    size = min(image.code_size, plan.kernel_size - image.code_offset)
    whole = Stretch(image.code_offset, size, 0, pages(image.code_size))
    return Kernel(image, _ENTRY_64, (whole,))


def _handed_over(
    plan: Plan, image: Header, record: bytes, with_efi: bool
) -> tuple[bootparams.Handover, list[str]]:
    """Gather what the next kernel is told, and why not all of it."""
    current = _content(bootparams.CURRENT)
    efi, remarks = None, []
    rsdp = bootparams.given_root_pointer(current)
    if os.path.isdir(_EFI):
        from bootpy.kexec.efi_state import root_pointer, runtime_services

        if with_efi:
            efi, missing = runtime_services(current, image.flags)
            if missing:
                remarks.append(f"EFI's runtime services are not handed over: {missing}")
        rsdp = rsdp or root_pointer()
    if os.path.isdir(_CARDS):
        from bootpy.kexec.screen_driver import still_shown

        current, missing = still_shown(current)
        remarks += filter(None, (missing,))
    cmdline = plan.cmdline.encode(errors="surrogateescape")
    what = bootparams.Handover(
        image.setup,
        current,
        firmware_map(),
        cmdline,
        plan.initrd_size,
        rsdp,
        efi,
        _seed(),
        record,
    )
    return what, remarks


def _placed(
    regions: Sequence[Region], image: Header, initrd: int, handover: int, terms: Terms
) -> Placement:
    iomem = _content(_IOMEM).decode("ascii", "replace")
    free = usable(regions, iomem)
    if terms != ANYWHERE:
        free = within(free, terms.lowest, terms.highest + 1)
    running, behind = running_kernel(iomem)
    if not all_processors_run():
        # One that is off waits in this kernel's code, and a write to memory may wake it up
        # (mwait_play_dead in arch/x86/kernel/smpboot.c of Linux 6.1): let it find that code.
        free, running = without(free, running, behind), 0
    return place(free, image, initrd, handover, running)


def _seed() -> bytes:
    try:
        return os.getrandom(_SEED, os.GRND_NONBLOCK)
    except BlockingIOError:
        return b""  # the kernel has none itself yet


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
