"""Whether a crash kernel fits the memory that is kept for it."""

import pytest

from bootpy.errors import BootError
from bootpy.kexec.crash import refuse_too_big
from bootpy.kexec.planned import Plan

PLAN = Plan(-1, -1, "", "/boot/vmlinuz", "bzImage", "", 8 << 20, 40 << 20, 60 << 20)


def test_what_fits() -> None:
    refuse_too_big(PLAN, 100 << 20)


def test_what_does_not_is_told_with_both_sizes() -> None:
    with pytest.raises(BootError, match=r"need 104\.9 MB, and crashkernel= keeps 103\.8 MB"):
        refuse_too_big(PLAN, (99 << 20))
