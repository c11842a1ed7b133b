"""The running system's command line for another kernel."""

import pytest

from bootpy.kexec.given import reused


@pytest.mark.parametrize(
    ("line", "crash", "expected"),
    [
        ("BOOT_IMAGE=/vmlinuz root=/dev/vda2 ro", False, "root=/dev/vda2 ro"),
        ('ro  x="a  BOOT_IMAGE=b" BOOT_IMAGE="/a b"', False, 'ro x="a  BOOT_IMAGE=b"'),
        ("NO_BOOT_IMAGE=1 ro", False, "NO_BOOT_IMAGE=1 ro"),
        ("ro crashkernel=256M quiet", False, "ro crashkernel=256M quiet"),
        # kexec-tools leaves all but the first.
        ("ro crashkernel=1G,high crashkernel=72M,low quiet", True, "ro quiet"),
        ("", True, ""),
    ],
)
def test_reused(line: str, crash: bool, expected: str) -> None:
    assert reused(line, crash) == expected
