"""Mounting and unmounting, and which file systems the running kernel knows.

Flags: include/uapi/linux/mount.h. Every mount that bootpy makes of a disk goes through
`mount_read_only`, but for the one that a crash dump is saved on.
"""

import fcntl
import struct

from bootpy.linux import syscalls

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 0x2

_BLKROSET = 0x125D  # include/uapi/linux/fs.h: _IO(0x12, 93)
_YES = struct.pack("i", 1)

# What keeps each file system from replaying its journal, which would write to the disk even
# under a read-only mount. Sources: Documentation/filesystems/ext4/, admin-guide/xfs.rst,
# btrfs(5) "rescue=", f2fs.rst, nilfs2.rst, reiserfs_fs's mount(8) section.
JOURNAL_UNTOUCHED = {
    "ext3": "noload",
    "ext4": "noload",
    "xfs": "norecovery,nouuid",  # nouuid: of two clones of a disk both can be looked at
    "btrfs": "rescue=nologreplay",
    "f2fs": "norecovery",
    "nilfs2": "norecovery",
    "reiserfs": "nolog",
}


def mount_read_only(node: str, target: str, kind: str) -> None:
    """Mount `node` on the existing folder `target` so that nothing is ever written to it.

    Read-only, journal untouched, nodev, nosuid, noexec. OSError as of mount(2).
    """
    flags = MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC
    syscalls.mount(node, target, kind, flags, JOURNAL_UNTOUCHED.get(kind, ""))


def mount_for_dump(node: str, target: str, kind: str) -> None:
    """Mount `node` on the existing folder `target` to write a crash dump; its journal is replayed.

    Of btrfs the whole, whatever its default subvolume is. OSError as of mount(2).
    """
    data = "subvolid=5" if kind == "btrfs" else ""
    syscalls.mount(node, target, kind, MS_NODEV | MS_NOSUID | MS_NOEXEC, data)


def mount_server_for_dump(source: str, target: str, version: str, own: str) -> None:
    """Mount "ADDRESS:/FOLDER" of an NFS server to write a crash dump; OSError as of mount(2).

    Without mount.nfs(8) the addresses are to be told: the server's, and `own`, this machine's.
    There is nobody to lock files against (nfs(5)).
    """
    address = source.partition(":")[0]
    data = f"vers={version},proto=tcp,addr={address}"
    data += f",mountaddr={address},nolock" if version == "3" else f",clientaddr={own}"
    syscalls.mount(source, target, "nfs", MS_NODEV | MS_NOSUID | MS_NOEXEC, data)


def unmount(target: str, at_once: bool = False) -> None:
    """Unmount `target`; `at_once` detaches it even while files on it are open (MNT_DETACH)."""
    syscalls.unmount(target, MNT_DETACH if at_once else 0)


def forbid_writes(file: int) -> None:
    """Make the kernel refuse every write to the block device that is open (BLKROSET).

    A second lock beside the read-only mount, against file systems that write all the same.
    A device that cannot be locked (some drivers refuse, a stick is pulled out) is left as it is.
    """
    try:
        fcntl.ioctl(file, _BLKROSET, _YES)
    except OSError:
        return


def known_filesystems() -> frozenset[str]:
    """List the file systems of /proc/filesystems that live on a block device."""
    with open("/proc/filesystems", encoding="ascii") as file:
        rows = (line.rstrip("\n").split("\t") for line in file)
        return frozenset(row[1] for row in rows if row[0] != "nodev")


def writable() -> list[str]:
    """Return where file systems are mounted that may be written to, in the order of mounting.

    Those that are on a disk or on another machine: their source is a path, or has one in it,
    as `/dev/sda2`, `server:/srv` and `//server/share`; that of proc, tmpfs and the like is a word.
    What a running system may have mounted beside those `bootpy.system.mount_table` tells apart,
    which is not in the image.
    """
    places = []
    with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            if " rw" not in line:  # as nearly none is: a volume of ours for each file system
                continue
            source, place, _, options = line.split(" ")[:4]
            if "/" in source and "rw" in options.split(","):
                places.append(_unescaped(place))
    return places


def mounted() -> dict[str, str]:
    """Where each device is mounted: {"8:2": "/boot"}, the first mount of its root (proc(5))."""
    places: dict[str, str] = {}
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            fields = line.split(" ")
            if fields[3] == "/":
                places.setdefault(fields[2], _unescaped(fields[4]))
    return places


def _unescaped(path: str) -> str:
    # proc(5): blanks, tabs, line feeds and backslashes stand as three octal digits.
    for code, character in (("040", " "), ("011", "\t"), ("012", "\n"), ("134", "\\")):
        path = path.replace(f"\\{code}", character)
    return path
