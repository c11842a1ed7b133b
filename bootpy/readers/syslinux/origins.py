"""Which line of a configuration gave an entry each of its values."""

from bootpy.entry import Entry, Origin
from bootpy.readers.syslinux.label import Label


def origins_of(label: Label, entry: Entry) -> tuple[Origin, ...]:
    """Return one Origin per value of the entry that a line of the configuration gave."""
    found = [_origin(label, "title", entry.title, "title", "MENU LABEL")]
    append = "APPEND before the first LABEL" if label.global_append else "APPEND"
    by_append = entry.kind == "multiboot" or "linux.c32" in label.kernel
    if entry.kernel is not None:
        gave, how = ("append", append) if by_append else ("kernel", label.kind.upper())
        found.append(_origin(label, "kernel", str(entry.kernel), gave, how))
    elif "kernel" in label.lines:
        found.append(_origin(label, "kind", entry.kind, "kernel", label.kind.upper()))
    gave, how = ("initrd", "INITRD") if label.initrd else ("append", append)
    found += [_origin(label, "initrds", str(one), gave, how) for one in entry.initrds]
    if entry.devicetree is not None:
        found.append(_origin(label, "devicetree", str(entry.devicetree), "devicetree", "FDT"))
    found += [
        _origin(label, "overlays", str(one), "overlays", "FDTOVERLAYS") for one in entry.overlays
    ]
    found += [
        _origin(label, "modules", f"{one.file} {one.cmdline}".strip(), "append", append)
        for one in entry.modules
    ]
    if entry.cmdline:
        words = label.kernel.split(None, 1)
        before = words[1].strip() if len(words) == 2 else ""
        if before and entry.cmdline.startswith(before):
            found.append(_origin(label, "cmdline", before, "kernel", label.kind.upper()))
            rest = entry.cmdline.removeprefix(before).strip()
        else:
            rest = entry.cmdline
        if rest:
            found.append(_origin(label, "cmdline", rest, "append", append))
    if "FSUUID=" in entry.cmdline_added:
        found.append(_origin(label, "cmdline_added", "FSUUID=", "sysappend", "SYSAPPEND"))
    return tuple(found)


def _origin(label: Label, field: str, value: str, directive: str, how: str) -> Origin:
    """Without a directive of its own a value comes from the LABEL's name."""
    known = directive in label.lines
    return Origin(field, value, label.place(directive), how if known else "LABEL")
