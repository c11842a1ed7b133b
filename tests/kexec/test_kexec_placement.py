from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_images import debian_kernel
from recorded import FIRMWARES, iomem, laid_out

from bootpy.errors import BootError
from bootpy.kexec.bzimage import Header, header
from bootpy.kexec.memory_map import PAGE, Region, firmware_map, running_kernel, usable
from bootpy.kexec.placement import REACH, Placement, pages, place

MIB = 1 << 20
GIB = 1 << 30
HEADER = Header(b"", 512, 14 * MIB, 54 * MIB, 2 * MIB, True, 16 * MIB, 0x7FFFFFFF, 0x7F)


def test_debians_header() -> None:
    found = header(debian_kernel()[:0x300])
    assert found.code_offset == 512 * (debian_kernel()[0x1F1] + 1)
    assert found.code_offset + found.code_size <= len(debian_kernel())
    assert found.init_size > found.code_size
    assert (found.alignment, found.preferred, found.relocatable) == (2 * MIB, 16 * MIB, True)
    assert found.initrd_max == 0x7FFFFFFF
    assert found.setup[0x11:0x15] == b"HdrS"
    assert len(found.setup) == 0x202 + debian_kernel()[0x201] - 0x1F1


def test_a_kernel_goes_where_this_one_is() -> None:
    free = [(MIB, 2 * GIB)]
    assert place(free, HEADER, 30 * MIB, 5000, 0x13200000) == Placement(
        0x13200000, 16 * MIB, 46 * MIB
    )
    # Aligned upwards, as a kernel of another alignment is not where this one could be.
    assert place(free, HEADER, 0, 5000, 0x13100000).kernel == 0x13200000


@pytest.mark.parametrize("running", [0, 8 * MIB, 2 * GIB, 2 * GIB - 40 * MIB])
def test_else_where_it_would_be_put_by_firmware(running: int) -> None:
    free = [(MIB, 2 * GIB)]
    assert place(free, HEADER, 30 * MIB, 5000, running) == Placement(16 * MIB, 70 * MIB, 100 * MIB)


def test_else_the_lowest_place_above() -> None:
    free = [(MIB, 60 * MIB), (101 * MIB, 200 * MIB)]
    assert place(free, HEADER, 30 * MIB, 5000).kernel == 102 * MIB
    above = [(MIB, 40 * MIB), (4 * GIB, 5 * GIB)]
    assert place(above, HEADER, 10 * MIB, 5000) == Placement(4 * GIB, 16 * MIB, 26 * MIB)


def test_an_initrd_above_where_it_should_be_only_where_it_must() -> None:
    free = [(MIB, 100 * MIB), (4 * GIB, 8 * GIB)]
    assert place(free, HEADER, 500 * MIB, 5000) == Placement(16 * MIB, 4 * GIB, 70 * MIB)
    # Below 16 MiB rather than above 2 GiB.
    assert place(free, HEADER._replace(init_size=84 * MIB), 10 * MIB, 5000).initrd == MIB


def test_a_kernel_that_is_not_relocatable() -> None:
    fixed = HEADER._replace(relocatable=False)
    assert place([(MIB, GIB)], fixed, 0, 5000, 0x13200000).kernel == 16 * MIB
    with pytest.raises(BootError, match="no place in memory for the kernel"):
        place([(MIB, 32 * MIB), (64 * MIB, GIB)], fixed, 0, 5000)


def test_a_kernel_that_knows_no_addresses_above_4_gib_gets_none() -> None:
    old = HEADER._replace(flags=0x01)
    with pytest.raises(BootError, match="no place in memory for the initrd"):
        place([(MIB, 100 * MIB), (4 * GIB, 8 * GIB)], old, 500 * MIB, 5000)
    with pytest.raises(BootError, match="no place in memory for the kernel"):
        place([(MIB, 40 * MIB), (4 * GIB, 5 * GIB)], old, 0, 5000)


