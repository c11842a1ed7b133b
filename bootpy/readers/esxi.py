"""boot.cfg of VMware ESXi: installed in two boot banks, of which one boots, and on media.

`bootstate` says what became of a bank: 0 it is good, 1 it was upgraded and is to be tried, 2 it
was tried and did not come up, 3 it is bad or empty. Of the banks of a disk in states 0 and 1
the one with the highest number `updated` boots. Installation media have no such number.

Sources: safeboot/bootbank.c and mboot/config.c of VMware's esx-boot.
"""

import posixpath
import re
from typing import NamedTuple

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, File, Host, Module, Origin, Write
from bootpy.readers.device_paths import remarks
from bootpy.readers.files import lines, look, normal_path, read_text, same_disk
from bootpy.volume import Volume, Volumes

PLACES = tuple(
    f"{folder}/{name}"
    for folder in ("", "/EFI/BOOT", "/efi/boot")
    for name in ("boot.cfg", "BOOT.CFG")
)

MOST_MODULES = 2000
_LARGEST = 1 << 20  # with 2,000 modules it has not a tenth of it

_STATES = {
    "1": "was upgraded and has not been tried yet",
    "2": "was tried after an upgrade and did not come up",
    "3": "is empty or was given up",
}
_NEXT_STATE = {"1": "2", "2": "3"}
_GOOD = ("0", "1")


class _Line(NamedTuple):
    value: str
    place: Source


