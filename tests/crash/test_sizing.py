"""How much memory a capture takes, and what is recommended."""

import pytest

from bootpy.crash.sizing import MIB, Sizes, as_word, sizes


@pytest.mark.parametrize(
    ("total", "recommended"),
    [(1 << 30, 192), (4 << 30, 256), (63 << 30, 256), (64 << 30, 512), (1 << 40, 512)],
)
def test_larger_machines_get_more(total: int, recommended: int) -> None:
    assert sizes(50 * MIB, 6 * MIB, 20 * MIB, total).recommended == recommended * MIB


def test_a_large_image_gets_what_it_takes() -> None:
    found = sizes(60 * MIB, 100 * MIB, 300 * MIB, 1 << 30)
    assert found.least >= 460 * MIB
    assert found.recommended > found.least * 1.25
    assert found.recommended % (32 * MIB) == 0
    assert isinstance(found, Sizes)


def test_the_word_is_in_whole_mebibytes() -> None:
    assert as_word(192 * MIB) == "crashkernel=192M"
    assert as_word(192 * MIB + 1) == "crashkernel=193M"