@pytest.mark.parametrize(
    ("free", "initrd", "what"),
    [
        ([], 0, "the kernel: it takes 56.6 MB in one piece, and the largest free stretch has 0.0"),
        ([(MIB, 60 * MIB)], 0, "the kernel"),
        ([(MIB, 100 * MIB)], 40 * MIB, "the initrd: it takes 41.9 MB"),
        ([(MIB, 70 * MIB)], 15 * MIB, "the boot parameters"),
        ([(REACH, REACH + GIB)], 0, "the kernel"),
    ],
)
def test_no_room(free: list[tuple[int, int]], initrd: int, what: str) -> None:
    with pytest.raises(BootError) as refused:
        place(free, HEADER, initrd, 5000)
    assert f"there is no place in memory for {what}" in refused.value.message
    assert "more memory" in refused.value.hint


def check(
    free: list[tuple[int, int]], image: Header, sizes: tuple[int, int], at: Placement
) -> None:
    """Assert that nothing lies outside of memory, upon another part, or unaligned."""
    extent = pages(max(image.init_size, image.code_size))
    parts = [(at.kernel, extent), (at.handover, pages(sizes[1]))]
    if sizes[0]:
        parts.append((at.initrd, pages(sizes[0])))
    for start, size in parts:
        assert any(low <= start and start + size <= high for low, high in free), (start, size)
        assert start % PAGE == 0
        assert start + size <= REACH
    ordered = sorted(parts)
    for (start, size), (following, _) in pairwise(ordered):
        assert start + size <= following
    if image.relocatable:
        assert at.kernel % image.alignment == 0
        assert at.kernel >= image.preferred
    else:
        assert at.kernel == image.preferred


@pytest.mark.parametrize("firmware", FIRMWARES)
@pytest.mark.parametrize("initrd", [0, 1_000_001, 300_000_000, 2_100_000_000])
def test_on_recorded_machines(tmp_path: Path, firmware: str, initrd: int) -> None:
    root = laid_out(tmp_path, firmware)
    free = usable(firmware_map(root), iomem(root))
    image = header(debian_kernel()[:0x300])
    at = place(free, image, initrd, 30_000, running_kernel(iomem(root))[0])
    check(free, image, (initrd, 30_000), at)


@st.composite
def maps(draw: st.DrawFn) -> tuple[list[Region], str]:
    """Draw a firmware's map, and /proc/iomem of a kernel that has marked some of its RAM."""
    position, regions, lines = 0, [], []
    for _ in range(draw(st.integers(1, 8))):
        start = position + draw(st.integers(0, 1 << 34))
        end = start + draw(st.integers(1, 1 << 32))
        kind = draw(st.sampled_from([1, 1, 1, 2, 3, 4]))
        regions.append(Region(start, end, kind))
        if kind == 1:
            lines.append(f"{start:08x}-{end - 1:08x} : System RAM")
            for name in draw(st.lists(st.sampled_from(["Reserved", "Kernel code"]), max_size=2)):
                low = draw(st.integers(start, end - 1))
                high = draw(st.integers(low, end - 1))
                lines.append(f"  {low:08x}-{high:08x} : {name}")
        position = end
    return regions, "\n".join(lines)


@given(
    machine=maps(),
    image=st.builds(
        Header,
        setup=st.just(b""),
        code_offset=st.just(512),
        code_size=st.integers(1, 64 * MIB),
        init_size=st.integers(1, 256 * MIB),
        alignment=st.sampled_from([PAGE, 2 * MIB, 16 * MIB]),
        relocatable=st.booleans(),
        preferred=st.sampled_from([MIB, 16 * MIB, 17 * MIB]),
        initrd_max=st.sampled_from([0x37FFFFFF, 0x7FFFFFFF, 0xFFFFFFFF]),
        flags=st.just(0x7F),
    ),
    initrd=st.integers(0, 512 * MIB),
    handover=st.integers(1, 4 * MIB),
    running=st.integers(0, 1 << 36),
)
def test_nothing_outside_of_memory_or_upon_each_other(
    machine: tuple[list[Region], str], image: Header, initrd: int, handover: int, running: int
) -> None:
    regions, text = machine
    free = usable(regions, text)
    try:
        at = place(free, image, initrd, handover, running)
    except BootError:
        return
    check(free, image, (initrd, handover), at)
    for start, size in ((at.kernel, image.init_size), (at.handover, handover)):
        ram = [r for r in regions if r.type == 1 and r.start <= start and start + size <= r.end]
        assert ram, "outside of what the firmware calls memory"
        for line in text.splitlines():
            if line.endswith("Reserved"):
                low, high = (int(part, 16) for part in line.split()[0].split("-"))
                assert high < start or start + size <= low
