"""The words of the rescue prompt that need no Python."""

import os
from typing import TYPE_CHECKING, NamedTuple

from bootpy.errors import BootError
from bootpy.menu.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from bootpy.entry import Entry
    from bootpy.init.boot import Boot
    from bootpy.volume import Volume

_CAT_LIMIT = 1 << 20
_BLAMED = 20  # lines: what a terminal shows


class Word(NamedTuple):
    """One word: how it is used and what it does, for `help`."""

    usage: str
    meaning: str


WORDS = {
    "analyze": Word("analyze [blame]", "say where the time went, by stages or by what took it"),
    "boot": Word("boot [N]", "boot entry N (a number, title, id or path), or the default"),
    "cat": Word("cat FILE", "show a file: vda2:/etc/fstab, or a path of this system"),
    "dmesg": Word("dmesg", "show the kernel's log, with bootpy's own lines"),
    "entries": Word("entries [N]", "list what could boot, or everything about entry N"),
    "help": Word("help", "show this list"),
    "ls": Word(
        "ls [FOLDER]", "list the volumes, or a folder: vda2:/boot, or a path of this system"
    ),
    "lsblk": Word("lsblk", "list the block devices and what is on them"),
    "mount": Word("mount", "list the mounts; every volume is mounted read-only by itself"),
    "poweroff": Word("poweroff", "switch the machine off"),
    "reboot": Word("reboot", "restart the machine"),
    "report": Word("report", "say, disk by disk, what was seen and why it does not boot"),
}


class Words:
    """What each word does, with the loader's state at hand."""

    def __init__(self, boot: "Boot") -> None:
        self._boot = boot
        self._does: dict[str, Callable[[list[str]], None]] = {
            "analyze": self.analyze,
            "boot": self.boot,
            "cat": self.cat,
            "dmesg": self.dmesg,
            "entries": self.entries,
            "help": self.help,
            "ls": self.ls,
            "lsblk": self.lsblk,
            "mount": self.mount,
            "poweroff": lambda _: self._boot.leaving.leave("poweroff"),
            "reboot": lambda _: self._boot.leaving.leave("reboot"),
            "report": self.report,
        }

    def run(self, line: list[str]) -> None:
        """Do what the words of a line say; BootError with the remedy where they are off."""
        self._does[line[0]](line[1:])

    def analyze(self, words: list[str]) -> None:
        """Tell where the time went until now, by stages or by each thing that took it."""
        from bootpy.analysis import blame_lines, of_timeline, time_lines

        if words not in ([], ["time"], ["blame"]):
            raise BootError(
                f"analyze: no {' '.join(words)} here",
                "say `analyze` or `analyze blame`; a chart is drawn from the console's log",
            )
        record = of_timeline(self._boot.timeline)
        lines = blame_lines(record, _BLAMED) if words == ["blame"] else time_lines(record)
        for line in lines:
            print(clean(line))

    def boot(self, words: list[str]) -> None:
        """Boot an entry; says why where it cannot."""
        if words:
            self._boot.leaving.boot(self._entry(words))
            return
        survey = self._boot.survey
        first = survey.listing.find(survey.decision.order[0]) if survey.decision.order else None
        if first is None:
            raise BootError("nothing here boots by itself", "`entries` lists what there is")
        self._boot.leaving.boot(first)

    def cat(self, words: list[str]) -> None:
        """Show files as text."""
        if not words:
            raise BootError("cat: which file?", "for example: cat vda2:/etc/fstab")
        for word in words:
            volume, path = self._place(word)
            if volume is not None:
                content = volume.read(path, _CAT_LIMIT)
            else:
                with open(path, "rb") as file:
                    content = file.read(_CAT_LIMIT)
            for line in content.decode(errors="replace").splitlines():
                print(clean(line))

    def ls(self, words: list[str]) -> None:
        """List the volumes, or folders."""
        if not words:
            for each in self._boot.survey.volumes:
                names = [each.uuid and f"UUID {each.uuid}", each.label and f"label {each.label}"]
                print(f"{each.name}:/", *(clean(name) for name in names if name))
            return
        for word in words:
            volume, path = self._place(word)
            if volume is None:
                names = sorted(os.listdir(path))
            else:
                status = volume.status(path)
                if status is None:
                    raise BootError(f"ls: {word}: no such file or folder")
                names = volume.names(path) if status.kind == "folder" else [path]
            for name in names:
                print(clean(name))

    def _place(self, word: str) -> "tuple[Volume | None, str]":
        """Take `vda2:/path`, `(vda2)/path` or a path of this system apart."""
        name, colon, path = word.removeprefix("(").replace(")", ":", 1).partition(":")
        if not colon or word.startswith("/"):
            return None, word
        volume = self._boot.survey.volumes.named(name)
        if volume is None:
            raise BootError(f"no volume is called {name}", "`ls` lists the volumes")
        return volume, path or "/"

    def lsblk(self, _: list[str]) -> None:
        """List the block devices."""
        from bootpy.init.survey import describe

        if not self._boot.survey.devices:
            print("no block device")
        for device in self._boot.survey.devices:
            print(f"{'  ' if device.parent else ''}{clean(describe(device))}")

    def mount(self, words: list[str]) -> None:
        """List the mounts."""
        if words:
            raise BootError(
                "mount: every volume that can be mounted is, read-only, below /run/bootpy/volumes",
                "for another mount use Python: from bootpy.linux import mounts; "
                "mounts.mount_read_only(node, folder, kind)",
            )
        with open("/proc/self/mounts", encoding="utf-8", errors="replace") as file:
            print(file.read(), end="")

    def entries(self, words: list[str]) -> None:
        """List the entries, or describe one."""
        listing = self._boot.survey.listing
        if words:
            entry = self._entry(words)
            for name, value in entry._asdict().items():
                if value not in (None, "", ()):
                    shown = ", ".join(map(str, value)) if name in {"initrds", "overlays"} else value
                    print(f"{name:>15} {clean(str(shown))}")
            return
        if not listing.entries:
            print("no entry: `report` says what was seen")
        for number, entry in enumerate(listing.entries, start=1):
            mark = "*" if entry.id == listing.default else " "
            path = " > ".join(entry.path)
            print(f"{mark}{number:3} {clean(path)}  ({entry.source})")

    def _entry(self, words: list[str]) -> "Entry":
        from bootpy.policy.decision import resolve

        wanted = " ".join(words).strip("\"'")
        entry = resolve(self._boot.survey.listing, wanted)
        if entry is None:
            raise BootError(f"no entry is called {wanted}", "`entries` lists what there is")
        return entry

    def dmesg(self, _: list[str]) -> None:
        """Show the kernel's log."""
        from bootpy.linux.kernel_log import KernelLog

        log = KernelLog(whole=True)
        for at, message in log.timed_lines():
            print(f"[{at:12.6f}] {clean(message)}")
        log.close()

    def report(self, _: list[str]) -> None:
        """Show the report on what was seen."""
        from bootpy.init.report import report

        for line in report(self._boot.survey):
            print(clean(line))

    def help(self, _: list[str]) -> None:
        """List the words."""
        for word in WORDS.values():
            print(f"  {word.usage:15} {word.meaning}")
