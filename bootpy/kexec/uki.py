"""Take a unified kernel image apart (the UAPI specification of UKIs; systemd-stub(7))."""

from typing import NamedTuple

from bootpy import pe
from bootpy.errors import BootError
from bootpy.kexec.image import HEAD, read_at
from bootpy.kexec.initrds import Part

_EARLY = (".ucode", ".initrd")  # microcode comes before the initrds


class Unified(NamedTuple):
    """What a UKI holds: kernel, initrds in order, command line (None where it has none).

    `release` is the kernel's release (`uname -r`) as the image gives it, "" where it does
    not; `devicetree` says whether it brings a device tree.
    """

    kernel: Part
    initrds: tuple[Part, ...]
    cmdline: str | None
    release: str
    devicetree: bool


def take_apart(fd: int, name: str) -> Unified:
    """Find the parts of the UKI open at `fd`, which `bootpy.kexec.image` has recognised.

    BootError where its kernel is empty.
    """
    headers = pe.read(read_at(fd, 0, HEAD, name))
    sections = _of_first_profile(headers.sections if headers else ())

    def parts(section_name: str) -> list[Part]:
        return [
            Part(fd, s.offset, s.size, f"{name} ({section_name})")
            for s in sections
            if s.name == section_name and s.size
        ]

    def text(section_name: str) -> str | None:
        for part in parts(section_name)[:1]:
            content = read_at(fd, part.offset, part.size, name)
            return content.decode("utf-8", "surrogateescape").strip("\0 \t\r\n")
        return None

    kernels = parts(".linux")
    if not kernels:
        raise BootError(
            f"{name} is a unified kernel image whose .linux section is empty",
            "make the image again, or choose another entry",
        )
    return Unified(
        kernels[0],
        tuple(part for section_name in _EARLY for part in parts(section_name)),
        text(".cmdline"),
        text(".uname") or "",
        bool(parts(".dtb") or parts(".dtbauto")),
    )


def _of_first_profile(sections: tuple[pe.Section, ...]) -> list[pe.Section]:
    """Return the sections in force: those before any .profile, less what profile 0 replaces."""
    starts = [index for index, section in enumerate(sections) if section.name == ".profile"]
    if not starts:
        return list(sections)
    end = starts[1] if len(starts) > 1 else len(sections)
    profile = sections[starts[0] + 1 : end]
    replaced = {section.name for section in profile}
    base = [section for section in sections[: starts[0]] if section.name not in replaced]
    return base + list(profile)
