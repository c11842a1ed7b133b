"""lilo.conf and elilo.conf: the Linux loaders of PCs with BIOS, and of the first with EFI.

lilo.conf lies on the root file system of the system that it boots, and names files as that
system does; elilo.conf lies beside its kernels on the ESP. What `lilo` wrote into its map when
it ran last is not read: only the configuration is.

Sources: lilo.conf(5); src/cfg.c and the options of src/bsect.c of LILO 24; docs/elilo.txt and
config.c of ELILO 3.16.
"""

import posixpath
import re
from itertools import islice

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.entry import Configuration, Entry, File, Host, Origin
from bootpy.readers.device_paths import file_of, in_system, remarks
from bootpy.readers.files import MOST_REMARKS, look, normal_path, read_text
from bootpy.readers.keyword_file import LARGEST, Option, Section, parse, unknown
from bootpy.readers.lilo_words import ELILO, FOLDERS_OF_ELILO, LILO, arguments, seconds
from bootpy.volume import Volume, Volumes

PLACES = (
    *("/lilo.conf", "/etc/lilo.conf", "/elilo.conf", "/etc/elilo.conf"),
    *(f"/{top}/{folder}/elilo.conf" for top in ("EFI", "efi") for folder in FOLDERS_OF_ELILO),
)


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read the configurations on `home`."""
    found = []
    for path in PLACES:
        if home.ignores_case and path.startswith("/efi/"):
            continue
        status = home.status(path)
        if status is not None and status.kind == "file":
            found.append(_Reader(home, volumes, path).configuration())
    return found


class _Reader:
    """One configuration being read."""

    def __init__(self, home: Volume, volumes: Volumes, path: str) -> None:
        self.home = home
        self.volumes = volumes
        self.source = Source(home.name, path)
        self.elilo = path.endswith("elilo.conf")
        text, self.said = read_text(home, path, LARGEST)
        starts = ("image",) if self.elilo else ("image", "other")
        sections, said = parse(text or "", self.source, starts)
        self.said += said
        manual = "ELILO's documentation" if self.elilo else "lilo.conf(5)"
        self.said += unknown(sections, ELILO if self.elilo else LILO, self.source, manual)
        self.top, *images = sections
        self.images = images
        self._doubles(sections)

    def configuration(self) -> Configuration:
        entries: list[Entry] = []
        for image in self.images:
            assert image.head is not None
            make = self._other if image.head.key == "other" else self._linux
            entries.append(make(image, image.head))
        chosen = self._chosen(entries)
        fallback = self._fallback(entries, chosen)
        return Configuration(
            source=self.source,
            format="lilo",
            entries=tuple(entry._replace(default=entry is chosen) for entry in entries),
            default=chosen.id if chosen else None,
            timeout=seconds(self.top, self.source, self.said),
            fallbacks=(fallback.id,) if fallback else (),
            diagnostics=tuple(self.said),
        )

    def _place(self, option: Option | None) -> Source:
        return Source(self.home.name, self.source.path, option.line) if option else self.source

    def _doubles(self, sections: list[Section]) -> None:
        """Warn of options that are given twice, which LILO refuses."""
        once = {"append", "root", "initrd", "label", "default"}
        doubles = (one for section in sections for one in section.repeated if one.key in once)
        for option in islice(doubles, MOST_REMARKS):
            message = f"{option.key} is given twice; the last one counts"
            hint = "put everything into one of them"
            self.said.append(Diagnostic("warning", self._place(option), message, hint))

    def _names(self, image: Section) -> tuple[str, ...]:
        assert image.head is not None
        label = image.text("label") or posixpath.basename(image.head.value or "")
        return tuple(name for name in (label, image.text("alias")) if name)

    def _bare(self, image: Section, head: Option) -> Entry:
        label = next(iter(self._names(image)), head.key)
        title = image.text("description") or label
        title = re.sub(r"\s+", " ", title).strip() or label
        option = image.get("description") or image.get("label") or head
        return Entry(
            id=f"lilo:{self.home.name}:{label}",
            title=title,
            path=(title,),
            format="lilo",
            kind="linux",
            source=self._place(head),
            origins=(Origin("title", title, self._place(option), option.key),),
        )

    def _other(self, image: Section, head: Option) -> Entry:
        message = (
            f"{quoted(head.value or 'other')} is a boot sector, which only a PC's BIOS can start"
        )
        hint = "start that system by the firmware, or by an entry of its own"
        self.said.append(Diagnostic("info", self._place(head), message, hint))
        return self._bare(image, head)._replace(kind="unsupported")

    def _linux(self, image: Section, head: Option) -> Entry:
        entry = self._bare(image, head)
        monitor = image.get("vmm") or (self.top.get("vmm") if self.elilo else None)
        if monitor is not None:
            what = quoted(monitor.value or "a monitor")
            message = f"{what} is to be started under the kernel, as ELILO did for Xen"
            hint = "start the kernel without it, or Xen by a Multiboot entry"
            self.said.append(Diagnostic("warning", self._place(monitor), message, hint))
            entry = entry._replace(kind="unsupported")
        kernel = self._file(head.value or "")
        optional = image.get("optional") or self.top.get("optional")
        if optional and kernel.exists is False:
            missing = quoted(kernel.path or "")
            message = f"optional kernel {missing} is not there: LILO leaves its image out"
            self.said.append(Diagnostic("info", self._place(head), message, "install it again"))
        else:
            self.said += remarks(self.volumes, kernel, "kernel", self._place(head))
        origins = [*entry.origins, Origin("kernel", str(kernel), self._place(head), head.key)]
        initrds: list[File] = []
        option = image.get("initrd") or self.top.get("initrd")
        if option is not None and option.value:
            initrd = self._file(option.value)
            initrds.append(initrd)
            if not (optional and initrd.exists is False):
                self.said += remarks(self.volumes, initrd, "initrd", self._place(option))
            origins.append(Origin("initrds", str(initrd), self._place(option), "initrd"))
        words: list[str] = []
        for text, given in arguments(image, self.top, elilo=self.elilo):
            if text == "root=current":
                message = "root=current is what was the root when lilo ran last; it is left out"
                hint = "name the device: root=/dev/sda1, or UUID=..."
                self.said.append(Diagnostic("warning", self._place(given), message, hint))
                continue
            words.append(text)
            how = given.key if given is image.get(given.key) else f"{given.key} for all images"
            origins.append(Origin("cmdline", text, self._place(given), how))
        name = head.value if self.elilo else next(iter(self._names(image)), "")
        return entry._replace(
            kernel=kernel,
            initrds=tuple(initrds),
            cmdline=" ".join(words).strip(),
            cmdline_added=f"BOOT_IMAGE={name}" if name else "",
            origins=tuple(origins),
        )

    def _file(self, name: str) -> File:
        if self.elilo and not self.source.path.startswith("/etc/"):
            found = re.fullmatch(r"[A-Za-z0-9_]+:(.*)", name)
            folder = posixpath.dirname(self.source.path)
            return look(self.home, normal_path(found[1] if found else name, folder))
        if not name.startswith("/") and ":" in name:
            return file_of(self.home, self.volumes, name)
        return in_system(self.home, self.volumes, name)

    def _chosen(self, entries: list[Entry]) -> Entry | None:
        option = self.top.get("default")
        if option is not None and option.value:
            found = self._named(entries, option.value)
            if found is not None:
                return found
            message = f"default {quoted(option.value)} names no image"
            hint = "the first is taken; name one of the labels"
            self.said.append(Diagnostic("warning", self._place(option), message, hint))
        return next(iter(entries), None)

    def _named(self, entries: list[Entry], name: str) -> Entry | None:
        """Return the first entry of this label or alias; case does not matter to LILO."""
        for image, entry in zip(self.images, entries, strict=True):
            if name.lower() in {one.lower() for one in self._names(image)}:
                return entry
        return None

    def _fallback(self, entries: list[Entry], chosen: Entry | None) -> Entry | None:
        """Return what the chosen image's `fallback` has boot when it itself fails."""
        for image, entry in zip(self.images, entries, strict=True):
            option = image.get("fallback") if entry is chosen else None
            words = (option.value or "").split() if option else []
            if words:
                return self._named(entries, words[0])
        return None
