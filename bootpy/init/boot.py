"""The loader's work from drivers to the jump, in a child of PID 1.

One straight path: drivers, devices, volumes, readers, decision, menu, kexec. What fails is
said with its reason and the next entry is tried; whatever is left over in the end, a person
gets the report and the rescue prompt.
"""

import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, NoReturn

from bootpy.diagnostics import Diagnostic
from bootpy.entry import Entry, Host, Listing
from bootpy.errors import BootError
from bootpy.init import sinks
from bootpy.init.drivers import Drivers
from bootpy.init.leaving import Leaving, of_uefi
from bootpy.options import Options
from bootpy.policy.decision import Decision
from bootpy.timeline import Span, Timeline

Start = Literal["boot", "rescue"]


class Boot:
    """The child's state: what is known, and what has been tried."""

    def __init__(
        self,
        options: Options,
        remarks: tuple[Diagnostic, ...] = (),
        spans: tuple[tuple[str, str, float, float], ...] = (),
    ) -> None:
        self.options = options
        self._console = sinks.Console(1, options.log)
        self.timeline = Timeline(self._console, sinks.KernelLog(), sinks.LogFile())
        if spans:
            self._begin(spans)
        for remark in remarks:
            self.timeline.say(remark.level, str(remark))
        self._find_drivers()

    def _begin(self, spans: tuple[tuple[str, str, float, float], ...]) -> None:
        """Put before our own spans what came earlier: the kernel, the interpreter, PID 1."""
        from bootpy.init.early import started

        ours = Span(*spans[0]).start
        kernel = started(ours)
        self.timeline.spans = [
            Span("kernel", f"Linux {os.uname().release}", 0.0, kernel),
            Span("interpreter", "Python starts", kernel, ours),
            *(Span(*span) for span in spans),
        ]

    def _find_drivers(self) -> None:
        begun = time.monotonic()
        from bootpy.init.early import unmount_volumes
        from bootpy.init.hotplug import Events

        begun = self.timeline.spent("imports", "pyudev", begun)
        from bootpy.init.survey import Survey

        begun = self.timeline.spent("imports", "devices, readers, policy", begun)
        unmount_volumes()  # what a child before us left when it died
        drivers = self._drivers = Drivers(self.timeline)
        begun = self.timeline.spent("drivers", "tables of modules", begun)
        # Before the first driver: a device that appears while we look is not missed.
        self.events = Events(drivers)
        self.timeline.spent("devices", "listening for new ones", begun)
        with self.timeline.step("loading drivers", "drivers"):
            loaded = drivers.load_for_present_devices()
        self.timeline.debug(f"{len(loaded)} modules: {' '.join(loaded)}")
        here = host(self.options.platform)._replace(waits=self.options.timeout)
        self.survey = Survey(self.timeline, self.options, here, drivers)
        self.leaving = Leaving(self.options, self.timeline, self.survey, drivers)

    def run(self, start: Start) -> None:
        """Boot, or go to the prompt; returns when a person asks to begin again."""
        if of_uefi():
            begun = time.monotonic()
            from bootpy.init.loader_interface import variables

            self.survey.knows(variables(self._drivers, self.timeline))
            self.timeline.spent("policy", "EFI variables", begun)
        self.survey.look()
        if start == "rescue" or self.options.shell:
            self.rescue()
            return
        if self.options.list:
            self._list()
        self.wait_for_entry()
        if not self.survey.decision.order:
            self.report()
        if self.survey.listing.entries:
            self._menu_and_boot(self.survey.decision)
        else:
            self.rescue()

    def _list(self) -> NoReturn:
        """Write the listing to the terminal that wants it, and switch off."""
        from bootpy.init.listing import send

        self.look_again()  # what came while the first disks were read
        send(self.survey, self.options)
        self.leaving.leave("poweroff")

    def wait_for_entry(self) -> None:
        """Take in new disks until there is something to boot, at most `bootpy.wait=` seconds."""
        begun = time.monotonic()
        deadline = begun + self.options.wait
        announced = False
        keyboard = [0]
        while not self._settled():
            left = deadline - time.monotonic()
            if left <= 0:
                self.look_again()  # what came in the last moment
                return
            if not announced:
                announced = True
                what = "only a guess" if self.survey.decision.is_guess else "nothing"
                self.timeline.info(
                    f"{what} to boot yet: waiting up to {self.options.wait:g} s for a disk "
                    "(Enter ends the wait)"
                )
            ready, _, _ = select.select([self.fileno(), *keyboard], [], [], left)
            if 0 in ready:
                if _drain(0):
                    return
                keyboard = []  # hung up: it would be ready for ever
            changed = self.events.take()
            if changed:
                self.survey.look(changed)
        if announced:
            self.timeline.spent("wait", "for a disk", begun)

    def _settled(self) -> bool:
        decision = self.survey.decision
        return bool(decision.order) and decision.settled and not decision.is_guess

    def _menu_and_boot(self, decision: Decision) -> None:
        """Show the menu until a person leaves it; boot what is chosen."""
        from bootpy.menu.choice import choose
        from bootpy.menu.terminal import Terminal

        while True:
            first = self.survey.listing.find(decision.order[0]) if decision.order else None
            if first:
                self.timeline.info(f"first choice: {first.title} ({decision.reason})")
            begun = time.monotonic()
            # The menu owns the screen while it stands; what is said meanwhile comes after it.
            with self._console.held(), self._reading_ahead(first, decision):
                choice = choose(Terminal.of_process(), self.survey.listing, decision, self)
            self.timeline.spent("menu", "countdown and choice", begun)
            if choice.action == "rescue":
                self.rescue()
                return
            if choice.action in {"reboot", "poweroff"}:
                self.leaving.leave(choice.action)
            if choice.entry is None:
                continue
            if choice.by_person:
                self.try_entry(choice.entry)
            else:
                self._boot_in_turn(choice.entry)
                self.timeline.error("no entry could be booted: the menu waits for you")
            # What was tried failed: from now on nothing boots before a person says so.
            decision = self.survey.decision._replace(timeout=None)

    @contextmanager
    def _reading_ahead(self, first: Entry | None, decision: Decision) -> Iterator[None]:
        """Have the files of the first choice read while a countdown runs."""
        if first is None or not decision.timeout:
            yield
            return
        from bootpy.init.ahead import ReadAhead

        ahead = ReadAhead(first, self.survey.volumes)
        try:
            yield
        finally:
            ahead.stop()
            self.timeline.debug(f"read ahead: {ahead.asked >> 10} of {ahead.size >> 10} kB")

    def _boot_in_turn(self, first: Entry) -> None:
        self.try_entry(first)
        self.survey.complete()
        for entry_id in self.survey.decision.order:
            entry = self.survey.listing.find(entry_id)
            if entry is not None and entry_id != first.id:
                self.timeline.warning(f"trying the next entry instead: {entry.title}")
                self.try_entry(entry)

    def try_entry(self, entry: Entry) -> None:
        """Boot an entry; returns only where that failed, after saying why."""
        try:
            self.leaving.boot(entry)
        except BootError as error:
            self.timeline.error(error.message)
            if error.hint:
                self.timeline.info(f"  hint: {error.hint}")

    def report(self) -> None:
        """Say, disk by disk, what was seen and why nothing boots by itself."""
        from bootpy.init.report import report

        for line in report(self.survey):
            self.timeline.say("report", line)

    def rescue(self) -> None:
        """Give a person the prompt; returns when it is left."""
        from bootpy.init.rescue import prompt

        self.survey.complete()
        prompt(self)

    def look_again(self) -> None:
        """Take in what was plugged in or out since."""
        changed = self.events.take()
        if changed:
            self.survey.look(changed)

    # The menu's Watch: new disks join the list while it counts down.

    def fileno(self) -> int:
        """Return the descriptor that is readable when the kernel has news of devices."""
        return self.events.fileno()

    def update(self) -> tuple[Listing, Decision] | None:
        """Take the news; what there is to boot now, or None where nothing changed."""
        changed = self.events.take()
        if changed and self.survey.look(changed):
            return self.survey.listing, self.survey.decision
        return None


def host(platform: str = "") -> Host:
    """Describe this machine to the readers, as one of another `platform` where that is given."""
    return Host(platform or ("efi" if of_uefi() else "pc"), os.uname().machine)


def _drain(fd: int) -> bool:
    """Take what was typed; False where the terminal is gone."""
    try:
        return bool(os.read(fd, 256))
    except OSError:
        return False
