"""What a reader does behind its volumes' backs: files opened by path, processes, sockets.

Python tells its audit hooks (PEP 578). A Volume's own way through openat2 is not seen by
them, but that is the one way that is allowed.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_OPENING = ("open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.link")
_NEVER = ("os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen", "os.symlink",
          "socket.connect", "socket.bind", "os.chmod", "os.truncate", "shutil.rmtree")  # fmt: skip


class _Watch:
    """One per process, for an audit hook can never be taken away again."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.active = False
        self.allowed: tuple[str, ...] = ()
        self.installed = False

    def install(self) -> None:
        if not self.installed:
            self.installed = True
            # Modules are imported where they are used, also while a reader runs.
            places = {sys.prefix, sys.base_prefix, *(os.path.abspath(path) for path in sys.path)}
            self.allowed = tuple(sorted(f"{place}/" for place in places if place != "/"))
            sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.active:
            return
        if event in _NEVER:
            self.seen.append(f"{event} {arguments!r}"[:300])
        elif event in _OPENING and arguments:
            path = arguments[0]
            if isinstance(path, bytes):
                path = os.fsdecode(path)
            if isinstance(path, str) and not self._may_be_opened(event, path):
                self.seen.append(f"{event} {path}"[:300])

    def _may_be_opened(self, event: str, path: str) -> bool:
        if path.startswith("/proc/self/fd/"):
            return True  # a descriptor that the volume gave
        if not f"{path}/".startswith(self.allowed):
            return False
        return event != "open" or path.endswith((".py", ".pyc", ".so"))


_watch = _Watch()


@contextmanager
def watched(*, roots: tuple[str, ...] = ()) -> Iterator[list[str]]:
    """Collect what is opened or started meanwhile that is neither a module nor below `roots`.

    A FolderVolume opens its own folder by path; `roots` are those, to the letter.
    """
    _watch.install()
    _watch.seen = []
    _watch.active = True
    found: list[str] = []
    try:
        yield found
    finally:
        _watch.active = False
        own = {f"open {root}" for root in roots}
        found += [one for one in _watch.seen if one not in own]
