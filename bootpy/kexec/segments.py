"""Load a planned kernel with kexec_load(2), as segments that are placed and filled here.

Three of them: the kernel and the initrd straight from their files, and the handover, which
is the trampoline with its page tables, the boot parameters, and what these refer to.
"""

import os

from bootpy.kexec import bootparams, trampoline
from bootpy.kexec.bzimage import header
from bootpy.kexec.image import read_at
from bootpy.kexec.memory_map import (
    all_processors_run,
    firmware_map,
    running_kernel,
    usable,
    without,
)
from bootpy.kexec.placement import pages, place
from bootpy.kexec.plan import Plan
from bootpy.linux.arch import processor_flags
from bootpy.linux.kexec import Mapping, Segment, kexec_load

_IOMEM = "/proc/iomem"
_EFI = "/sys/firmware/efi"
_ENTRY_64 = 0x200  # of the 64-bit entry in the loaded kernel (Documentation/x86/boot.rst)
_SEED = 32  # bytes, as the kernel's own loader gives
_HEAD = 0x300


def load_segments(plan: Plan) -> list[str]:
    """Load a bzImage for the jump, and say what of this machine could not be handed over.

    OSError with the kernel's answer; BootError where there is no place for the segments.
    """
    image = header(read_at(plan.kernel, 0, _HEAD, plan.name))
    current = _content(bootparams.CURRENT)
    efi, missing = None, ""
    rsdp = bootparams.given_root_pointer(current)
    if os.path.isdir(_EFI):
        from bootpy.kexec.efi_state import root_pointer, runtime_services

        efi, missing = runtime_services(current, image.flags)
        rsdp = rsdp or root_pointer()
    regions = firmware_map()
    iomem = _content(_IOMEM).decode("ascii", "replace")
    what = bootparams.Handover(
        image.setup,
        current,
        regions,
        plan.cmdline.encode(errors="surrogateescape"),
        plan.initrd_size,
        rsdp,
        efi,
        _seed(),
    )
    large = "pdpe1gb" in processor_flags()
    tables = trampoline.size(regions, large)
    length = tables + len(bootparams.build(what, 0, 0))
    free = usable(regions, iomem)
    running, behind = running_kernel(iomem)
    if not all_processors_run():
        # One that is off waits in this kernel's code, and a write to memory may wake it up
        # (mwait_play_dead in arch/x86/kernel/smpboot.c of Linux 6.1): let it find that code.
        free, running = without(free, running, behind), 0
    placed = place(free, image, plan.initrd_size, length, running)
    entry = placed.kernel + _ENTRY_64
    parameters = placed.handover + tables
    handover = trampoline.build(
        placed.handover, parameters, entry, regions, large
    ) + bootparams.build(what, parameters, placed.initrd)
    segments = [Segment(handover, 0, length, placed.handover, pages(length))]
    mapped: list[Mapping] = []
    try:
        mapped.append(Mapping(plan.kernel, image.code_offset + image.code_size))
        segments.append(
            Segment(
                mapped[0],
                image.code_offset,
                image.code_size,
                placed.kernel,
                pages(image.code_size),
            )
        )
        if plan.initrd_size:
            mapped.append(Mapping(plan.initrd, plan.initrd_size))
            size = plan.initrd_size
            segments.append(Segment(mapped[1], 0, size, placed.initrd, pages(size)))
        kexec_load(placed.handover, segments)
    finally:
        for mapping in mapped:
            mapping.close()
    return [f"EFI's runtime services are not handed over: {missing}"] if missing else []


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
