"""Initrds by their file names, paired with the kernels that they stand beside.

Sources: the names that distributions' packages give; GRUB_EARLY_INITRD_LINUX_STOCK of
grub-mkconfig for microcode.
"""

from collections.abc import Collection, Mapping

MICROCODE = (
    "intel-uc.img",
    "intel-ucode.img",
    "amd-uc.img",
    "amd-ucode.img",
    "early_ucode.cpio",
    "microcode.cpio",
)
"""Processor microcode, as grub-mkconfig knows it: early initrds, which go before the others."""

_PLAIN = (
    "initrd.img",
    "initrd",
    "initramfs.img",
    "initramfs",
    "initrd.gz",
    "initrd.xz",
    "initrd.lz",
    "initrd.lz4",
    "initrd.zst",
    "initramfs.gz",
    "initramfs.cpio.gz",
    "rootfs.cpio.gz",
)

_OF_VERSION = (
    "initrd.img-{}",
    "initramfs-{}.img",
    "initrd-{}",
    "initramfs-{}",
    "initrd-{}.img",
    "initramfs.img-{}",
    "initrd-{}.gz",
    "initramfs-{}.gz",
    "initramfs-{}.cpio.gz",
)


def pair(by_name: Mapping[str, str], keys: Collection[str]) -> dict[str, str]:
    """Return for each kernel of a folder its initrd's name, "" for none.

    `by_name` has the folder's names, by themselves, or in lower case where case is ignored;
    `keys` are what follows the kernels' prefixes ("6.1.0-9-amd64", "lts", "").
    """
    own = {key: _initrd(by_name, key) for key in keys}
    plain = next((by_name[name] for name in _PLAIN if name in by_name), "")
    if not plain and len(own) == 1:
        initrds = [name for name in by_name if name.startswith(("initrd", "initramfs"))]
        plain = by_name[initrds[0]] if len(initrds) == 1 else ""
    return {key: own[key] or (plain if _takes_plain(key, own) else "") for key in own}


def _initrd(by_name: Mapping[str, str], key: str) -> str:
    """Return the initrd for what follows the kernel's prefix, "" where none bears it."""
    keys = [key]
    if key == "old":
        return next((by_name[f"{name}.old"] for name in _PLAIN if f"{name}.old" in by_name), "")
    if key.endswith(".old"):
        keys.append(key.removesuffix(".old"))
    for one in keys if key else ():
        for form in _OF_VERSION:
            for name in (form.format(one), f"{form.format(one.removesuffix('.old'))}.old"):
                if name in by_name and (name.endswith(".old") <= key.endswith(".old")):
                    return by_name[name]
    return ""


def _takes_plain(rest: str, own: Mapping[str, str]) -> bool:
    """Whether a kernel without an initrd of its name goes with the one that has no version.

    Where others have their own, it is theirs or a link to theirs. Slackware's "huge" kernels
    are made to boot without.
    """
    if not rest:
        return True
    if rest.endswith("old") or rest.lower().startswith("huge"):
        return False
    return not any(own.values())
