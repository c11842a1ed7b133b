"""Take a unified kernel image apart (the UAPI specification of UKIs; systemd-stub(7))."""

from typing import NamedTuple

from bootpy import pe, unified
from bootpy.errors import BootError
from bootpy.kexec.image import read_at
from bootpy.kexec.initrds import Part

# What the stub puts into /.extra of the initrd, in its order, and by which names.
_TOLD = {
    ".pcrsig": "tpm2-pcr-signature.json",
    ".pcrpkey": "tpm2-pcr-public-key.pem",
    ".osrel": "os-release",
    ".profile": "profile",
}


class Unified(NamedTuple):
    """What a UKI holds: kernel, microcode, initrds in order, command line (None for none).

    `release` is the kernel's release (`uname -r`) as the image gives it, "" where it does
    not. `trees` are device trees for any machine, and `other_trees` says whether there are more of
    which the machine would choose. `told` are the parts that the system finds in /.extra, by their
    names there.
    """

    kernel: Part
    microcode: tuple[Part, ...]
    initrds: tuple[Part, ...]
    cmdline: str | None
    release: str
    trees: tuple[Part, ...]
    other_trees: bool
    told: tuple[tuple[str, Part], ...]


def take_apart(fd: int, name: str, profile: int = 0) -> Unified:
    """Find the parts of the UKI open at `fd`, which `bootpy.kexec.image` has recognised.

    BootError where it has no such profile, or its kernel is empty.
    """
    headers = pe.read(read_at(fd, 0, unified.HEAD, name))
    every = headers.sections if headers else ()
    sections = unified.in_force(every, profile)
    if not sections and profile:
        raise BootError(
            f"{name} has no profile {profile}: it has {unified.profile_count(every)}, from 0",
            "correct the profile of the entry, or choose another one",
        )

    def parts(section_name: str) -> tuple[Part, ...]:
        return tuple(
            Part(fd, s.offset, s.size, f"{name} ({section_name})")
            for s in sections
            if s.name == section_name and s.size
        )

    def text(section_name: str) -> str | None:
        for part in parts(section_name)[:1]:
            return unified.command_line(read_at(fd, part.offset, part.size, name))
        return None

    kernels = parts(".linux")
    if not kernels:
        raise BootError(
            f"{name} is a unified kernel image whose .linux section is empty",
            "make the image again, or choose another entry",
        )
    return Unified(
        kernels[0],
        parts(".ucode"),
        parts(".initrd"),
        text(".cmdline"),
        text(".uname") or "",
        parts(".dtb"),
        bool(parts(".dtbauto")),
        tuple((told, part) for section, told in _TOLD.items() for part in parts(section)[:1]),
    )
