"""The values that flow from readers to kexec: files, entries, configurations, listings.

All are immutable: menu edits and policy make new ones with `_replace`. NamedTuples and
not dataclasses, because the boot path pays for each class at start-up.
"""

from typing import Literal, NamedTuple

from bootpy.diagnostics import Diagnostic, Source

Kind = Literal[
    "linux",
    "multiboot",
    "multiboot2",
    "uki",
    "efi",
    "iso",
    "fit",
    "local",  # go on with the next device
    "action",  # reboot, power off, firmware setup: no kernel
    "unsupported",  # shown, with a diagnostic that says why it cannot boot
]

Action = Literal["", "reboot", "poweroff", "firmware"]
"""What an entry of kind "action" has the machine do; "firmware" is its set-up program."""


class File(NamedTuple):
    """A file that an entry names: `volume` and `path` from that volume's root, or `url`.

    `volume` is None while the volume is not there; `wanted` is then what was asked for
    ("UUID=...", "LABEL=...", "hd1,gpt2"). `exists` is None where it could not be looked at.
    `archived_as` is the path under which an initrd's file is to stand in an archive that is
    made of it (GRUB's newc:PATH:FILE), "" for a file that is an archive by itself.
    """

    volume: str | None
    path: str | None
    url: str | None = None
    wanted: str | None = None
    exists: bool | None = None
    archived_as: str = ""

    @property
    def resolved(self) -> bool:
        """Whether the place that holds the file is known and present."""
        return self.url is not None or self.volume is not None

    def __str__(self) -> str:
        return self.url or f"({self.volume or self.wanted or '?'}){self.path}"


class Module(NamedTuple):
    """A multiboot module: a file and its arguments, without the file's name.

    A file compressed with gzip is unpacked for the kernel, unless it is to be handed over
    `as_it_is`.
    """

    file: File
    cmdline: str = ""
    as_it_is: bool = False


class Origin(NamedTuple):
    """Where a value of an entry came from, for `bootpy explain`.

    `field` is the entry's field ("title", "kernel", "initrds", "cmdline", ...), or what led
    there: "root" (the volume), "variable", "order", "default". `value` is what
    this place gave it (a part of it where several places did), `how` what did so, as the
    format's own words say it ("linux command", "options key", "append in DEFAULTS").
    """

    field: str
    value: str
    source: Source
    how: str


class Tries(NamedTuple):
    """Boot counting (Automatic Boot Assessment): attempts left and failed so far."""

    left: int
    done: int


class Entry(NamedTuple):
    """One thing to boot.

    `id` is unique in a listing and stable from run to run on the same content. `path` holds
    the titles from the top menu down, the entry's own last. `cmdline` is what the
    configuration gives; what a loader adds by itself (`BOOT_IMAGE=`) is `cmdline_added`.
    `default` says that the entry's own configuration makes it the default. `profile` is the
    profile of a unified kernel image that is to be booted, `extras` the files that go along
    with it (add-ons, extensions, credentials); `configuration` is that of a FIT image.
    `by_person` says that only a person may choose it: a password is asked for, or it is not
    what the machine is for (an ISO file lying on a disk, a recovery system).
    `origins` say place by place where the values came from, in the order in which they were
    given.
    """

    id: str
    title: str
    path: tuple[str, ...]
    format: str
    kind: Kind
    source: Source
    default: bool = False
    kernel: File | None = None
    initrds: tuple[File, ...] = ()
    devicetree: File | None = None
    overlays: tuple[File, ...] = ()
    modules: tuple[Module, ...] = ()
    cmdline: str = ""
    cmdline_added: str = ""
    architecture: str | None = None
    version: str | None = None
    tries: Tries | None = None
    action: Action = ""
    profile: int | None = None
    extras: tuple[File, ...] = ()
    configuration: str = ""
    by_person: bool = False
    origins: tuple[Origin, ...] = ()


class Write(NamedTuple):
    """What a configuration would have written had it been booted: recorded, never done."""

    volume: str
    path: str
    variables: tuple[tuple[str, str], ...]


class Configuration(NamedTuple):
    """What one reader found in one configuration (a file with its includes, or a folder).

    `default` is the id of the entry that it would boot by itself, or None. `timeout` is in
    seconds: None where it says nothing, -1 where it says to wait for ever. `fallbacks` are
    ids to try in turn when the default fails. `passed` counts entries beside `entries` that
    were not looked into, since nobody is asked (`Host.asks_nobody`).
    """

    source: Source
    format: str
    entries: tuple[Entry, ...] = ()
    default: str | None = None
    timeout: float | None = None
    fallbacks: tuple[str, ...] = ()
    writes: tuple[Write, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    passed: int = 0


class Folded(NamedTuple):
    """An entry that boots the same as one that was found before: `into` is that one's id."""

    entry: Entry
    into: str


class Listing(NamedTuple):
    """Everything that could boot on a machine, in menu order, and what would by itself.

    `folded` are the entries left out because another one boots the same; `passed` counts those
    that were not looked into.
    """

    entries: tuple[Entry, ...] = ()
    default: str | None = None
    timeout: float | None = None
    fallbacks: tuple[str, ...] = ()
    writes: tuple[Write, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    folded: tuple[Folded, ...] = ()
    passed: int = 0

    def find(self, entry_id: str) -> Entry | None:
        """Return the entry with this id, or None."""
        return next((entry for entry in self.entries if entry.id == entry_id), None)


class Host(NamedTuple):
    """What readers may know of the machine: 'efi' or 'pc', and `uname -m`'s name.

    `efi_variables` are the names and texts of systemd-boot's variables, where there are any.
    `waits` is for how many seconds the machine waits for a person, -1 for ever, or None where
    the configurations are to say so.
    """

    platform: str
    machine: str
    efi_variables: tuple[tuple[str, str], ...] = ()
    waits: float | None = -1

    def asks_nobody(self, timeout: float | None) -> bool:
        """Whether a configuration with this time-out boots before anybody can choose."""
        return (timeout if self.waits is None else self.waits) == 0
