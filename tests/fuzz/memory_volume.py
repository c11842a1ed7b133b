"""A Volume in memory: thousands of them are read in a second, and each says what it was asked."""

import errno
import os
from collections.abc import Mapping

from bootpy.volume import READ_LIMIT, Status


class MemoryVolume:
    """A file tree from a mapping of paths: bytes are a file, None is neither file nor folder.

    `folders` are there even where they hold nothing. There are no links. `asked_files` and
    `asked_folders` collect, as they were written, the paths that a reader asked for.
    """

    def __init__(
        self,
        files: Mapping[str, bytes | None],
        *,
        folders: tuple[str, ...] = (),
        name: str = "sda1",
        uuid: str = "",
        label: str = "",
        partuuid: str = "",
        partlabel: str = "",
        grub: str = "",
        ignores_case: bool = False,
    ) -> None:
        self.name = name
        self.uuid = uuid
        self.label = label
        self.partuuid = partuuid
        self.partlabel = partlabel
        self.grub = grub
        self.ignores_case = ignores_case
        self.asked_files: set[str] = set()
        self.asked_folders: set[str] = set()
        self._files: dict[str, bytes | None] = {}
        self._folders: dict[str, dict[str, str]] = {"": {}}
        for folder in folders:
            self._make_folder(_parts(folder))
        for path, content in files.items():
            *above, last = _parts(path)
            at = self._make_folder(above)
            self._folders[at].setdefault(self._key(last), last)
            self._files[f"{at}/{self._key(last)}"] = content

    def status(self, path: str) -> Status | None:
        """Say what stands at `path`; see `Volume.status`."""
        self.asked_files.add(path)
        try:
            key = self._find(path)
        except OSError:
            return None
        if key in self._folders:
            return Status("folder", 4096, 0.0)
        content = self._files[key]
        return Status("other", 0, 0.0) if content is None else Status("file", len(content), 0.0)

    def names(self, path: str) -> list[str]:
        """List a folder; see `Volume.names`."""
        self.asked_folders.add(path)
        try:
            return sorted(self._folders.get(self._find(path), {}).values())
        except OSError:
            return []

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """Read a regular file; see `Volume.read`."""
        content = self._content(path)
        if len(content) > limit:
            raise _error(errno.EFBIG, path)
        return content

    def open(self, path: str) -> int:
        """Open a regular file; see `Volume.open`."""
        content = self._content(path)
        descriptor = os.memfd_create("fuzz", os.MFD_CLOEXEC)
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    def _content(self, path: str) -> bytes:
        self.asked_files.add(path)
        key = self._find(path)
        if key in self._folders:
            raise _error(errno.EISDIR, path)
        content = self._files[key]
        if content is None:
            raise _error(errno.EINVAL, path)
        return content

    def _find(self, path: str) -> str:
        """Walk as openat2 with RESOLVE_IN_ROOT does; OSError where that fails."""
        if path in self._files and not self.ignores_case:
            return path
        if not path or "\0" in path or any("\ud800" <= letter <= "\udfff" for letter in path):
            raise _error(errno.ENOENT, path)
        trail = [""]
        for part in path.split("/"):
            if part in {"", ".", ".."}:
                if trail[-1] in self._files:
                    raise _error(errno.ENOTDIR, path)
                if part == ".." and len(trail) > 1:
                    trail.pop()
                continue
            if trail[-1] in self._files:
                raise _error(errno.ENOTDIR, path)
            if len(os.fsencode(part)) > 255:
                raise _error(errno.ENAMETOOLONG, path)
            step = self._key(part)
            if step not in self._folders[trail[-1]]:
                raise _error(errno.ENOENT, path)
            trail.append(f"{trail[-1]}/{step}")
        return trail[-1]

    def _key(self, part: str) -> str:
        return part.lower() if self.ignores_case else part

    def _make_folder(self, parts: list[str]) -> str:
        at = ""
        for part in parts:
            key = self._key(part)
            self._folders[at].setdefault(key, part)
            at = f"{at}/{key}"
            self._folders.setdefault(at, {})
        return at


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _error(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)
