"""From a title to an `Entry`: what its commands load, and from where.

Sources: stage2/builtins.c (kernel_func, initrd_func, module_func, chainloader_func) and
stage2/boot.c (load_image, load_initrd) of GRUB 0.97. A Linux kernel gets what stands behind its
name, and nothing besides: `mem=` is added for kernels older than boot protocol 2.03 alone.
"""

import re

from bootpy.diagnostics import Diagnostic, Level, Source
from bootpy.entry import Action, Entry, File, Kind, Module, Origin
from bootpy.readers.files import missing
from bootpy.readers.grub_legacy.devices import Devices, Place, device_name, place_of
from bootpy.readers.grub_legacy.parser import Command, Title
from bootpy.readers.grub_legacy.words import KERNEL_TYPES

_ACTIONS: dict[str, Action] = {"halt": "poweroff", "reboot": "reboot"}

MOST_MODULES = 99
"""Modules of one kernel; GRUB 0.97's own table has no more."""

_BIOS = "which needs BIOS services that a running Linux kernel cannot give back"


class Run:
    """The commands of one title, run as far as a reader can.

    `configfile` is the configuration that takes over, where one does, and `save` the text of
    savedefault, None where there is none. `root` is the device at the end.
    """

    def __init__(self, devices: Devices, root: str, said: list[Diagnostic]) -> None:
        self.devices = devices
        self.root = root
        self.said = said
        self.configfile: tuple[Place, Source] | None = None
        self.save: str | None = None
        self._kind: Kind | None = None
        self._type = ""
        self._kernel: tuple[str, File, Source] | None = None
        self._place: Place | None = None
        self._cmdline = ""
        self._initrds: list[tuple[File, Source]] = []
        self._modules: list[tuple[Module, Source]] = []
        self._too_many = 0
        self._action: Action = ""
        self._why = ""

    def run(self, title: Title) -> None:
        """Run the commands in order; a later one of a kind replaces the one before."""
        actions = {
            "root": self._root,
            "rootnoverify": self._root,
            "uuid": self._uuid,
            "kernel": self._load_kernel,
            "initrd": self._load_initrd,
            "module": self._load_module,
            "modulenounzip": self._load_module,
            "chainloader": self._chain,
            "find": self._find,
            "configfile": self._configuration,
            "halt": self._act,
            "reboot": self._act,
            "savedefault": self._save,
        }
        for command in title.commands:
            if action := actions.get(command.name):
                action(command)

    @property
    def kernel_place(self) -> Place | None:
        """Where the kernel is, if one is loaded."""
        return self._place

    def entry(self, title: Title, number: str, above: tuple[str, ...]) -> Entry:
        """Return what was loaded as the entry with this number, below the titles of `above`."""
        entry = Entry(
            id=f"grub-legacy:{self.devices.home.name}:{number}",
            title=title.text,
            path=(*above, title.text),
            format="grub-legacy",
            kind=self._kind or "unsupported",
            source=title.source,
            action=self._action if self._kind == "action" else "",
            origins=(Origin("title", title.text, title.source, "title command"),),
        )
        if self._kind is None:
            self._why = "loads nothing that could be started: it is a heading, or a tool"
        if entry.kind == "unsupported":
            hint = "choose another entry"
            self._say("info" if self._kind is None else "warning", title.source, self._why, hint)
        if self._kernel is None or self._kind in {None, "action", "local"}:
            return entry
        return self._with_files(entry, *self._kernel)

    def _with_files(self, entry: Entry, name: str, kernel: File, place: Source) -> Entry:
        origins = [*entry.origins, Origin("kernel", str(kernel), place, "kernel command")]
        entry = entry._replace(kernel=kernel, cmdline=self._cmdline)
        if self._kind == "linux" and self._is_multiboot(name):
            modules = tuple(module for module, _ in self._modules)
            entry = entry._replace(kind="multiboot", modules=modules)
            origins += [
                Origin("modules", f"{one.file} {one.cmdline}".strip(), source, "module command")
                for one, source in self._modules
            ]
        elif self._kind == "linux":
            # With a Linux kernel GRUB takes `module` for `initrd`.
            loaded = [(file, source, "initrd command") for file, source in self._initrds]
            loaded += [(one.file, source, "module command") for one, source in self._modules]
            entry = entry._replace(initrds=tuple(file for file, _, _ in loaded))
            origins += [Origin("initrds", str(file), source, how) for file, source, how in loaded]
        if self._cmdline:
            origins.append(Origin("cmdline", self._cmdline, place, "kernel command"))
        return entry._replace(origins=tuple(origins))

    def _is_multiboot(self, name: str) -> bool:
        if self._type:
            return self._type == "multiboot"
        base = name.rpartition("/")[2].lower()
        if re.match(r"vmlinu|bzimage|linux|memtest", base):
            return False
        return bool(self._modules) or re.match(r"xen|gnumach|tboot|mboot", base) is not None

    def _root(self, command: Command) -> None:
        if command.text:
            self.root = device_name(command.text.partition(")")[0])

    def _uuid(self, command: Command) -> None:
        if command.text:
            self.root = f"UUID={command.text.partition(' ')[0]}"

    def _configuration(self, command: Command) -> None:
        if command.text:
            self.configfile = place_of(command.text.partition(" ")[0], self.root), command.source

    def _act(self, command: Command) -> None:
        self._kind, self._action = "action", _ACTIONS[command.name]

    def _save(self, command: Command) -> None:
        self.save = command.text

    def _load_kernel(self, command: Command) -> None:
        rest, kind = command.text, ""
        while found := re.match(r"--(?:type=(\S*)|no-mem-option)(?:\s+|$)", rest):
            kind = found[1] or kind
            rest = rest[found.end() :]
        name, _, arguments = rest.partition(" ")
        if not name:
            self._say("error", command.source, "kernel names no file", "write the kernel's path")
            return
        self._place = place_of(name, self.root)
        self._kernel = name, self._file(name, "kernel", command.source), command.source
        self._cmdline = arguments.strip()
        self._initrds, self._modules = [], []
        self._kind, self._type = "linux", KERNEL_TYPES.get(kind, "")
        if kind and kind not in KERNEL_TYPES:
            self._kind, self._why = "unsupported", f"loads a kernel of type {kind}, not Linux"
        elif name.rpartition("/")[2].lower() == "memdisk":
            self._kind, self._why = "unsupported", f"loads {name}, an emulator of disks, {_BIOS}"

    def _load_initrd(self, command: Command) -> None:
        if self._kind != "linux":
            message = "initrd without a Linux kernel before it loads nothing"
            self._say("warning", command.source, message, "move it below the kernel command")
            return
        if self._initrds:
            message = "a second initrd command takes the place of the first, as in GRUB legacy"
            self._say("info", command.source, message, "write all files behind one initrd command")
        self._initrds = [
            (self._file(name, "initrd", command.source), command.source)
            for name in command.text.split()
        ]

    def _load_module(self, command: Command) -> None:
        name, _, arguments = command.text.partition(" ")
        if self._kind != "linux" or not name:
            message = f"{command.name} without a kernel before it, or a file, loads nothing"
            self._say("warning", command.source, message, "move it below the kernel command")
            return
        if len(self._modules) >= MOST_MODULES:
            self._too_many += 1
            if self._too_many == 1:
                message = f"modules beyond {MOST_MODULES} are not loaded"
                self._say("error", command.source, message, "leave some of them out")
            return
        file = self._file(name, "module", command.source)
        as_it_is = command.name == "modulenounzip"
        self._modules.append((Module(file, arguments.strip(), as_it_is), command.source))

    def _chain(self, command: Command) -> None:
        names = [word for word in command.text.split() if not word.startswith("--")]
        if not names:
            self._say("error", command.source, "chainloader names nothing", "write +1 or a file")
            return
        found = re.fullmatch(r"(?:\(([^()]*)\))?(\d*\+\d+)", names[0])
        if found is None:
            file = self._file(names[0], "loader", command.source)
            self._kernel = names[0], file, command.source
            efi = names[0].lower().endswith(".efi")
            self._kind = "efi" if efi else "unsupported"
            self._why = f"starts {names[0]} as a boot sector, {_BIOS}"
            self._cmdline = ""
            return
        device = device_name(found[1]) if found[1] else self.root
        self._kernel = None
        if re.fullmatch(r"[hf]d\d+", device):
            self._kind = "local"
        else:
            self._kind = "unsupported"
            self._why = f"starts the boot sector of ({device or 'the boot device'}), {_BIOS}"

    def _find(self, command: Command) -> None:
        """GRUB4DOS: `find --set-root FILE` makes the first device that has the file the root."""
        words = command.text.split()
        if "--set-root" not in words or words[-1].startswith("--"):
            return
        place = place_of(words[-1], "")
        volume = self.devices.with_file(place.path)
        if volume is not None:
            self.root = f"VOLUME={volume.name}"
        else:
            message = f"no volume has {place.path}, which find looks for"
            self._say("warning", command.source, message, "attach the disk that has it")
            self.root = f"FILE={place.path}"

    def _file(self, name: str, role: str, source: Source) -> File:
        if not name.startswith(("/", "(")):
            message = f"{role} {name} does not start with a slash; it is taken from the root"
            self._say("warning", source, message, f"write /{name}")
        place = place_of(name, self.root)
        file = self.devices.file(place)
        volume = self.devices.volume(place.device)
        if volume is not None:
            self.said += missing(volume, file, role, source)
        else:
            message = f"{role} {place.path} is on ({place.device}), which is not known here"
            hint = "attach that disk, or say with grub= which volume it is"
            self._say("warning", source, message, hint)
        return file

    def _say(self, level: Level, source: Source, message: str, hint: str) -> None:
        self.said.append(Diagnostic(level, source, message, hint))
