"""A server by ssh: every file goes through a shell there, which has the name of a POSIX one.

Source: ssh(1), ssh_config(5), makedumpfile(8) (-F: a dump that can be written to a pipe).
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from typing import IO

from bootpy.crash import makedumpfile
from bootpy.crash.dump import CORE
from bootpy.crash.orders import Orders
from bootpy.crash.saying import Progress, megabytes, tell
from bootpy.crash.settled import UNFINISHED
from bootpy.errors import BootError
from bootpy.timeline import Timeline

NAME = "ssh"
KNOWN_HOSTS = ("/root/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
"""Where keys of servers are, here and in the image."""

OWN_KEYS = tuple(f"/root/.ssh/id_{kind}" for kind in ("ed25519", "ecdsa", "rsa"))
"""Private keys of root's, in the order in which they are looked for."""

_CHUNK = 1 << 20


def installed(path: str = "/usr/bin:/bin") -> str:
    """Return the path of the program, "" where it is not installed."""
    return shutil.which(NAME, path=path) or ""


def key(wanted: str) -> str:
    """Return the file of the key to log in with: the one that is wanted, else root's own.

    BootError: there is none.
    """
    for path in (wanted,) if wanted else OWN_KEYS:
        if os.path.isfile(path):
            return path
    raise BootError(
        f"there is no private key {wanted or ', '.join(OWN_KEYS)}",
        "make one (ssh-keygen, without a pass phrase), or name it: key = in /etc/bootpy/crash.toml",
    )


def command(given: Orders, script: str) -> list[str]:
    """Return the command line that has the server's shell run `script`.

    Nothing is asked, no host is trusted that is not known, and nobody's configuration is read.
    """
    options = {
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "StrictHostKeyChecking": "yes",
        "HostKeyAlias": given.host,
        "UserKnownHostsFile": " ".join(KNOWN_HOSTS),
        "ConnectTimeout": "30",
        "ServerAliveInterval": "15",
        "Compression": "no" if given.program else "yes",
    }
    words = [NAME, "-F", "none", "-l", given.user, "-i", given.key]
    for key, value in options.items():
        words += ["-o", f"{key}={value}"]
    return [*words, given.server, script]


def check(given: Orders) -> None:
    """Log in once. BootError: the capture kernel could not, either; what ssh says of it."""
    _run(given, "true")


class Server:
    """A folder on a server; see `bootpy.crash.sink.Sink`."""

    def __init__(self, given: Orders) -> None:
        self._given = given
        self._path = given.path

    def begin(self, name: str) -> None:
        """Make a folder in it."""
        above, path = shlex.quote(self._path), shlex.quote(f"{self._path}/{name}")
        _run(self._given, f"umask 077; mkdir -p {above} && mkdir {path}")
        self._path = f"{self._path}/{name}"

    def text(self, name: str, content: bytes) -> None:
        """Send a file."""
        path = shlex.quote(f"{self._path}/{name}")
        _run(self._given, f"umask 077; cat > {path} && sync", content)

    def dump(self, name: str, given: Orders, size: int, source: int, timeline: Timeline) -> None:
        """Send the dump as it is made: what makedumpfile writes, else the core as it is."""
        if given.program:
            timeline.info(f"filtering and compressing {megabytes(size)} of memory (makedumpfile)")
            order = makedumpfile.Order(given.program, CORE, "", given.level)
            at = Progress(timeline).at
            try:
                self._send(name, lambda pipe: makedumpfile.send(order, pipe, at), timeline)
                return
            except (BootError, OSError) as error:
                tell(timeline, "sending it as it is instead", error)
        timeline.info(f"sending {megabytes(size)} of memory")
        part = Progress(timeline).part_of(size, "sent")
        self._send(name, lambda pipe: _copy(source, pipe, size, part), timeline)

    def _send(self, name: str, send: Callable[[IO[bytes]], None], timeline: Timeline) -> None:
        """Have `send` write to a file on the server, which gets its name when that is done."""
        path = shlex.quote(f"{self._path}/{name}")
        unfinished = shlex.quote(f"{self._path}/{name}{UNFINISHED}")
        words = command(self._given, f"umask 077; cat > {unfinished}")
        try:
            with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as running:
                assert running.stdin is not None
                assert running.stderr is not None
                try:
                    send(running.stdin)
                except BrokenPipeError:
                    pass  # ssh says why
                finally:
                    running.stdin.close()
                said = running.stderr.read()
            if running.returncode:
                raise _failed(said, running.returncode)
        except (BootError, OSError):
            _run(self._given, f"rm -f {unfinished}")
            raise
        _run(self._given, f"mv {unfinished} {path} && sync")
        timeline.info(f"saved {name}")


def _copy(source: int, pipe: IO[bytes], size: int, progress: Callable[[int], None]) -> None:
    for offset in range(0, size, _CHUNK):
        length = min(_CHUNK, size - offset)
        try:
            chunk = os.pread(source, length, offset)
        except OSError:
            chunk = b""
        pipe.write(chunk.ljust(length, b"\0"))
        progress(offset + length)


def _run(given: Orders, script: str, content: bytes = b"") -> None:
    done = subprocess.run(command(given, script), input=content, capture_output=True, check=False)
    if done.returncode:
        raise _failed(done.stderr, done.returncode)


def _failed(said: bytes, status: int) -> BootError:
    # It ends its lines with a carriage return, too.
    lines = [line.strip() for line in said.decode(errors="replace").splitlines()]
    text = "; ".join(line for line in lines if line)
    return BootError(
        f"ssh: {text or f'exit status {status}'}",
        "log in there once as root, with the same key; docs/crash.md tells how",
    )