class _Bank(NamedTuple):
    """A boot.cfg's settings by their names; the last of repeated ones counts.

    `folders` keeps the names in the folders that were looked into, by the names in lower case.
    """

    path: str
    settings: dict[str, _Line]
    said: list[Diagnostic]
    text: str
    folders: dict[str, dict[str, str]]

    def get(self, name: str) -> str:
        return self.settings[name].value if name in self.settings else ""

    def place(self, name: str) -> Source:
        return self.settings[name].place

    @property
    def number(self) -> int:
        """`updated`, 0 where it says nothing: no boot bank, or none to start from."""
        found = re.fullmatch(r"[0-9]{1,18}", self.get("updated"))
        return int(found[0]) if found else 0


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read the boot.cfg files on `home`; a copy of one that was read already is passed over."""
    found = []
    seen: set[str] = set()
    for path in PLACES:
        bank = _bank(home, path)
        if bank is None or bank.text in seen:
            continue
        seen.add(bank.text)
        found.append(_configuration(home, volumes, bank))
    return found


def _bank(volume: Volume, path: str) -> _Bank | None:
    status = volume.status(path)
    if status is None or status.kind != "file":
        return None
    text, said = read_text(volume, path, _LARGEST)
    settings: dict[str, _Line] = {}
    for number, line in enumerate(lines(text or ""), 1):
        name, equals, value = line.partition("=")
        name = name.strip().lower()
        if equals and name and not name.startswith("#"):
            settings[name] = _Line(value.strip(), Source(volume.name, path, number))
    return _Bank(path, settings, said, text or "", {})


def _configuration(home: Volume, volumes: Volumes, bank: _Bank) -> Configuration:
    source = Source(home.name, bank.path)
    said = bank.said
    found = Configuration(source, "esxi")
    if "kernel" not in bank.settings or not bank.get("kernel"):
        message = "no configuration of ESXi: it names no kernel"
        hint = "add a line kernel=; NetBSD's file of the same name is not read"
        said.append(Diagnostic("info", source, message, hint))
        return found._replace(diagnostics=tuple(said))
    entry = _entry(home, volumes, bank)
    boots = _boots(home, volumes, bank)
    writes: tuple[Write, ...] = ()
    state = bank.get("bootstate")
    if state in _NEXT_STATE and bank.number:
        changed = (("bootstate", _NEXT_STATE[state]),)
        writes = (Write(home.name, bank.path, changed),)
    return found._replace(
        entries=(entry._replace(default=boots),),
        default=entry.id if boots else None,
        timeout=_timeout(bank),
        writes=writes,
        diagnostics=tuple(said),
    )


def _boots(home: Volume, volumes: Volumes, bank: _Bank) -> bool:
    """Whether this is what ESXi's loader would start of the home volume's disk."""
    state = bank.get("bootstate")
    source = Source(home.name, bank.path)
    if state and state not in _GOOD:
        what = _STATES.get(state, f"has the unknown state {state[:20]}")
        hint = "choose it by hand, or set bootstate=0 once it is repaired"
        place = bank.place("bootstate")
        bank.said.append(Diagnostic("warning", place, f"this boot bank {what}", hint))
        return False
    if bank.get("skip") not in {"", "0"}:
        message = "skip: the loader is told to go on with the next boot option"
        bank.said.append(Diagnostic("info", bank.place("skip"), message, "choose it by hand"))
        return False
    for other in volumes:
        if other is home or not same_disk(other, home):
            continue
        rival = next((one for path in PLACES if (one := _bank(other, path))), None)
        if rival is None or rival.get("bootstate") not in _GOOD:
            continue
        if rival.number > bank.number:
            message = f"not the default: the boot bank on {other.name} is newer"
            message += f" (updated={rival.number}, here {bank.number})"
            bank.said.append(Diagnostic("info", source, message, "choose it by hand to go back"))
            return False
    return True


def _timeout(bank: _Bank) -> float | None:
    if "timeout" not in bank.settings:
        return None
    value = bank.get("timeout")
    if not re.fullmatch(r"[0-9]{1,9}", value):
        message = f"timeout {value[:40]} is not a number"
        bank.said.append(Diagnostic("warning", bank.place("timeout"), message, "write seconds"))
        return None
    return float(value)


def _entry(home: Volume, volumes: Volumes, bank: _Bank) -> Entry:
    title = " ".join(bank.get("title").split()) or "VMware ESXi"
    build = bank.get("build")
    source = bank.place("kernel")
    origins = []
    if bank.get("title"):
        origins.append(Origin("title", title, bank.place("title"), "title"))
    kernel = _file(home, bank, bank.get("kernel"))
    bank.said.extend(remarks(volumes, kernel, "kernel", source))
    origins.append(Origin("kernel", str(kernel), source, "kernel"))
    options = " ".join(bank.get("kernelopt").split())
    if options:
        origins.append(Origin("cmdline", options, bank.place("kernelopt"), "kernelopt"))
    modules: list[Module] = []
    for part in bank.get("modules").split("---")[:MOST_MODULES]:
        name, *arguments = part.split(None, 1)[:2] or [""]
        if name:
            modules.append(Module(_file(home, bank, name), " ".join(arguments).strip()))
    if modules:
        place = bank.place("modules")
        origins += [Origin("modules", str(one.file), place, "modules") for one in modules]
        lost = [one.file for one in modules if one.file.exists is False]
        for file in lost[:3]:
            bank.said.extend(remarks(volumes, file, "module", place))
        if len(lost) > 3:
            message = f"{len(lost) - 3} more modules are not on volume {home.name}"
            bank.said.append(Diagnostic("error", place, message, "install ESXi again"))
    return Entry(
        id=f"esxi:{home.name}:{bank.path[1:]}",
        title=title,
        path=(title,),
        format="esxi",
        kind="multiboot",
        source=source,
        kernel=kernel,
        modules=tuple(modules),
        cmdline=options,
        version=build or None,
        origins=tuple(origins),
    )


def _file(home: Volume, bank: _Bank, name: str) -> File:
    """Return the file `name`, in the folder `prefix` or else in boot.cfg's where it is relative."""
    prefix = bank.get("prefix")
    if not re.match(r"[A-Za-z]+://", name) and not name.startswith("/") and "://" in prefix:
        name = f"{prefix.rstrip('/')}/{name}"
    if re.match(r"[A-Za-z]+://", name):
        return File(None, None, url=name)
    folder = posixpath.dirname(bank.path)
    if "prefix" in bank.settings and "://" not in prefix:
        folder = normal_path(prefix)
    file = look(home, normal_path(name, folder))
    return file if file.exists else _in_any_case(home, bank, file)


def _in_any_case(home: Volume, bank: _Bank, file: File) -> File:
    """Return the file of that name in other case, as FAT and ISO 9660 have it."""
    folder, name = posixpath.split(file.path or "/")
    if folder not in bank.folders:
        bank.folders[folder] = {other.lower(): other for other in home.names(folder)}
    other = bank.folders[folder].get(name.lower())
    return look(home, posixpath.join(folder, other)) if other else file
