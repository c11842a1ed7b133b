"""Volume: a tree of files with names, and one safe way to read it.

A mounted partition and a directory in a test are a `FolderVolume`; servers and the inside
of image files (bootpy/images) are other classes with the same methods. Paths start with "/"
and are taken from the volume's root, which nothing leads out of.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

READ_LIMIT = 8 << 20
"""Bytes: no configuration file is larger, and a kernel is never read through `read`."""


class Status(NamedTuple):
    """What stands at a path: "file", "folder" or "other", bytes, seconds since the epoch."""

    kind: str
    size: int
    modified: float


class Volume(Protocol):
    """A file tree with the names that configurations call it by.

    `name` is the device's ("sda2") and unique among the volumes; `grub` is what GRUB calls
    it where that is known ("hd0,gpt2"). Unknown names are "". `ignores_case` says whether
    the file system compares names without regard to case.
    """

    name: str
    uuid: str
    label: str
    partuuid: str
    partlabel: str
    grub: str
    ignores_case: bool

    def status(self, path: str) -> Status | None:
        """Say what stands at `path`, links followed; None where nothing can be found."""

    def names(self, path: str) -> list[str]:
        """List the names in the folder at `path`, sorted; empty where it is no folder."""

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """Read the regular file at `path`.

        OSError: ENOENT and kin; EISDIR for a folder; EINVAL for a device or FIFO; EFBIG
        for more than `limit` bytes.
        """

    def open(self, path: str) -> int:
        """Open the regular file at `path` for reading; errors as of `read`, less EFBIG."""


class FolderVolume:
    """A folder of this machine that holds the content of one file system.

    `parttype` is the type of the partition that it lies on, a GPT's UUID in lower case, where
    that is known. With `one_filesystem` what is mounted below the folder is not seen, as a
    loader that reads the file system itself would not see it.
    """

    def __init__(
        self,
        folder: str,
        *,
        name: str = "",
        uuid: str = "",
        label: str = "",
        partuuid: str = "",
        partlabel: str = "",
        grub: str = "",
        parttype: str = "",
        ignores_case: bool = False,
        one_filesystem: bool = False,
    ) -> None:
        self.folder = folder
        self._one_filesystem = one_filesystem
        self.name = name or os.path.basename(os.path.abspath(folder)) or "root"
        self.uuid = uuid
        self.label = label
        self.partuuid = partuuid
        self.partlabel = partlabel
        self.grub = grub
        self.parttype = parttype
        self.ignores_case = ignores_case

    def __repr__(self) -> str:
        return f"<Volume {self.name} at {self.folder}>"

    def status(self, path: str) -> Status | None:
        """Say what stands at `path`; see `Volume.status`."""
        try:
            found = self._open(path, os.O_PATH)
        except (OSError, ValueError):
            return None
        try:
            status = os.fstat(found)
        finally:
            os.close(found)
        if stat.S_ISREG(status.st_mode):
            kind = "file"
        else:
            kind = "folder" if stat.S_ISDIR(status.st_mode) else "other"
        return Status(kind, status.st_size, status.st_mtime)

    def names(self, path: str) -> list[str]:
        """List a folder; see `Volume.names`."""
        try:
            found = self._open(path, os.O_RDONLY | os.O_DIRECTORY)
        except (OSError, ValueError):
            return []
        try:
            return sorted(os.listdir(found))
        except OSError:
            return []
        finally:
            os.close(found)

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """Read a regular file; see `Volume.read`."""
        with open(self.open(path), "rb") as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise OSError(errno.EFBIG, f"larger than {limit} bytes", path)
        return content

    def open(self, path: str) -> int:
        """Open a regular file; see `Volume.open`."""
        # Looked at before it is opened: opening a FIFO waits, opening a device may act.
        found = self._open(path, os.O_PATH)
        try:
            mode = os.fstat(found).st_mode
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            if not stat.S_ISREG(mode):
                raise OSError(errno.EINVAL, "neither a file nor a folder", path)
            return os.open(f"/proc/self/fd/{found}", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            os.close(found)

    def _open(self, path: str, flags: int) -> int:
        if path == "/":
            return os.open(self.folder, flags | os.O_DIRECTORY | os.O_CLOEXEC)
        from bootpy.linux.inside import open_inside

        root = os.open(self.folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return open_inside(root, path, flags, self._one_filesystem)
        finally:
            os.close(root)


class Volumes:
    """The volumes of a machine, in order, found by what configurations call them.

    A file that is an image holds a volume as well, called "sda1:/isos/x.iso": it is found by
    that name alone, and looked into when it is first asked for.
    """

    def __init__(self, volumes: Iterable[Volume] = ()) -> None:
        self._volumes = tuple(volumes)
        self._inside: dict[tuple[str, str], Volume | OSError] = {}

    def __iter__(self) -> Iterator[Volume]:
        return iter(self._volumes)

    def __len__(self) -> int:
        return len(self._volumes)

    def named(self, name: str) -> Volume | None:
        """Find by device name, or by what GRUB calls it ("sda2", "hd0,gpt2"), images included."""
        if not name:
            return None
        found = next((v for v in self if name in {v.name, v.grub}), None)
        outer, mark, path = name.partition(":/")
        if found is None and mark and (holder := self.named(outer)) is not None:
            try:
                return self.inside(holder, f"/{path}")
            except (OSError, ValueError):
                return None
        return found

    def inside(self, outer: Volume, path: str) -> Volume:
        """Look into the image in the file at `path` of `outer`, one of these volumes.

        OSError says in words why there is no volume in it.
        """
        key = (outer.name, path)
        if key not in self._inside:
            from bootpy.images.inside import volume_inside

            try:
                self._inside[key] = volume_inside(outer, path)
            except OSError as error:
                self._inside[key] = error
        found = self._inside[key]
        if isinstance(found, OSError):
            raise OSError(found.errno, found.strerror, path)
        return found

    def with_uuid(self, uuid: str) -> Volume | None:
        """Find by file system UUID, without regard to case."""
        return next((v for v in self if uuid and v.uuid.lower() == uuid.lower()), None)

    def with_label(self, label: str) -> Volume | None:
        """Find by file system label."""
        return next((v for v in self if label and v.label == label), None)

    def with_partuuid(self, partuuid: str) -> Volume | None:
        """Find by partition UUID, without regard to case."""
        return next((v for v in self if partuuid and v.partuuid.lower() == partuuid.lower()), None)

    def with_partlabel(self, partlabel: str) -> Volume | None:
        """Find by partition label."""
        return next((v for v in self if partlabel and v.partlabel == partlabel), None)

    def with_file(self, path: str) -> Volume | None:
        """Find the first volume on which `path` exists."""
        return next((v for v in self if v.status(path) is not None), None)
