"""Small cpio archives ("newc") of files that go along with a kernel, in memory files.

Linux unpacks one after the other what an initrd is put together of, so that files reach the
system beside those of its own initrd. Sources: Documentation/driver-api/early-userspace/
buffer-format.rst; src/boot/cpio.c of systemd, whose modes, owner and times these are.
"""

import os
import stat
from collections.abc import Sequence

from bootpy.errors import BootError
from bootpy.kexec.initrds import Part, append

_ABOVE = 0o555  # folders on the way to the one that is asked for
_FOUR = 4


def archive(label: str, folder: str, modes: tuple[int, int], files: Sequence[Part]) -> int:
    """Return a memory file called `label`: an archive that puts `files` into `folder`.

    `folder` is relative (".extra/credentials"; "" for none), `modes` are the folder's and the
    files'; a part's name is the file's. BootError where a file cannot be read.
    """
    target = os.memfd_create(label)
    try:
        _fill(target, folder, modes, files)
    except BaseException:
        os.close(target)
        raise
    return target


def wrapped(part: Part, path: str, held: list[int]) -> Part:
    """Return an archive in which `part` stands at `path`, as GRUB's newc: makes one.

    Everybody may do everything with it there, as after GRUB (grub-core/loader/linux.c).
    """
    names = [name for name in path.split("/") if name not in {"", "."}]
    folder, name = "/".join(names[:-1]), names[-1] if names else ""
    if not name or ".." in names:
        raise BootError(
            f"{part.name} is to stand at {path!r} in an initrd, which is no path of a file",
            "correct newc:PATH:FILE in the configuration",
        )
    fd = archive("newc", folder, (0o777, 0o777), [part._replace(name=name)])
    held.append(fd)
    return Part(fd, 0, os.fstat(fd).st_size, f"{part.name} as /{path.lstrip('/')}")


def _fill(target: int, folder: str, modes: tuple[int, int], files: Sequence[Part]) -> None:
    names = folder.split("/") if folder else []
    number = 0
    for depth in range(1, len(names) + 1):
        number += 1
        mode = stat.S_IFDIR | (modes[0] if depth == len(names) else _ABOVE)
        os.write(target, header("/".join(names[:depth]), number, mode, 0))
    for file in files:
        number += 1
        name = "/".join((*names, file.name))
        os.write(target, header(name, number, stat.S_IFREG | modes[1], file.size))
        append(target, file)
        os.write(target, bytes(-file.size % _FOUR))
    os.write(target, header("TRAILER!!!", 0, 0, 0))


def header(name: str, number: int, mode: int, size: int, device: tuple[int, int] = (0, 0)) -> bytes:
    """Return a header with its name; owner and times are 0, `device` is a device node's."""
    path = name.encode(errors="surrogateescape") + b"\0"
    fields = (number, mode, 0, 0, 1, 0, size, 0, 0, *device, len(path), 0)
    head = b"070701" + "".join(f"{field:08x}" for field in fields).encode() + path
    return head + bytes(-len(head) % _FOUR)
