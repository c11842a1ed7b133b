"""Leaving the loader: into an entry's kernel, or by a restart or by switching off."""

import os
import time
from typing import TYPE_CHECKING, Literal, NoReturn

from bootpy.entry import Entry
from bootpy.errors import BootError
from bootpy.init.drivers import Drivers
from bootpy.options import Options
from bootpy.timeline import Timeline

if TYPE_CHECKING:
    from bootpy.init.survey import Survey


class Leaving:
    """The ways out, for an entry of what was found."""

    def __init__(
        self, options: Options, timeline: Timeline, survey: "Survey", drivers: Drivers
    ) -> None:
        self._options = options
        self._timeline = timeline
        self._survey = survey
        self._drivers = drivers

    def boot(self, entry: Entry) -> None:
        """Load an entry and jump into it. BootError: it cannot be booted, and why."""
        try:
            if entry.kind == "action":
                self._act(entry)
            else:
                self._boot(entry)
        except BootError as error:
            raise BootError(
                f"{entry.source}: {entry.title}: {error.message}", error.hint
            ) from error

    def _act(self, entry: Entry) -> None:
        """Do what an entry without a kernel says: restart, switch off, firmware set-up."""
        if entry.action == "firmware":
            from bootpy.linux import efi

            self._drivers.load("efivarfs")
            try:
                efi.mount_variables()
                efi.ask_for_setup()
            except OSError as error:
                raise BootError(
                    f"cannot have the firmware enter its set-up: {error.strerror}",
                    "restart (b in the menu) and press the firmware's own key for it",
                ) from error
            self._timeline.info("the firmware was asked for its set-up")
        self.leave("poweroff" if entry.action == "poweroff" else "reboot")

    def _boot(self, entry: Entry) -> None:
        begun = time.monotonic()
        from bootpy.kexec.jump import jump
        from bootpy.kexec.load import load
        from bootpy.kexec.plan import prepare
        from bootpy.kexec.unbinding import give_back, let_go

        begun = self._timeline.spent("imports", "kexec", begun)
        options, volumes = self._options, self._survey.volumes
        # Who wants no countdown wants no time taken; a warning would not stop the boot anyway.
        thorough = self._survey.decision.timeout != 0
        plan = prepare(entry, volumes, options.append, call=options.kexec, thorough=thorough)
        self._timeline.spent("load", "opening and checking", begun)
        try:
            for warning in plan.warnings:
                self._timeline.warning(warning)
            words = f"loading {entry.title}: {entry.kernel} ({plan.way})"
            with self._timeline.step(words, "load"):
                remarks = load(plan, self._timeline.record("load"))
            for remark in remarks:
                self._timeline.warning(remark)
        finally:
            plan.close()
        self._timeline.debug(f"command line: {plan.cmdline}")
        if self._options.log == "debug":
            self._say_cost()
        begun = time.monotonic()
        if of_uefi():
            from bootpy.init.loader_interface import forget_record, publish

            publish(self._survey.listing, entry, self._timeline)
            if self._options.timeline != "efi":
                forget_record(self._timeline)
            begun = self._timeline.spent("shutdown", "EFI variables", begun)
        self._write_back()
        self._timeline.spent("shutdown", "writing back", begun)
        if self._options.timeline or self._options.log == "debug":
            from bootpy.init.handover import give

            give(self._timeline, self._options)
        free = let_go(self._options.unbind, self._timeline.info)
        self._timeline.info(f"jumping into {entry.title}")
        try:
            jump()
        finally:
            give_back(free)  # whoever has to find out why wants his keyboard

    def _say_cost(self) -> None:
        """Say at debug level what the boot took, for the tests and figures of the bench."""
        import sys

        from bootpy.linux.memory import memory, peak

        used = memory()
        self._timeline.debug(
            f"memory: {peak() >> 10} kB peak of this process, "
            f"{(used.total - used.available) >> 10} of {used.total >> 10} kB in use"
        )
        self._timeline.debug(f"modules imported: {' '.join(sorted(sys.modules))}")

    def _write_back(self) -> None:
        """Leave nothing in memory that a person at the prompt has written to a disk.

        What we mounted stays mounted: it is read-only, and to unmount it the kernel would give
        back every page that was read of it (docs/booting.md has the cost).
        """
        from bootpy.init.early import unmount_writable

        for stuck in unmount_writable():
            self._timeline.warning(f"unmounting {stuck}")
        os.sync()

    def leave(self, how: Literal["reboot", "poweroff"]) -> NoReturn:
        """Restart the machine or switch it off."""
        from bootpy.kexec.jump import power_off, restart

        self._write_back()
        self._timeline.info("restarting" if how == "reboot" else "switching off")
        (restart if how == "reboot" else power_off)()


def of_uefi() -> bool:
    """Return whether firmware started this machine that keeps variables for systemd's loader."""
    return os.path.isdir("/sys/firmware/efi")
