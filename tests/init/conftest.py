import os
import pickle
import pty
import sys
import termios
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pexpect.fdpexpect
import pytest

from bootpy.linux import syscalls
from bootpy.linux.namespaces import enter_private_mounts

_MS_BIND = 0x1000


class EmptyMachine:
    """A process that sees a machine without devices, whose console is a pseudo-terminal.

    `console` is the terminal's other end. What the process runs must leave by itself.
    """

    def __init__(self, folder: Path, work: Callable[[], object]) -> None:
        master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (50, 200))
        reading, writing = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            try:
                self._be_machine(folder, work, master, slave, writing)
            finally:
                os._exit(0)  # whatever happens, a second pytest must not come of it
        os.close(writing)
        # Kept open, so that the terminal lasts from one process to the next.
        self._slave, self._answer = slave, reading
        self.console = pexpect.fdpexpect.fdspawn(master, timeout=10, encoding="utf-8")

    @staticmethod
    def _be_machine(
        folder: Path, work: Callable[[], object], master: int, slave: int, writing: int
    ) -> None:
        os.close(master)
        # The loader puts the console under these descriptors; pytest put files of its own.
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False, buffering=1)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)
        answer: object
        try:
            _empty(folder, os.ttyname(slave))
            answer = work()
        except BaseException:
            answer = traceback.format_exc()
        with open(writing, "wb") as pipe:
            pickle.dump(answer, pipe)

    def say(self, line: str) -> None:
        self.console.send(f"{line}\r")

    def returned(self) -> object:
        """Wait until the function has returned, and return what it did."""
        with open(self._answer, "rb", closefd=False) as pipe:
            return pickle.load(pipe)

    def end(self) -> None:
        os.kill(self.process, 9)
        os.waitpid(self.process, 0)
        self.console.close()
        os.close(self._slave)
        os.close(self._answer)


def _empty(folder: Path, terminal: str) -> None:
    enter_private_mounts()
    (folder / "dev").mkdir()
    (folder / "cmdline").write_text("bootpy.wait=0 bootpy.log=warning\n")
    syscalls.mount("tmpfs", f"{folder}/dev", "tmpfs", 0)
    os.mknod(folder / "dev/null", 0o20666, os.makedev(1, 3))
    (folder / "dev/console").touch()
    syscalls.mount(terminal, f"{folder}/dev/console", "", _MS_BIND)
    syscalls.mount(f"{folder}/cmdline", "/proc/cmdline", "", _MS_BIND)
    syscalls.mount("tmpfs", "/run", "tmpfs", 0)
    syscalls.mount("tmpfs", "/sys", "tmpfs", 0)
    syscalls.mount(f"{folder}/dev", "/dev", "", _MS_BIND | 0x4000)
    # The loader forbids writes to every disk that it sees: it must see none of this machine's.
    assert os.listdir("/sys") == []
    assert sorted(os.listdir("/dev")) == ["console", "null"]
    os.makedirs("/run/bootpy/volumes")


@pytest.fixture
def empty_machine(tmp_path: Path) -> Iterator[Callable[[Callable[[], object]], EmptyMachine]]:
    """Start processes on empty machines; they are ended afterwards."""
    if os.geteuid() != 0:
        pytest.skip("needs root: a mount namespace is made")
    kept = SimpleNamespace(machines=[])

    def start(work: Callable[[], object]) -> EmptyMachine:
        folder = tmp_path / str(len(kept.machines))
        folder.mkdir()
        machine = EmptyMachine(folder, work)
        kept.machines.append(machine)
        return machine

    yield start
    for machine in kept.machines:
        machine.end()
