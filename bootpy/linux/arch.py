"""What differs from machine to machine: numbers of system calls, features of processors.

Source: arch/*/entry/syscalls/*.tbl and include/uapi/asm-generic/unistd.h of Linux 6.1.
"""

import os
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


def system_calls() -> Numbers:
    """Return the numbers for the running machine; OSError (ENOSYS) for one not known here."""
    machine = os.uname().machine
    try:
        return NUMBERS[machine]
    except KeyError:
        raise OSError(38, f"bootpy knows no system call numbers for {machine}") from None


def processor_flags(cpuinfo: str = "/proc/cpuinfo") -> frozenset[str]:
    """Return the features of an x86 processor that the kernel makes use of; none elsewhere.

    The first processor's alone: the file has a page for each, made as it is read.
    """
    try:
        fd = os.open(cpuinfo, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return frozenset()
    try:
        text = os.read(fd, 8192)
    finally:
        os.close(fd)
    flags = text.partition(b"\nflags")[2].partition(b":")[2].partition(b"\n")[0]
    return frozenset(flags.decode("ascii", "replace").split())
