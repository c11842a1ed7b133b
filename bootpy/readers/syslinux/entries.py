"""From a LABEL to an `Entry`: which kind of program it names, and with which files.

Sources: doc/syslinux.txt and txt/syslinux.cfg.txt of SYSLINUX ("KERNEL file"), its
com32/elflink/ldlinux/{readconfig,execute,kernel}.c and txt/mboot.txt; boot/pxe_utils.c of U-Boot.
"""

import re

from bootpy.diagnostics import Diagnostic
from bootpy.entry import Entry, File, Kind, Module
from bootpy.readers.files import missing
from bootpy.readers.syslinux import programs
from bootpy.readers.syslinux.label import Label
from bootpy.readers.syslinux.naming import Naming
from bootpy.readers.syslinux.origins import origins_of
from bootpy.readers.syslinux.sysappend import added_by_sysappend


def entry_of(naming: Naming, label: Label, said: list[Diagnostic]) -> Entry:
    """Make the entry of a label, and say in `said` what is wrong with its files."""
    entry = _Making(naming, label, said).entry()
    return entry._replace(origins=origins_of(label, entry))


class _Making:
    """One label on its way to an entry."""

    def __init__(self, naming: Naming, label: Label, said: list[Diagnostic]) -> None:
        self.naming = naming
        self.label = label
        self.said = said

    def entry(self) -> Entry:
        """Return the entry, without its origins."""
        label, naming = self.label, self.naming
        entry = Entry(
            id=f"{naming.format}:{naming.volume.name}:{label.name}",
            title=label.title,
            path=(*label.menu.path, label.title),
            format=naming.format,
            kind="linux",
            source=label.source,
        )
        if label.kind == "localboot":
            return entry._replace(kind="local")
        command, arguments = programs.command_of(naming, label)
        program = programs.base_name(command)
        if label.kind in {"kernel", "com32"}:
            if program in programs.ACTIONS:
                return entry._replace(kind="action", action=programs.ACTIONS[program])
            if program == "chain.c32" and programs.goes_on(arguments):
                return entry._replace(kind="local")
            if program == "mboot.c32":
                return self._multiboot(entry, arguments)
            if program == "linux.c32":
                command, _, arguments = arguments.partition(" ")
                return self._linux(entry, command, arguments.strip(), "append")
        what = programs.no_kernel(label, command)
        if what:
            return self._unsupported(entry, command, arguments, what)
        return self._linux(entry, command, arguments, "kernel")

    def _unsupported(self, entry: Entry, command: str, arguments: str, what: str) -> Entry:
        message = f"{command} is {what}, which only SYSLINUX on a PC's BIOS can start"
        hint = "start the system that it belongs to by an entry of its own"
        images: tuple[File, ...] = ()
        if programs.base_name(command).startswith("memdisk"):
            names, given = _initrd_names(self.label, arguments)
            images = tuple(self._file(one, "image", given) for one in names)
            message = f"{command} is {what} and has {', '.join(names) or 'no image'} to show"
            hint = "a system that runs without the BIOS cannot be started from such an image"
            if "iso" in arguments.split():
                hint = "put the ISO file into a folder that is searched for them, such as /boot/iso"
        self.said.append(Diagnostic("warning", self.label.place("kernel"), message, hint))
        # SYSLINUX finds its own programs in folders besides, so that they are not missed here.
        file = self.naming.file(command, self.label.folder)
        return entry._replace(kind="unsupported", kernel=file, initrds=images, cmdline=arguments)

    def _linux(self, entry: Entry, name: str, arguments: str, directive: str) -> Entry:
        label = self.label
        kind: Kind = "linux"
        configuration = ""
        path, mark, part = name.partition("#")
        # U-Boot writes IMAGE#CONFIGURATION for a part of a FIT image.
        if (mark and self.naming.stands(path, label.folder)) or _is_fit(path):
            kind, name, configuration = "fit", path, part
        initrds, given = _initrd_names(label, arguments)
        added = f"BOOT_IMAGE={name}"
        if given == "initrd" and initrds:
            added += f" initrd={label.initrd}"
        if programs.is_efi_program(name, with_initrd=bool(initrds)):
            kind, added = "efi", ""
        added += added_by_sysappend(self.naming, label, self.said)
        return entry._replace(
            kind=kind,
            kernel=self._file(name, "kernel", directive),
            initrds=tuple(self._file(one, "initrd", given) for one in initrds),
            devicetree=self._devicetree(),
            overlays=tuple(
                self._file(one, "devicetree-overlay", "overlays") for one in label.overlays
            ),
            cmdline=arguments,
            cmdline_added=added.strip(),
            configuration=configuration,
        )

    def _multiboot(self, entry: Entry, arguments: str) -> Entry:
        """Read mboot.c32's arguments: KERNEL ARGUMENTS --- MODULE ARGUMENTS --- ..."""
        parts = [
            part.strip().partition(" ") for part in re.split(r"(?:^|\s)---(?=\s|$)", arguments)
        ]
        # Its own options stand before the kernel.
        while parts[0][0].startswith("-"):
            parts[0] = parts[0][2].strip().partition(" ")
        if not parts[0][0]:
            message = "mboot.c32 without a kernel has nothing to boot"
            hint = "name it in APPEND: kernel, arguments, then each module after ---"
            self.said.append(Diagnostic("error", self.label.place("append"), message, hint))
            return entry._replace(kind="unsupported")
        return entry._replace(
            kind="multiboot",
            kernel=self._file(parts[0][0], "kernel", "append"),
            cmdline=parts[0][2].strip(),
            modules=tuple(
                Module(self._file(name, "module", "append"), rest.strip())
                for name, _, rest in parts[1:]
                if name
            ),
        )

    def _devicetree(self) -> File | None:
        label = self.label
        if label.devicetree == "-":  # U-Boot: none, whatever else there is
            return None
        if label.devicetree:
            return self._file(label.devicetree, "devicetree", "devicetree")
        if not label.devicetree_folder:
            return None
        volume = self.naming.volume
        path = self.naming.path(label.devicetree_folder, label.folder)
        place = label.place("devicetree_folder")
        found = volume.status(path)
        if found is None or found.kind != "folder":
            message = f"device tree folder {path} is not on volume {volume.name}"
            self.said.append(Diagnostic("warning", place, message, "correct the path"))
        else:
            message = f"which device tree of {path} is the board's is not known; none is taken"
            hint = "the running kernel's device tree is handed on; FDT names a file for certain"
            self.said.append(Diagnostic("info", place, message, hint))
        return None

    def _file(self, name: str, role: str, directive: str) -> File:
        file = self.naming.file(name, self.label.folder)
        self.said += missing(self.naming.volume, file, role, self.label.place(directive))
        return file


def _is_fit(path: str) -> bool:
    """Whether the name is one that FIT images have (mkimage, Yocto, PetaLinux)."""
    return re.search(r"\.(itb|fit|ub)$|(^|/)fitimage[^/.]*$", path.lower()) is not None


def _initrd_names(label: Label, arguments: str) -> tuple[list[str], str]:
    """Return the initrds of a label, and which directive names them.

    INITRD is put behind APPEND as `initrd=`, and of several `initrd=` the last one counts.
    """
    names, given = label.initrd, "initrd"
    if not names:
        every = re.findall(r"(?:^|\s)initrd=(\S*)", arguments)
        names, given = (every[-1] if every else ""), "append"
    return [one.strip() for one in names.split(",") if one.strip()], given
