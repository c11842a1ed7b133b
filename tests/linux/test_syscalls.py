import errno
import os
import platform
import re
from pathlib import Path

import pytest

from bootpy.linux import syscalls
from bootpy.linux.arch import NUMBERS


def test_the_kernel_takes_the_numbers_for_what_they_are(tmp_path: Path) -> None:
    """Each call fails for a reason of its own that no other call would give."""
    (tmp_path / "module").write_text("this is no module")
    file = os.open(tmp_path / "module", os.O_RDONLY)
    with pytest.raises(OSError, match=r"system call") as caught:
        syscalls.finit_module(file, flags=1 << 30)
    os.close(file)
    # EINVAL for unknown flags comes after the check of the right to load modules.
    assert caught.value.errno in {errno.EINVAL, errno.EPERM, errno.ENOSYS}
    with pytest.raises(OSError, match=r"system call") as caught:
        syscalls.kexec_file_load(-1, -1, "quiet", 1 << 30)
    assert caught.value.errno in {errno.EINVAL, errno.EPERM, errno.ENOSYS}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="reads the headers of x86_64")
def test_numbers_are_those_of_the_kernels_headers() -> None:
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if not header.exists():
        pytest.skip("needs the package linux-libc-dev")
    found = dict(re.findall(r"#define __NR_(\w+) (\d+)", header.read_text()))
    numbers = NUMBERS["x86_64"]._asdict()
    assert {name: int(found[name]) for name in numbers} == numbers


def test_an_error_has_number_words_and_place() -> None:
    with pytest.raises(FileNotFoundError) as caught:
        syscalls.mount("/none", "/none/place", "ext4", 0)
    assert (caught.value.strerror, caught.value.filename) == ("No such file or directory", "/none")
    with pytest.raises(OSError, match=r"/none/place"):
        syscalls.unmount("/none/place")


def test_a_nul_in_a_command_line_is_refused_before_the_call() -> None:
    with pytest.raises(ValueError, match="NUL"):
        syscalls.kexec_file_load(-1, -1, "root=/dev/vda2\0 quiet", 0)


def test_openat2_gives_a_descriptor_that_is_not_inherited(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    root = os.open(tmp_path, os.O_PATH)
    found = syscalls.openat2(root, "/file", os.O_RDONLY | os.O_CLOEXEC, syscalls.RESOLVE_IN_ROOT)
    assert os.read(found, 10) == b"text"
    assert not os.get_inheritable(found)
    with pytest.raises(FileNotFoundError, match=r"/none"):
        syscalls.openat2(root, "/none", os.O_RDONLY, syscalls.RESOLVE_IN_ROOT)
    os.close(found)
    os.close(root)
