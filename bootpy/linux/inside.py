"""Open files below a root that no link and no `..` can leave.

openat2(2) with RESOLVE_IN_ROOT does it in the kernel (5.6 and newer); where it is missing
or forbidden (containers with an older seccomp filter), the same walk is done here.
"""

import errno
import os
import stat

from bootpy.linux import syscalls

_MOST_LINKS = 40  # the kernel's own MAXSYMLINKS

# EAGAIN: while `..` was resolved, somebody renamed or mounted something anywhere on the
# machine, and the kernel cannot be sure of the way it went (openat2(2)).
_REFUSED = (errno.ENOSYS, errno.EPERM, errno.EAGAIN)


def open_inside(root: int, path: str, flags: int, one_filesystem: bool = False) -> int:
    """Open `path` as if the folder at descriptor `root` were "/" and return a descriptor.

    Absolute paths, absolute links and `..` all stay below `root`. OSError as of open(2);
    ENOENT too for a path that no file can have (a NUL, a surrogate); with `one_filesystem`
    EXDEV for what another file system holds that is mounted below `root`.
    """
    if not _possible(path):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    resolve = syscalls.RESOLVE_IN_ROOT | syscalls.RESOLVE_NO_MAGICLINKS
    if one_filesystem:
        resolve |= syscalls.RESOLVE_NO_XDEV
    try:
        return syscalls.openat2(root, path, flags | os.O_CLOEXEC, resolve)
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
    return _open_by_walking(root, path, flags, one_filesystem)


def _open_by_walking(root: int, path: str, flags: int, one_filesystem: bool = False) -> int:
    """Do what RESOLVE_IN_ROOT does, one path component and one descriptor at a time."""
    waiting = path.split("/")[::-1]
    trail = [os.dup(root)]
    links = 0
    try:
        while waiting:
            name = waiting.pop()
            if name in {"", ".", ".."}:
                # A slash, and what follows it, makes sense after a folder only.
                if not stat.S_ISDIR(os.fstat(trail[-1]).st_mode):
                    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
                if name == ".." and len(trail) > 1:
                    os.close(trail.pop())
                continue
            found = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=trail[-1])
            if stat.S_ISLNK(os.fstat(found).st_mode):
                try:
                    target = os.readlink("", dir_fd=found)
                finally:
                    os.close(found)
                links += 1
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                if target.startswith("/"):
                    while len(trail) > 1:
                        os.close(trail.pop())
                waiting += target.split("/")[::-1]
            else:
                trail.append(found)
                if one_filesystem and os.fstat(found).st_dev != os.fstat(root).st_dev:
                    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), path)
        return os.open(f"/proc/self/fd/{trail[-1]}", flags | os.O_CLOEXEC)
    finally:
        for descriptor in trail:
            os.close(descriptor)


def _possible(path: str) -> bool:
    try:
        return b"\0" not in os.fsencode(path) and path != ""
    except UnicodeEncodeError:
        return False
