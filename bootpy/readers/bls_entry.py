"""One Boot Loader Specification entry (type 1): from a .conf file to an `Entry`.

Source: UAPI.1 Boot Loader Specification and src/boot/boot.c of systemd.
"""

import posixpath
import re
from collections.abc import Sequence

from bootpy.diagnostics import Diagnostic, Source, quoted
from bootpy.entry import Entry, File, Host, Kind
from bootpy.readers.bls_fields import LARGEST, Field, every, last, parse, unquoted
from bootpy.readers.bls_order import Candidate, counted
from bootpy.readers.bls_origins import origins
from bootpy.readers.files import look, missing, normal_path, read_text
from bootpy.volume import Volume

# The specification takes UEFI's names; the kernel's are written too.
_ARCHITECTURES = {
    "x86_64": ("x64", "x86_64", "x86-64", "amd64"),
    "aarch64": ("aa64", "aarch64", "arm64"),
    "riscv64": ("riscv64",),
    "riscv32": ("riscv32",),
    "loongarch64": ("loongarch64",),
    "ia64": ("ia64",),
    "ppc64le": ("ppc64le", "ppc64el", "ppc64-le"),
    "s390x": ("s390x",),
}


def read_entry(
    volume: Volume, folder: str, file_name: str, host: Host
) -> tuple[Candidate | None, list[Diagnostic]]:
    """Read one .conf file; None where it is no entry or one for another architecture."""
    path = posixpath.join(folder, file_name)
    source = Source(volume.name, path)
    found = volume.status(path)
    if found is not None and found.kind == "folder":
        hint = "move it away: entries are files"
        return None, [Diagnostic("info", source, "a folder is passed over", hint)]
    text, said = read_text(volume, path, LARGEST)
    if text is None:
        return None, said
    fields, more = parse(text, source)
    said += more
    return _candidate(volume, source, fields, said, host), said


def _candidate(
    volume: Volume, source: Source, fields: list[Field], said: list[Diagnostic], host: Host
) -> Candidate | None:
    for architecture in every(fields, "architecture"):
        if not _for_machine(architecture.value, host.machine):
            place = source._replace(line=architecture.line)
            message = (
                f"passed over: for {quoted(architecture.value)}, and this machine is {host.machine}"
            )
            said.append(Diagnostic("info", place, message))
            return None
    started = _started(volume, source, fields, said)
    if started is None:
        return None
    kind, kernel = started
    name, tries = counted(posixpath.basename(source.path))
    version = _text(fields, "version")
    title = _text(fields, "title") or f"{name}.conf"
    initrds = _initrds(volume, source, fields, said)
    devicetree = last(fields, "devicetree")
    overlays = _files(volume, source, _split(every(fields, "devicetree-overlay")), said)
    if overlays and devicetree is None:
        line = every(fields, "devicetree-overlay")[0].line
        hint = "add a devicetree key with the base tree"
        message = "devicetree-overlay without devicetree has nothing to be laid over"
        said.append(Diagnostic("warning", source._replace(line=line), message, hint))
    entry = Entry(
        id=f"bls:{volume.name}:{name}",
        title=title,
        path=(title,),
        format="bls",
        kind=kind,
        source=source,
        kernel=kernel,
        initrds=tuple(file for _, file in initrds),
        devicetree=_files(volume, source, [devicetree], said)[0] if devicetree else None,
        overlays=tuple(overlays),
        cmdline=_cmdline(source, fields, said),
        cmdline_added=_added(initrds) if kind == "linux" else "",
        architecture=_text(fields, "architecture") or None,
        version=version or None,
        tries=tries,
        profile=_profile(source, fields, said),
        extras=tuple(_files(volume, source, every(fields, "extra"), said)),
        origins=origins(source, fields, tries is not None),
    )
    if kind in {"uki", "efi"} and kernel is not None and kernel.exists:
        from bootpy.readers.uki_entry import with_image

        entry = with_image(entry, volume, host, said)
    return Candidate(entry, name, _text(fields, "sort-key"), _text(fields, "machine-id"))


