"""System call numbers that libc exports no function for, by machine.

Source: arch/*/entry/syscalls/*.tbl and include/uapi/asm-generic/unistd.h of Linux 6.1.
"""

from typing import NamedTuple


class Numbers(NamedTuple):
    """Numbers of the calls that neither glibc nor musl wraps."""

    kexec_load: int
    kexec_file_load: int
    finit_module: int
    openat2: int = 437


_GENERIC = Numbers(kexec_load=104, kexec_file_load=294, finit_module=273)

NUMBERS = {
    "x86_64": Numbers(kexec_load=246, kexec_file_load=320, finit_module=313),
    "aarch64": _GENERIC,
    "riscv64": _GENERIC,
    "ppc64le": Numbers(kexec_load=268, kexec_file_load=382, finit_module=353),
    "s390x": Numbers(kexec_load=277, kexec_file_load=381, finit_module=344),
    "armv7l": Numbers(kexec_load=347, kexec_file_load=401, finit_module=379),
}
