"""The command line for a kernel that nothing configures: what the disks say of the root.

Sources: kernel-install(8) for /etc/kernel/cmdline; grub-mkconfig for
GRUB_CMDLINE_LINUX; the Discoverable Partitions Specification
(https://uapi-group.org/specifications/specs/discoverable_partitions_specification/);
name_to_dev_t() of the kernel's init/do_mounts.c for what it understands by itself.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Host
from bootpy.readers.files import lines, read_text, same_disk
from bootpy.readers.heuristic_fstab import root_arguments
from bootpy.volume import Volume, Volumes

SUBVOLUMES = ("", "/@", "/@rootfs", "/root")
"""Where a root file system starts on a volume: its own root, or a subvolume of btrfs."""

_INIT = ("/sbin/init", "/usr/sbin/init", "/lib/systemd/systemd", "/usr/lib/systemd/systemd")
_CMDLINE = ("/etc/kernel/cmdline", "/usr/lib/kernel/cmdline")
_BOOT_FOLDERS = frozenset(("/", "/boot", "/efi", "/boot/efi"))
_LIMIT = 64 << 10

ROOT_TYPES = {
    "x86_64": "4f68bce3-e8cd-4db1-96e7-fbcaf984b709",
    "i686": "44479540-f297-41b2-9af7-d131d5f0458a",
    "aarch64": "b921b045-1df0-41c3-af44-4c6f280d3fae",
    "armv7l": "69dad710-2ce4-4e3c-b16c-21a1d49abed3",
    "riscv64": "72ec70a6-cf74-40e6-bd49-4bda08e8f224",
    "riscv32": "60d5a7fe-8e7d-435c-b714-3dd8162144e1",
    "loongarch64": "77055800-792c-4f94-b39a-98c91b762bb6",
    "ppc64le": "c31c45e6-3f39-412e-80fb-4809c4980599",
    "ppc64": "912ade1d-a839-4913-8964-a10eee08fbd2",
    "s390x": "5eead9a9-fe09-4a1e-a1d7-520d00531306",
    "ia64": "993d8d3d-f80e-4225-855a-9daf8ed7ea97",
}
"""GPT partition types of root file systems, by `uname -m`."""

_MEDIA = {"/live": "boot=live", "/casper": "boot=casper"}
_INSTALLERS = ("/install", "/images/", "/isolinux", "/boot/isolinux", "/boot/x86_64", "/arch/")


class Guess(NamedTuple):
    """Arguments with where they were taken from, and what did so."""

    text: str
    source: Source
    how: str


class _Root(NamedTuple):
    """A root file system: its volume and subvolume, and what is written in it."""

    volume: Volume
    folder: str
    cmdline: Guess | None
    fstab: Guess | None
    boots: frozenset[str]
    extra: Guess | None
    extra_default: Guess | None
    init: bool

    def modules(self, version: str) -> bool:
        folders = ("/lib/modules", "/usr/lib/modules") if version else ()
        return any(self.volume.status(f"{self.folder}{one}/{version}") for one in folders)


class Roots:
    """The root file systems of a machine, looked at once."""

    def __init__(self, home: Volume, volumes: Volumes, host: Host) -> None:
        self._home = home
        self._volumes = volumes
        self._host = host
        self.said: list[Diagnostic] = []
        found = [self._look(v, folder) for v in _first(home, volumes) for folder in SUBVOLUMES]
        self._roots = [one for one in found if one is not None]

    def cmdline(self, path: str, version: str, *, initrd: bool, rescue: bool) -> list[Guess]:
        """Return the arguments for the kernel at `path` of the home volume, part by part.

        Empty where no root is found. `initrd` says whether it has one: without, the kernel has
        to find its root itself, and knows no UUID of a file system.
        """
        folder = path.rpartition("/")[0]
        medium = _MEDIA.get(folder)
        if medium:
            how = f"a live system's folder {folder}"
            return [Guess(medium, Source(self._home.name, path), how)]
        if f"{folder}/".startswith(_INSTALLERS):
            return []
        ranked = sorted(self._roots, key=lambda root: self._rank(root, version))
        own = [root for root in ranked if root.volume is self._home]
        for roots in (own, ranked):
            full = next((root.cmdline for root in roots if root.cmdline), None)
            if full is not None:
                return [full]
            for root in roots:
                if root.fstab is not None:
                    return self._with_extra(root, root.fstab, initrd, rescue)
            if roots is ranked:
                typed = self._discoverable(initrd)
                if typed is not None:
                    return [typed]
            for root in roots:
                guess = _of_volume(root, initrd) if root.init else None
                if guess is not None:
                    return self._with_extra(root, guess, initrd, rescue)
        return []

    def _rank(self, root: _Root, version: str) -> tuple[bool, ...]:
        """Put first the root that has this kernel's modules, then one that names its volume."""
        home, volume = self._home, root.volume
        names = {f"UUID={home.uuid}", f"PARTUUID={home.partuuid}", f"LABEL={home.label}"}
        names |= {f"PARTLABEL={home.partlabel}", f"/dev/{home.name}"}
        named = {name.lower() for name in names if not name.endswith("=")}
        return (
            not root.modules(version),
            not root.boots & named,
            volume is not home,
            not same_disk(volume, home),
        )

    def _with_extra(self, root: _Root, guess: Guess, initrd: bool, rescue: bool) -> list[Guess]:
        if not initrd:
            guess = self._for_the_kernel(guess)
        more = (root.extra, None if rescue else root.extra_default)
        return [guess, *(one for one in more if one)]

    def _for_the_kernel(self, guess: Guess) -> Guess:
        """Name the root by its partition: a kernel without initrd knows no other name."""
        found = re.match(r"root=(UUID|LABEL)=(\S+)", guess.text)
        if found is None:
            return guess
        by = self._volumes.with_uuid if found[1] == "UUID" else self._volumes.with_label
        volume = by(found[2])
        if volume is None or not volume.partuuid:
            return guess
        text = f"root=PARTUUID={volume.partuuid}{guess.text[found.end() :]}"
        return guess._replace(text=text, how=f"{guess.how}, by its partition (no initrd)")

    def _discoverable(self, initrd: bool) -> Guess | None:
        wanted = ROOT_TYPES.get(self._host.machine)
        ranked = sorted(self._volumes, key=lambda volume: not same_disk(volume, self._home))
        for volume in ranked:
            if wanted and getattr(volume, "parttype", "").lower() == wanted:
                name = _name(volume, initrd)
                if name:
                    how = f"partition type of a root for {self._host.machine}"
                    return Guess(f"root={name} ro", Source(volume.name, "/"), how)
        return None

    def _look(self, volume: Volume, folder: str) -> _Root | None:
        init = any(volume.status(f"{folder}{path}") is not None for path in _INIT)
        cmdline = next((g for path in _CMDLINE if (g := self._full(volume, folder + path))), None)
        fstab, boots = self._fstab(volume, f"{folder}/etc/fstab")
        if not (init or cmdline or fstab):
            return None
        extra, default = self._grub(volume, f"{folder}/etc/default/grub")
        return _Root(volume, folder, cmdline, fstab, boots, extra, default, init)

    def _text(self, volume: Volume, path: str) -> str:
        if volume.status(path) is None:
            return ""
        text, said = read_text(volume, path, _LIMIT)
        self.said += said
        return text or ""

    def _full(self, volume: Volume, path: str) -> Guess | None:
        kept = [line for line in lines(self._text(volume, path)) if not line.startswith("#")]
        text = " ".join(" ".join(kept).split())
        return Guess(text, Source(volume.name, path), "kernel-install's cmdline") if text else None

    def _fstab(self, volume: Volume, path: str) -> tuple[Guess | None, frozenset[str]]:
        """Return the arguments that the root's line gives, and what is mounted for booting."""
        root: Guess | None = None
        boots = set()
        for number, line in enumerate(lines(self._text(volume, path)), 1):
            words = line.split()
            if len(words) < 2 or words[0].startswith("#") or words[1] not in _BOOT_FOLDERS:
                continue
            device = words[0].replace('"', "")
            by = re.fullmatch(r"/dev/disk/by-(\w+)/(.+)", device)
            boots.add((f"{by[1]}={by[2]}" if by else device).lower())
            if words[1] == "/" and root is None:
                text = root_arguments(device, *words[2:4])
                if text:
                    root = Guess(text, Source(volume.name, path, number), "root's line of fstab")
        return root, frozenset(boots)

    def _grub(self, volume: Volume, path: str) -> tuple[Guess | None, Guess | None]:
        """Return GRUB_CMDLINE_LINUX and GRUB_CMDLINE_LINUX_DEFAULT where they are plain text."""
        found: dict[str, Guess] = {}
        for number, line in enumerate(lines(self._text(volume, path)), 1):
            match = re.fullmatch(
                r"\s*(?:export\s+)?(GRUB_CMDLINE_LINUX(?:_DEFAULT)?)="
                r"(?:\"([^\"$`\\]*)\"|'([^']*)'|([^\s\"'$`\\]*))\s*(?:#.*)?",
                line,
            )
            if match:
                text = " ".join((match[2] or match[3] or match[4] or "").split())
                # A root given there is the system's own word on what fstab says as well.
                text = " ".join(one for one in text.split(" ") if not one.startswith("root="))
                place = Source(volume.name, path, number)
                found[match[1]] = Guess(text, place, f"{match[1]} of GRUB's settings")
        wanted = (found.get("GRUB_CMDLINE_LINUX"), found.get("GRUB_CMDLINE_LINUX_DEFAULT"))
        first, second = (one if one and one.text else None for one in wanted)
        return first, second


