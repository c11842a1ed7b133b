"""Which line of a configuration gave an entry each of its values."""

from bootpy.entry import Entry, Origin
from bootpy.readers.syslinux.label import Label


def origins_of(label: Label, entry: Entry) -> tuple[Origin, ...]:
    """Return one Origin per value of the entry that a line of the configuration gave."""
    append = "APPEND before the first LABEL" if label.global_append else "APPEND"
    extra = ("extra", label.command)
    # What names a file of its own, and no label, is all from the command line.
    alone = label.command and not label.lines.keys() - {"extra", "sysappend"}
    title = extra if alone else ("title", "MENU LABEL")
    found = [_origin(label, "title", entry.title, *title)]
    by_append = entry.kind == "multiboot" or "linux.c32" in label.kernel
    kernel = extra if alone else ("kernel", label.kind.upper())
    arguments = ("append", append) if label.appended else extra
    if entry.kernel is not None:
        found.append(
            _origin(label, "kernel", str(entry.kernel), *(arguments if by_append else kernel))
        )
    elif "kernel" in label.lines:
        found.append(_origin(label, "kind", entry.kind, *kernel))
    initrd = ("initrd", "INITRD") if label.initrd else arguments
    if not label.initrd and "initrd=" in label.extra:
        initrd = extra
    found += [_origin(label, "initrds", str(one), *initrd) for one in entry.initrds]
    if entry.devicetree is not None:
        found.append(_origin(label, "devicetree", str(entry.devicetree), "devicetree", "FDT"))
    found += [
        _origin(label, "overlays", str(one), "overlays", "FDTOVERLAYS") for one in entry.overlays
    ]
    found += [
        _origin(label, "modules", f"{one.file} {one.cmdline}".strip(), *arguments)
        for one in entry.modules
    ]
    if by_append:
        parts = [(entry.cmdline, arguments)]
    else:
        words = entry.cmdline and label.kernel.split(None, 1)[1:]
        parts = [(one.strip(), kernel) for one in words if entry.cmdline.startswith(one.strip())]
        parts += [(label.appended, ("append", append)), (label.extra, extra)]
    found += [_origin(label, "cmdline", text, *how) for text, how in parts if text]
    if "FSUUID=" in entry.cmdline_added:
        found.append(_origin(label, "cmdline_added", "FSUUID=", "sysappend", "SYSAPPEND"))
    return tuple(found)


def _origin(label: Label, field: str, value: str, directive: str, how: str) -> Origin:
    """Without a directive of its own a value comes from the LABEL's name."""
    known = directive in label.lines
    return Origin(field, value, label.place(directive), how if known else "LABEL")
