"""Bringing a machine to a state: which states there are, and the ways between them."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from qemu.disks.debian import PASSWORD
from qemu.disks.target import READY
from qemu.guest import Guest
from qemu.machine import Machine


class State(StrEnum):
    """How far a machine has come."""

    OFF = "off"
    LOADER = "loader"  # bootpy is at work
    MENU = "menu"  # its menu is shown
    RESCUE = "rescue"  # its rescue prompt waits
    JUMPED = "jumped"  # it has left the machine to the chosen kernel
    LOGIN = "login"  # the booted system asks who is there
    SHELL = "shell"  # a shell in the booted system takes commands


@dataclass(frozen=True)
class System:
    """A system to boot: what its console shows when it is up (a regular expression).

    Where `password` is given that is a login prompt, and root logs in; else a shell.
    """

    up: str
    prompt: str
    password: str | None = None


DEBIAN = System(up=r"debian login: ?", prompt=r"root@debian:[^\r\n]*# ", password=PASSWORD)
TARGET = System(up=READY, prompt=r"target# ")


@dataclass(frozen=True)
class Landmarks:
    """What the loader's console shows in each state (regular expressions)."""

    loader: str = r"loading drivers"
    menu: str = r"[Ww]hat to boot"
    rescue: str = r"\r?\n>>> "
    jumped: str = r"jumping into [^\r\n]*"


@dataclass(frozen=True)
class Patience:
    """Seconds that each step may take. Generous: a busy host under TCG is ten times slower."""

    loader: float = 90
    menu: float = 90
    jump: float = 120
    up: float = 240


HUNG = r"watchdog: BUG: soft lockup"
"""What Linux says of a processor that is stuck in it.

Under QEMU without KVM, on a host whose processors are all busy, that has been seen once in some
ten thousand starts, in Linux's tests of its own ciphers. Before the loader runs it tells nothing
about the loader: the machine is then reset, once. Later it might, and nothing is tried again.
"""

_ROUTES: dict[State, tuple[State, ...]] = {
    State.OFF: (State.LOADER,),
    State.LOADER: (State.JUMPED, State.MENU, State.RESCUE),
    State.MENU: (State.JUMPED, State.RESCUE),
    State.RESCUE: (),
    State.JUMPED: (State.LOGIN, State.SHELL),
    State.LOGIN: (State.SHELL,),
    State.SHELL: (),
}

# What the command line needs for the loader to stop in a state by itself.
_STOPS = {State.MENU: "bootpy.timeout=-1", State.RESCUE: "bootpy.shell"}


def route(start: State, goal: State) -> list[State]:
    """Return the states to go through after `start`, `goal` the last; shortest way first.

    ValueError: no way leads there (only power gets a machine back to the loader).
    """
    waiting = deque([[start]])
    while waiting:
        way = waiting.popleft()
        if way[-1] is goal:
            return way[1:]
        waiting.extend([*way, following] for following in _ROUTES[way[-1]] if following not in way)
    raise ValueError(f"a machine cannot be brought from {start} to {goal}: turn it off first")


class Scenario:
    """A machine that starts with the loader and should end in `system`.

    Used in a `with` block; `to` brings it to a state and returns the running guest:

        with Scenario(loader_machine(debian().disk), DEBIAN) as scenario:
            shell = scenario.to(State.SHELL).shell
            assert "quiet" in shell.run("cat /proc/cmdline")
    """

    def __init__(
        self,
        machine: Machine,
        system: System,
        *,
        log: Path | None = None,
        landmarks: Landmarks | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.state = State.OFF
        self._machine = machine
        self._system = system
        self._log = log
        self._landmarks = landmarks or Landmarks()
        self._patience = patience or Patience()
        self._running = ExitStack()
        self._guest: Guest | None = None

    @property
    def guest(self) -> Guest:
        """The running machine. RuntimeError while it is off."""
        if self._guest is None:
            raise RuntimeError("the machine is off: bring it to a state first")
        return self._guest

    def to(self, goal: State) -> Guest:
        """Bring the machine to a state. ConsoleError: a step's text did not appear in time."""
        if goal is State.OFF:
            raise ValueError("a machine is turned off by off()")
        if self.state is State.OFF:
            stop = _STOPS.get(goal, "")
            machine = self._machine.appended(stop) if stop else self._machine
            self._guest = self._running.enter_context(machine.start(log=self._log))
        steps: dict[State, Callable[[State], None]] = {
            State.LOADER: self._reach_loader,
            State.MENU: self._reach_menu,
            State.RESCUE: self._reach_rescue,
            State.JUMPED: self._reach_jump,
            State.LOGIN: self._reach_login,
            State.SHELL: self._reach_shell,
        }
        for state in route(self.state, goal):
            steps[state](self.state)
            self.state = state
        return self.guest

    def off(self) -> None:
        """Cut the power."""
        self._running.close()
        self._guest = None
        self.state = State.OFF

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.off()

    def _reach_loader(self, _: State) -> None:
        landmark, patience = self._landmarks.loader, self._patience.loader
        if self.guest.expect(landmark, HUNG, timeout=patience).re.pattern == HUNG:
            warnings.warn("a processor hung before the loader was started: reset", stacklevel=3)
            self.guest.reset()
            self.guest.expect(landmark, timeout=patience)

    def _reach_menu(self, _: State) -> None:
        self.guest.expect(self._landmarks.menu, timeout=self._patience.menu)

    def _reach_rescue(self, before: State) -> None:
        if before is State.MENU:
            self.guest.console.send("r")
        self.guest.expect(self._landmarks.rescue, timeout=self._patience.menu)

    def _reach_jump(self, before: State) -> None:
        if before is State.MENU:
            self.guest.console.line("")
        self.guest.expect(self._landmarks.jumped, timeout=self._patience.jump)

    def _reach_login(self, _: State) -> None:
        self.guest.expect(self._system.up, timeout=self._patience.up)

    def _reach_shell(self, before: State) -> None:
        if before is State.JUMPED:
            self.guest.expect(self._system.up, timeout=self._patience.up)
        if self._system.password is not None:
            self.guest.console.line("root")
            self.guest.expect("Password: ", timeout=self._patience.menu)
            self.guest.console.line(self._system.password)
        self.guest.expect(self._system.prompt, timeout=self._patience.menu)
