"""Kernels by their file names, in the folders where they stand.

Sources: the names that Debian's, Fedora's, SUSE's, Arch's, Alpine's, Void's, Slackware's and
Gentoo's (genkernel) packages give; kernel-install(8) and 90-loaderentry.install of systemd.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bootpy.readers.heuristic_initrds import MICROCODE, pair
from bootpy.volume import Status, Volume

MOST_KERNELS = 200
"""Kernels of one volume that are listed: a folder with more is no boot folder."""

MOST_FOLDERS = 1000

FOLDERS = (
    "/boot",
    "/",
    "/@/boot",
    "/@rootfs/boot",
    "/root/boot",
    "/live",
    "/casper",
    "/install",
    "/install.amd",
    "/install.a64",
    "/images/pxeboot",
    "/isolinux",
    "/boot/isolinux",
    "/boot/x86_64/loader",
    "/boot/aarch64",
    "/arch/boot/x86_64",
)
"""Where kernels stand: a system's, also in the subvolumes of btrfs, and installation media's."""

_KERNEL = re.compile(
    r"(vmlinuz|bzImage|zImage|Image|kernel|linux|vmlinux)(?:[-.](?P<rest>.+))?", re.I
)
_PREFERENCE = ("vmlinuz", "bzimage", "zimage", "image", "linux", "kernel", "vmlinux")

# What stands beside a kernel under its name: signatures, checksums, what package managers keep.
_NO_KERNEL = re.compile(
    r".*(\.(efi\.signed|sig|sign|signed|asc|hmac|md5|sha\d+|sha\d+sum|config|conf|cfg|txt|json"
    r"|map|list|img|cpio|ko|h|sh|py|d|dtb|dtbo|tar|iso|bak|tmp|new|part|rpm\w+|dpkg-\w+|bsdiff"
    r"|deb|rpm|apk|xz|bz2|zip|efi\.stub)|~)",
    re.I,
)
_PACKED = (".gz", ".efi")

# Folders of a root file system in which nothing of kernel-install's can stand.
_SYSTEM = re.compile(
    r"bin|dev|etc|home|lib(32|64|x32)?|lost\+found|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp"
    r"|usr|var|efi|grub2?|loader|dtbs?|overlays",
    re.I,
)


class Kernel(NamedTuple):
    """A kernel's file with what goes with it; paths from the volume's root.

    `name` is what follows the prefix ("6.1.0-9-amd64", "lts", ""), `version` the part of it
    that orders kernels, "" where it has none. `initrds` are without `early` ones. `fallback`
    is the initrd that Arch's mkinitcpio makes with every driver in it.
    """

    path: str
    name: str
    version: str
    initrds: tuple[str, ...] = ()
    early: tuple[str, ...] = ()
    fallback: str = ""
    old: bool = False
    rescue: bool = False


def kernels(volume: Volume) -> list[Kernel]:
    """List the kernels of a volume in no particular order, each file once."""
    found: list[tuple[Kernel, Status]] = []
    by_name: dict[str, list[Status]] = {}
    for folder in _folders(volume):
        for kernel in _in_folder(volume, folder):
            status = volume.status(kernel.path)
            if status is None or status.kind != "file":
                continue
            # /boot/boot leads to /boot on many boot partitions: the same file by two paths.
            parts = kernel.path.lower().split("/")
            name = "/".join(parts[-3:] if parts[-1] == "linux" else parts[-1:])
            before = by_name.setdefault(name, [])
            if not any(_same(status, one) for one in before):
                before.append(status)
                found.append((kernel, status))
            if len(found) >= MOST_KERNELS:
                break
    return [
        kernel
        for kernel, status in found
        if not any(
            _may_lead_to(kernel, other) and _same(status, its_status) for other, its_status in found
        )
    ]


def _same(one: Status, other: Status) -> bool:
    """Whether two paths seem to lead to one file: a link has size and time of its target."""
    return one.size == other.size and abs(one.modified - other.modified) < 1


def _may_lead_to(kernel: Kernel, other: Kernel) -> bool:
    """Whether a name such as "vmlinuz" or "vmlinuz-huge" may be a link to the other one."""
    if kernel.version or kernel is other:
        return False
    if kernel.name in {"", "old"}:
        return other.name not in {"", "old"}
    return other.name.startswith(f"{kernel.name}-") and bool(other.version)


def _folders(volume: Volume) -> Iterator[str]:
    """Give the folders to look into, those of kernel-install and below /EFI too."""
    yield from FOLDERS
    looked = 0
    for top in ("/", "/boot", "/EFI", "/efi"):
        if top == "/efi" and volume.ignores_case:
            continue
        for name in volume.names(top):
            folder = f"{top.rstrip('/')}/{name}"
            if _SYSTEM.fullmatch(name) or name.startswith("."):
                continue
            looked += 1
            if looked > MOST_FOLDERS:
                return
            if top.lower() == "/efi":
                # /EFI/Linux holds unified kernel images, which have a reader of their own.
                if name.lower() != "linux":
                    yield folder
            else:
                # ENTRY-TOKEN/VERSION/linux: the token is a machine ID, or a system's name.
                for version in volume.names(folder)[:MOST_KERNELS]:
                    looked += 1
                    if looked <= MOST_FOLDERS and volume.status(f"{folder}/{version}/linux"):
                        yield f"{folder}/{version}"


def _in_folder(volume: Volume, folder: str) -> Iterator[Kernel]:
    names = volume.names(folder)
    by_name = {_folded(name, volume): name for name in names}
    front = folder.rstrip("/")
    if "linux" in by_name and volume.status(f"{front}/linux") and front.count("/") >= 2:
        installed = _installed(front, names)
        if installed is not None:
            yield installed
            return
    candidates: dict[str, tuple[int, str, str]] = {}
    for name in names:
        found = _KERNEL.fullmatch(name)
        if found is None or _NO_KERNEL.fullmatch(name) or not _is_version(found):
            continue
        packed = next((end for end in _PACKED if name.lower().endswith(end)), "")
        if packed and _folded(name[: -len(packed)], volume) in by_name:
            continue
        rest = (found["rest"] or "").removesuffix(packed) if packed else found["rest"] or ""
        rest = "" if f".{rest}" in _PACKED else rest
        rank = _PREFERENCE.index(found[1].lower())
        key = _folded(rest, volume)
        if key not in candidates or rank < candidates[key][0]:
            candidates[key] = rank, name, rest
    initrds = pair(by_name, candidates)
    early = tuple(f"{front}/{by_name[name]}" for name in MICROCODE if name in by_name)
    for key, (_, name, rest) in candidates.items():
        initrd = initrds[key]
        fallback = by_name.get(f"initramfs-{key}-fallback.img", "")
        yield Kernel(
            path=f"{front}/{name}",
            name=rest,
            version=version_in(rest),
            initrds=(f"{front}/{initrd}",) if initrd else (),
            early=early,
            fallback=f"{front}/{fallback}" if fallback else "",
            old=rest == "old" or rest.endswith(".old"),
            rescue="rescue" in rest.lower(),
        )


def _folded(name: str, volume: Volume) -> str:
    return name.lower() if volume.ignores_case else name


def _is_version(found: "re.Match[str]") -> bool:
    """Whether a name that may be anything's ("linux-firmware") is a kernel's."""
    rest = found["rest"]
    if rest is None or found[1].lower() in {"vmlinuz", "vmlinux", "bzimage", "zimage"}:
        return True
    return f".{rest}" in _PACKED or rest == "old" or bool(version_in(rest))


def version_in(name: str) -> str:
    """Return the version in what follows a kernel's prefix, "" where there is none.

    "genkernel-x86_64-6.1.12-gentoo" is 6.1.12-gentoo, "huge-5.15.19" is 5.15.19.
    """
    found = re.search(r"(?:^|-)([0-9]+\.[0-9].*)", name) or re.match(r"([0-9].*)", name)
    return found[1].removesuffix(".old") if found else ""


def _installed(folder: str, names: Iterable[str]) -> Kernel | None:
    """Return the kernel of a folder ENTRY-TOKEN/VERSION that kernel-install made."""
    version = folder.rpartition("/")[2]
    if not version_in(version) or re.search(r"[\x00-\x1f]", version):
        return None
    early = [name for name in names if name.lower().startswith(("microcode", "ucode"))]
    early += [name for name in names if name in MICROCODE and name not in early]
    initrds = [name for name in names if name.lower().startswith(("initrd", "initramfs"))]
    return Kernel(
        path=f"{folder}/linux",
        name=version,
        version=version,
        initrds=tuple(f"{folder}/{name}" for name in initrds),
        early=tuple(f"{folder}/{name}" for name in early),
        rescue="rescue" in version.lower(),
    )
