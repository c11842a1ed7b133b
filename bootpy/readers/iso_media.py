"""How each distribution's live system or installer is told of the ISO file it lies in.

The loader starts a kernel out of the image; what runs then has to find the image again by a
parameter that only its makers chose. Sources, per row: casper's and live-boot(7)'s boot
parameters; dracut.cmdline(7) (dmsquash-live); mkinitcpio-archiso's README.bootparams and the
hooks derived from it; NixOS' stage-1 (findiso); Anaconda's boot options; linuxrc's install=;
genkernel(8) (isoboot).
"""

from collections.abc import Callable
from typing import NamedTuple

from bootpy.volume import Volume


class Medium(NamedTuple):
    """An image: its inside, the volume it lies on, and its path there."""

    inner: Volume
    home: Volume
    path: str

    @property
    def device(self) -> str:
        """The home volume as a running system's udev names it."""
        if self.home.uuid:
            return f"/dev/disk/by-uuid/{self.home.uuid}"
        return f"/dev/{self.home.name}"


class Kin(NamedTuple):
    """One family: its name, what stands in its images, and the arguments it needs.

    `arguments` makes the new command line of the medium and the one that its own boot loader
    would give. It is None where no parameter tells the system of the file; `instead` then
    says what to do.
    """

    name: str
    places: tuple[str, ...]
    arguments: Callable[[Medium, list[str]], list[str]] | None
    instead: str = ""


def kin_of(inner: Volume) -> Kin | None:
    """Find the family of an image by what stands in it."""
    return next(
        (kin for kin in KINS if any(inner.status(place) is not None for place in kin.places)), None
    )


def _first(*words: str, needs: str = "") -> Callable[[Medium, list[str]], list[str]]:
    """Put words in front, where they cannot end up behind Ubuntu's "---"."""

    def arguments(medium: Medium, given: list[str]) -> list[str]:
        filled = [word.format(path=medium.path, device=medium.device) for word in words]
        needed = [needs] if needs and needs not in given else []
        return [*needed, *filled, *given]

    return arguments


def _dracut(medium: Medium, given: list[str]) -> list[str]:
    added = [f"iso-scan/filename={medium.path}"]
    if not any(word.startswith("root=") for word in given):
        label = medium.inner.label.replace(" ", "\\x20")
        added += [f"root=live:CDLABEL={label}", "rd.live.image"]
    return [*added, *given]


def _anaconda(medium: Medium, given: list[str]) -> list[str]:
    where = f"UUID={medium.home.uuid}" if medium.home.uuid else medium.device
    kept = [word for word in given if not word.startswith(("inst.stage2=", "inst.repo="))]
    return [f"inst.stage2=hd:{where}:{medium.path}", *kept]


_COPY = "write the image to a stick or disc of its own, or unpack it to a partition"

KINS = (
    Kin("casper (Ubuntu)", ("/casper",), _first("iso-scan/filename={path}", needs="boot=casper")),
    Kin("live-boot (Debian)", ("/live",), _first("findiso={path}", needs="boot=live")),
    Kin("dracut (Fedora, openSUSE)", ("/LiveOS",), _dracut),
    Kin(
        "archiso (Arch Linux)",
        ("/arch", "/sysresccd", "/manjaro", "/artix"),
        _first("img_dev={device}", "img_loop={path}"),
    ),
    Kin("NixOS", ("/nix-store.squashfs",), _first("findiso={path}")),
    Kin("linuxrc (openSUSE)", ("/boot/x86_64/loader", "/boot/aarch64/linux"),
        _first("install=hd:{path}")),
    Kin("Anaconda (Red Hat)", ("/images/install.img",), _anaconda),
    Kin("genkernel (Gentoo)", ("/image.squashfs", "/livecd.squashfs"), _first("isoboot={path}")),
    Kin("Porteus", ("/porteus",), _first("from={path}")),
    Kin("Alpine Linux", ("/.alpine-release", "/boot/modloop-lts", "/boot/modloop-virt"), None,
        _COPY),
    Kin("Debian's installer", ("/install.amd", "/install.a64", "/install.386", "/install"), None,
        "take Debian's hd-media initrd, which looks for the file, or " + _COPY),
)  # fmt: skip
"""Asked in this order: an image that has two of the places is of the first family."""