def _first(home: Volume, volumes: Iterable[Volume]) -> list[Volume]:
    return [home, *(volume for volume in volumes if volume is not home)]


def _of_volume(root: _Root, initrd: bool) -> Guess | None:
    name = _name(root.volume, initrd)
    if not name:
        return None
    flags = f" rootflags=subvol={root.folder[1:]}" if root.folder else ""
    how = "a root file system, which has an init"
    return Guess(f"root={name} ro{flags}", Source(root.volume.name, root.folder or "/"), how)


def _name(volume: Volume, initrd: bool) -> str:
    """Name a volume so that the kernel, or its initrd, finds it; "" where nothing does."""
    uuid = f"UUID={volume.uuid}" if volume.uuid else ""
    partition = f"PARTUUID={volume.partuuid}" if volume.partuuid else ""
    node = r"(sd|vd|xvd|hd)[a-z]+\d*|(nvme\d+n\d+|mmcblk\d+|md\d+|dm-\d+)(p\d+)?"
    device = f"/dev/{volume.name}" if re.fullmatch(node, volume.name) else ""
    label = f"LABEL={volume.label}" if re.fullmatch(r"\S+", volume.label) else ""
    order = (uuid, partition, label, device) if initrd else (partition, device, uuid, label)
    return next((one for one in order if one), "")