def _started(
    volume: Volume, source: Source, fields: Sequence[Field], said: list[Diagnostic]
) -> tuple[Kind, File | None] | None:
    """Return the kind and file of what the entry starts; None where it starts nothing."""
    kinds: dict[str, Kind] = {"linux": "linux", "uki": "uki", "uki-url": "uki", "efi": "efi"}
    starting = [found for key in kinds if (found := last(fields, key))]
    if not starting:
        hint = "add a line with linux and the kernel's path"
        message = "the entry starts nothing: it has none of linux, efi, uki, uki-url"
        said.append(Diagnostic("error", source, message, hint))
        return None
    field = starting[0]
    place = source._replace(line=field.line)
    if len(starting) > 1:
        keys = ", ".join(found.key for found in starting)
        message = f"the entry has {keys}: which of them it starts is not said"
        said.append(Diagnostic("error", place, message, "keep one of them"))
        return "unsupported", _files(volume, source, [field], [])[0]
    if field.key != "uki-url":
        return kinds[field.key], _files(volume, source, [field], said)[0]
    url = unquoted(field.value)
    if url.startswith(":"):
        message = f"uki-url {quoted(url)} is relative to where this disk's files came from"
        said.append(
            Diagnostic(
                "error", place, message, "write the whole URL: where that was is not known here"
            )
        )
        return "unsupported", None
    return "uki", File(None, None, url=url)


def _initrds(
    volume: Volume, source: Source, fields: Sequence[Field], said: list[Diagnostic]
) -> list[tuple[str, File]]:
    found = []
    for field in every(fields, "initrd"):
        value, place = unquoted(field.value), source._replace(line=field.line)
        values = [value]
        # Red Hat's tools put several on one line, variables of GRUB's environment among them.
        if len(value.split()) > 1 and volume.status(normal_path(value)) is None:
            values = value.split()
        for one in values:
            if one.startswith("$"):
                message = f"initrd {quoted(one)} is a variable of GRUB and is left out"
                hint = "boot it by grub.cfg, whose blscfg command knows the variable"
                said.append(Diagnostic("info", place, message, hint))
                continue
            file = look(volume, normal_path(one))
            said += missing(volume, file, "initrd", place)
            found.append((one, file))
    return found


def _cmdline(source: Source, fields: Sequence[Field], said: list[Diagnostic]) -> str:
    options = every(fields, "options")
    for field in options:
        if variable := re.search(r"\$[A-Za-z_{][A-Za-z0-9_}]*", field.value):
            message = (
                f"{quoted(variable[0])} looks like a variable of GRUB; it stays as it is written"
            )
            hint = "boot it by grub.cfg, whose blscfg command knows the variable"
            place = source._replace(line=field.line)
            said.append(Diagnostic("warning", place, message, hint))
    return " ".join(unquoted(field.value) for field in options).strip(" \t")


def _added(initrds: Sequence[tuple[str, File]]) -> str:
    """Return what systemd-boot puts before the options: initrd= with UEFI's separators."""
    return " ".join("initrd=" + written.replace("/", "\\") for written, _ in initrds)


def _profile(source: Source, fields: Sequence[Field], said: list[Diagnostic]) -> int | None:
    field = last(fields, "profile")
    if field is None:
        return None
    if field.value.isascii() and field.value.isdigit() and len(field.value) < 4:
        return int(field.value)
    place = source._replace(line=field.line)
    hint = "give the number of a profile in the unified kernel image, from 0"
    said.append(Diagnostic("warning", place, f"profile {quoted(field.value)} is no number", hint))
    return None


def _files(
    volume: Volume, source: Source, fields: Sequence[Field], said: list[Diagnostic]
) -> list[File]:
    files = []
    for field in fields:
        file = look(volume, normal_path(unquoted(field.value)))
        role = "kernel" if field.key == "linux" else field.key
        said += missing(volume, file, role, source._replace(line=field.line))
        files.append(file)
    return files


def _split(fields: Sequence[Field]) -> list[Field]:
    return [field._replace(value=word) for field in fields for word in field.value.split()]


def _text(fields: Sequence[Field], key: str) -> str:
    field = last(fields, key)
    return unquoted(field.value) if field else ""


def _for_machine(architecture: str, machine: str) -> bool:
    asked = architecture.lower()
    if re.fullmatch(r"i[3-6]86", machine):
        return asked in ("ia32", "i386", "i486", "i586", "i686", "x86")
    if machine.startswith("arm"):
        return asked in ("arm", machine)
    return asked in _ARCHITECTURES.get(machine, (machine,))
