"""What a running script can see and change, and what its commands ask for."""

from bootpy.diagnostics import Diagnostic, Level, Source, quoted
from bootpy.entry import Host, Write
from bootpy.readers.grub.devices import Devices, Place, device_name, split
from bootpy.readers.grub.limits import (
    LONGEST_VALUE,
    MOST_DIAGNOSTICS,
    MOST_OUTPUT,
    MOST_VARIABLES,
    Budget,
    LimitReached,
)
from bootpy.readers.grub.loading import Loading
from bootpy.readers.grub.menu import Menu
from bootpy.readers.grub.syntax import Command, Script, Statements
from bootpy.readers.grub.variables import Variables
from bootpy.volume import Volume


class MachineLeft(Exception):  # noqa: N818 -- it never leaves the interpreter
    """A command gave up control of the machine: nothing after it runs."""


class Session:
    """What all evaluators of one configuration share.

    `at_desk` says that one script is run just as GRUB would run it: broken lines are
    dropped as GRUB drops them, and not mended.
    """

    def __init__(self, devices: Devices, host: Host, *, at_desk: bool = False) -> None:
        self.devices = devices
        self.host = host
        self.budget = Budget()
        self.diagnostics: dict[Diagnostic, None] = {}
        self.scripts: dict[tuple[str, str], Script] = {}
        self.at_desk = at_desk
        self.entries = 0
        # Red Hat's GRUB, whose installation media need it, keeps \\xHH; GRUB 2.06 does not.
        self.keeps_hex = not at_desk


