"""yaboot.conf, of PowerPC Macs and IBM's machines: images in sections, like LILO's.

Sources: yaboot.conf(5), second/cfg.c and make_params() of second/yaboot.c of yaboot;
discover/yaboot-parser.c of petitboot; SUSE's patch for image[64bit].
"""

import posixpath
import re

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.entry import Configuration, Entry, File, Host, Origin
from bootpy.readers.device_paths import remarks
from bootpy.readers.files import read_text
from bootpy.readers.keyword_file import LARGEST, Option, Section, parse, unknown
from bootpy.readers.yaboot_paths import file_of, for_kexec
from bootpy.volume import Volume, Volumes

PLACES = (
    "/yaboot.conf",
    "/yaboot.cnf",
    "/etc/yaboot.conf",
    "/etc/yaboot.cnf",
    "/suseboot/yaboot.cnf",
    "/ppc/yaboot.conf",
)

_IMAGES = {"image": None, "image[32bit]": "ppc", "image[64bit]": "ppc64"}

_KNOWN = frozenset(
    (
        *("device", "partition", "default", "timeout", "password", "restricted", "message"),
        *("root", "ramdisk", "read-only", "read-write", "append", "initrd", "initrd-prompt"),
        *("initrd-size", "pause-after", "pause-message", "init-code", "init-message", "fgcolor"),
        *(
            "bgcolor",
            "ptypewarning",
            "label",
            "alias",
            "single-key",
            "literal",
            "novideo",
            "sysmap",
        ),
        # ybin's, which installs yaboot: other systems are started by its own little menu.
        *("boot", "ofboot", "install", "magicboot", "delay", "defaultos", "enablecdboot", "bsd"),
        *(
            "enablenetboot",
            "enableofboot",
            "macos",
            "macosx",
            "darwin",
            "nonvram",
            "hide",
            "protect",
        ),
        *(
            "usemount",
            "fstype",
            "hfstype",
            "hfscreator",
            "mntpoint",
            "force",
            "verbose",
            "brokenosx",
        ),
        # petitboot and older versions of yaboot.
        *("video", "old-kernel", "include", "nocd", "prompt", "read_only"),
    )
)


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read the configurations on `home`."""
    return [
        _Reader(home, volumes, host, path).configuration()
        for path in PLACES
        if (found := home.status(path)) and found.kind == "file"
    ]


class _Reader:
    """One yaboot.conf being read."""

    def __init__(self, home: Volume, volumes: Volumes, host: Host, path: str) -> None:
        self.home = home
        self.volumes = volumes
        self.host = host
        self.source = Source(home.name, path)
        text, self.said = read_text(home, path, LARGEST)
        sections, said = parse(text or "", self.source, _IMAGES)
        self.said += said
        self.said += unknown(sections, _KNOWN, self.source, "yaboot.conf(5)")
        self.top, *self.images = sections
        self.names: list[tuple[str, ...]] = []

    def configuration(self) -> Configuration:
        entries: list[Entry] = []
        taken: set[str] = set()
        for image in self.images:
            entry, names = self._entry(image, taken)
            taken.add(entry.id)
            entries.append(entry)
            self.names.append(names)
        chosen = self._chosen(entries)
        return Configuration(
            source=self.source,
            format="yaboot",
            entries=tuple(entry._replace(default=entry is chosen) for entry in entries),
            default=chosen.id if chosen else None,
            timeout=self._timeout(),
            diagnostics=tuple(self.said),
        )

    def _place(self, option: Option | None) -> Source:
        return Source(self.home.name, self.source.path, option.line) if option else self.source

    def _option(self, image: Section, key: str) -> Option | None:
        """Return an image's option, or the one for all images."""
        return image.get(key) or self.top.get(key)

    def _entry(self, image: Section, taken: set[str]) -> tuple[Entry, tuple[str, ...]]:
        head = image.head
        assert head is not None
        label = image.text("label") or posixpath.basename(head.value or "")
        names = tuple(name for name in (label, image.text("alias")) if name)
        bits = head.key.partition("[")[2].rstrip("]")
        # SUSE's media have each label twice, for either kind of processor.
        twice = f"yaboot:{self.home.name}:{label}" in taken and bits
        name = f"{label} ({bits})" if twice else label
        origins = [Origin("title", name, self._place(image.get("label") or head), "label")]
        kernel, initrd = self._files(image, head, origins)
        for file, role, option in (
            (kernel, "kernel", head),
            (initrd, "initrd", self._option(image, "initrd") or head),
        ):
            if file is not None:
                self.said += remarks(self.volumes, file, role, self._place(option))
        cmdline = self._cmdline(image, origins)
        entry = Entry(
            id=f"yaboot:{self.home.name}:{name}",
            title=name,
            path=(name,),
            format="yaboot",
            kind="linux",
            source=self._place(head),
            kernel=kernel,
            initrds=(initrd,) if initrd else (),
            cmdline=cmdline,
            architecture=_IMAGES[head.key],
            origins=tuple(origins),
        )
        return entry, names

    def _files(
        self, image: Section, head: Option, origins: list[Origin]
    ) -> tuple[File, File | None]:
        kernel, initrd = for_kexec(self.home, self.source.path, head)
        how = "SUSE's files for kexec beside it" if kernel else head.key
        if kernel is None:
            kernel = self._file(image, head.value or "")
        origins.append(Origin("kernel", str(kernel), self._place(head), how))
        option = self._option(image, "initrd")
        if option is not None and option.value:
            initrd = self._file(image, option.value)
            how = "initrd" if image.get("initrd") else "initrd for all images"
        if initrd is not None:
            origins.append(Origin("initrds", str(initrd), self._place(option or head), how))
        return kernel, initrd

    def _file(self, image: Section, text: str) -> File:
        device, partition = (self._option(image, key) for key in ("device", "partition"))
        return file_of(
            self.home,
            self.volumes,
            text,
            folder=posixpath.dirname(self.source.path),
            device=(device.value or "") if device else "",
            partition=(partition.value or "") if partition else "",
        )

    def _cmdline(self, image: Section, origins: list[Origin]) -> str:
        """Put the arguments together in yaboot's order; `literal` stands for all of them."""
        words: list[str] = []

        def add(text: str, option: Option) -> None:
            words.append(text)
            how = option.key if option is image.get(option.key) else f"{option.key} for all images"
            origins.append(Origin("cmdline", text, self._place(option), how))

        literal = image.get("literal")
        if literal is not None:
            add(_one_line(literal), literal)
            return words[0]
        for key, form in (
            ("root", "root={}"),
            ("read-only", "ro"),
            ("read-write", "rw"),
            ("ramdisk", "ramdisk={}"),
            ("initrd-size", "ramdisk_size={}"),
            ("novideo", "video=ofonly"),
            ("append", "{}"),
        ):
            option = self._option(image, key)
            if option is not None and (option.value or "{}" not in form):
                add(form.format(_one_line(option)), option)
        return " ".join(words).strip()

    def _chosen(self, entries: list[Entry]) -> Entry | None:
        option = self.top.get("default")
        if option is None or not option.value:
            return self._for_host(entries) or next(iter(entries), None)
        named = [
            entry
            for entry, names in zip(entries, self.names, strict=True)
            if any(name.lower() == option.value.lower() for name in names)
        ]
        if not named:
            message = f"default {quoted(option.value)} names no image"
            hint = "the first is taken; name one of the labels"
            self.said.append(Diagnostic("warning", self._place(option), message, hint))
        return self._for_host(named) or next(iter(named or entries), None)

    def _for_host(self, entries: list[Entry]) -> Entry | None:
        """Return the first that is for this machine's kind of processor, if it is a PowerPC."""
        bits = {"ppc": "ppc", "ppc64": "ppc64", "ppc64le": "ppc64"}.get(self.host.machine)
        return next((one for one in entries if bits and one.architecture == bits), None)

    def _timeout(self) -> float | None:
        """Return seconds: yaboot counts tenths, and waits for ever where it is told nothing."""
        option = self.top.get("timeout")
        if option is None:
            return -1.0
        number = re.match(r"-?[0-9]{1,9}", option.value or "")
        if number is None:
            message = f"timeout {(option.value or '')[:40]} is not a number"
            hint = "write tenths of a second"
            self.said.append(Diagnostic("warning", self._place(option), message, hint))
            return -1.0
        return int(number[0]) / 10 if int(number[0]) >= 0 else -1.0


def _one_line(option: Option) -> str:
    return re.sub(r"\s+", " ", option.value or "").strip()