class State:
    """The state of one run: the file's, or one entry's with a copy of what the file left.

    `variables`, `menu` and `source` change with the context. `configs` are the files whose
    menus are being shown, `passed` those in which the items picked on the way here stand.
    `loading` collects what an entry loads, `writes` what save_env would have written, `output`
    what was printed, `missing` what searches looked for in vain, by variable, with its value
    then. `images` are those that `loopback` made devices of, by name. `set_at` says where and
    how each variable was set, `command` is the one that runs. `repeating` is above 0 inside
    loops and functions. `own_scope` are the parameters of the entry that is run, and `own_seen`
    says that something that is its own was looked at: those, or `$chosen`. `ends` says that
    nothing runs after `exit`, `boot` and kin; the file itself is read on, for its entries.
    """

    def __init__(self, session: Session, variables: Variables, menu: Menu, source: Source) -> None:
        self.session = session
        self.variables = variables
        self.menu = menu
        self.shown: list[Menu] = []
        self.source = source
        self.line = 1
        self.functions: dict[str, Statements] = {}
        self.loading = Loading()
        self.writes: list[Write] = []
        self.output: list[str] = []
        self.missing: dict[str, tuple[str, str]] = {}
        self.images: dict[str, Volume] = {}
        self.set_at: dict[str, tuple[Source, int, str]] = {}
        self.command: Command | None = None
        self.configs: tuple[tuple[str, str], ...] = ()
        self.passed: tuple[tuple[str, str], ...] = ()
        self.status = 0
        self.scope: list[str] | None = None
        self.keeps_hex = session.keeps_hex
        self.loops = 0
        self.breaks = 0
        self.continuing = False
        self.returning = False
        self._printed = 0
        self.ends = session.at_desk
        self.calls = 0
        self.repeating = 0
        self.own_scope: list[str] | None = None
        self.own_seen = False

    def value(self, name: str) -> str | None:
        """The value of a variable, `?` included."""
        if name == "chosen":
            self.own_seen = True
        return str(self.status) if name == "?" else self.variables.get(name)

    def parameters(self) -> list[str] | None:
        """The positional parameters; None outside functions and entries."""
        if self.scope is self.own_scope:
            self.own_seen = True
        return self.scope

    def set(self, name: str, value: str, how: str = "set") -> None:
        """Set a variable; what a search for it missed before is forgotten.

        `how` says by which command, for `Entry.origins`.
        """
        if len(value) > LONGEST_VALUE:
            raise LimitReached(
                f"the value of {name} is longer than {LONGEST_VALUE} characters",
                "look for a loop that makes a variable longer and longer",
            )
        if len(self.set_at) > MOST_VARIABLES and name not in self.set_at:
            raise LimitReached(f"more than {MOST_VARIABLES} variables", "look for a loop")
        self.variables.set(name, value)
        self.set_at[name] = (self.source, self.line, how)
        if self.missing:
            self.missing.pop(name, None)

    def place(self, name: str) -> Place:
        """Find the place of a file named as in a script."""
        root = self.variables.get("root") or ""
        device, path = split(name, root)
        if not name.startswith("("):
            if "root" in self.missing:
                return Place(device, path, None, self.missing["root"][1])
            image = self.missing.get(f"({device})", ("", None))  # what loopback did not find
            return self._placed(device, path, self.find(device), image[1])
        volume = self.find(device)
        if volume is None:
            for before, wanted in self.missing.values():
                if before == device:
                    return Place(device, path, None, wanted)
        return self._placed(device, path, volume, None)

    def _placed(self, device: str, path: str, volume: Volume | None, wanted: str | None) -> Place:
        """The place of a path on a volume, in the subvolume that SUSE's $btrfs_subvol names.

        A volume that is seen from its subvolume @, as a running system has it, lacks its name.
        """
        subvolume = self.variables.get("btrfs_subvol")
        if subvolume and volume is not None:
            for within in (subvolume, subvolume.removeprefix("/@")):
                if self.session.devices.status(volume, f"{within}{path}") is not None:
                    return Place(device, f"{within}{path}", volume, None)
        return Place(device, path, volume, wanted)

    def find(self, device: str) -> Volume | None:
        """Find a volume by a device's name: an image that `loopback` opened, or a disk's."""
        return self.images.get(device) or self.session.devices.find(device)

    def called(self, volume: Volume) -> str:
        """Name a volume as a script calls it."""
        return next((n for n, v in self.images.items() if v is volume), device_name(volume))

    def read(self, name: str) -> bytes | None:
        """Read a file named as in a script; None where it cannot be read."""
        place = self.place(name)
        # Without a leading slash GRUB takes it for a list of blocks.
        if place.volume is None or not place.path.startswith("/"):
            return None
        try:
            content = place.volume.read(place.path)
        except (OSError, ValueError):
            return None
        self.charge(500 + len(content) // 16)
        return content

    def charge(self, work: int) -> None:
        """Count what expansion does. LimitReached at the bound."""
        self.session.budget.charge(work)

    def files_in(self, folder: str) -> list[str]:
        """Names in a folder, for wildcards."""
        place = self.place(folder)
        return place.volume.names(place.path or "/") if place.volume else []

    def device_names(self) -> list[str]:
        """Names of all volumes, for wildcards."""
        return [device_name(volume) for volume in self.session.devices.volumes]

    def print(self, text: str) -> None:
        """Print as GRUB's commands do."""
        self._printed += len(text)
        if self._printed > MOST_OUTPUT:
            raise LimitReached(f"more than {MOST_OUTPUT} characters printed", "look for a loop")
        self.output.append(text)

    def tell(self, level: Level, message: str, hint: str = "") -> None:
        """Remark on the current line; the same remark is kept once."""
        if len(self.session.diagnostics) >= MOST_DIAGNOSTICS:
            return
        source = self.source._replace(line=self.line)
        # What a script calls a command, or a file, may be as long as the script.
        remark = Diagnostic(level, source, quoted(message, 1000), quoted(hint, 1000))
        self.session.diagnostics.setdefault(remark)

    def leave(self) -> None:
        """Give up control. MachineLeft where that ends what runs: an entry, or a script."""
        if self.ends:
            raise MachineLeft

    def write(self, volume: Volume, path: str, variables: dict[str, str]) -> None:
        """Record what would have been written: one record a file, with its newest values."""
        for number, known in enumerate(self.writes):
            if (known.volume, known.path) == (volume.name, path):
                values = dict(known.variables) | variables
                self.writes[number] = known._replace(variables=tuple(values.items()))
                return
        self.writes.append(Write(volume.name, path, tuple(variables.items())))
