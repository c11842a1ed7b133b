"""Entries for unified kernel images: one for each profile of a file in /EFI/Linux.

Sources: UAPI.1 Boot Loader Specification, "Type #2"; the UAPI specification of Unified Kernel
Images; boot_entry_add_type2() and call_image_start() of systemd's src/boot/boot.c.
"""

import posixpath

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Entry, Host, Kind, Origin
from bootpy.readers.bls_order import Candidate, counted
from bootpy.readers.files import look
from bootpy.readers.uki_addons import Companions, companions
from bootpy.readers.uki_image import Profile, Unified, read_image
from bootpy.volume import Volume

# UEFI's names, as in the key "architecture" of a type 1 entry.
_ARCHITECTURES = {
    "x86_64": "x64",
    "i686": "ia32",
    "aarch64": "aa64",
    "armv7l": "arm",
}


def read_images(
    volume: Volume, folder: str, file_name: str, host: Host
) -> tuple[list[Candidate], list[Diagnostic]]:
    """Read one .efi file of `folder`: an entry for each profile; none where it is no UKI."""
    source = Source(volume.name, posixpath.join(folder, file_name))
    found = volume.status(source.path)
    if found is not None and found.kind == "folder":
        hint = "move it away: images are files"
        return [], [Diagnostic("info", source, "a folder is passed over", hint)]
    image, said = read_image(volume, source.path)
    if image is None:
        return [], said
    if not image.sections & {".linux", ".osrel"}:
        message = "passed over: it is no unified kernel image (it has no .linux section)"
        said.append(Diagnostic("info", source, message, "move other programs elsewhere"))
        return [], said
    if not image.runs_on(host.machine):
        message = (
            f"passed over: for {image.machine or 'an unknown machine'}, "
            f"and this machine is {host.machine}"
        )
        said.append(Diagnostic("info", source, message))
        return [], said
    kind = _kind(image, source, said)
    base = folder[: -len("/EFI/Linux")]
    beside: dict[str, Companions] = {}
    candidates = []
    for profile in image.profiles:
        # Add-ons may be for one release only, and nearly always all profiles have the same.
        if profile.release not in beside:
            beside[profile.release] = companions(
                volume, source.path, profile.release, host, base=base
            )
            said += beside[profile.release].diagnostics
        candidates.append(
            _candidate(
                volume, source, image, profile, kind=kind, beside=beside[profile.release], said=said
            )
        )
    return candidates, list(dict.fromkeys(said))


def _kind(image: Unified, source: Source, said: list[Diagnostic]) -> Kind:
    """Return what the entries are: "unsupported", with the reason told, where it cannot boot."""
    if image.truncated:
        message = "the file is truncated: it ends before the sections that its header names"
        said.append(Diagnostic("error", source, message, "copy or make the image again"))
        return "unsupported"
    if not image.kernel:
        message = "there is no kernel in the image: it has no .linux section"
        said.append(Diagnostic("error", source, message, "make the image again (ukify)"))
        return "unsupported"
    return "uki"


def _candidate(
    volume: Volume,
    source: Source,
    image: Unified,
    profile: Profile,
    *,
    kind: Kind,
    beside: Companions,
    said: list[Diagnostic],
) -> Candidate:
    name, tries = counted(posixpath.basename(source.path), ".efi")
    if not profile.name:
        message = "no name of a system in the image (.osrel); systemd-boot does not show it"
        hint = "make the image with an os-release file (ukify build --os-release=)"
        said.append(Diagnostic("warning", source, message, hint))
    title = _title(profile, f"{name}.efi")
    entry = Entry(
        id="",
        title=title,
        path=(title,),
        format="uki",
        kind=kind,
        source=source,
        kernel=look(volume, source.path),
        cmdline=profile.cmdline or "",
        cmdline_added=beside.cmdline,
        architecture=_ARCHITECTURES.get(image.machine, image.machine) or None,
        version=profile.version or None,
        tries=tries,
        profile=profile.number,
        extras=beside.files,
    )
    origins = (*_origins(entry, profile), *beside.origins)
    candidate = Candidate(entry, name, profile.sort_key, profile_id=profile.identifier)
    entry = entry._replace(id=f"uki:{volume.name}:{candidate.loader_id}", origins=origins)
    return candidate._replace(entry=entry)


def _title(profile: Profile, file_name: str) -> str:
    """Return the title as systemd-boot makes it of .osrel and .profile."""
    name = profile.name or file_name
    own = _own_title(profile)
    return f"{name} ({own})" if own else name


def _own_title(profile: Profile) -> str:
    if profile.title or not profile.number:
        return profile.title
    return profile.identifier or f"Profile #{profile.number + 1}"


def _origins(entry: Entry, profile: Profile) -> list[Origin]:
    path = entry.source.path
    number = str(profile.number) if profile.number or profile.identifier or profile.title else ""
    values = (
        ("title", profile.name, ".osrel section"),
        ("title", _own_title(profile), ".profile section"),
        ("title", "" if profile.name else path, "file name, for want of an .osrel section"),
        ("version", profile.version, ".osrel section"),
        ("order", profile.sort_key, ".osrel section"),
        ("kernel", path, ".linux section"),
        ("cmdline", profile.cmdline or "", ".cmdline section"),
        ("profile", number, ".profile section"),
        ("architecture", entry.architecture or "", "machine in the PE header"),
        ("tries", path if entry.tries else "", "boot counters in the file name"),
    )
    return [Origin(name, value, entry.source, how) for name, value, how in values if value]


def with_image(entry: Entry, volume: Volume, host: Host, said: list[Diagnostic]) -> Entry:
    """Add to a type 1 entry for a UKI what its stub will: arguments and companions.

    The arguments in the image's profile count where the entry has no options. An `efi` key may
    name any program: what is no UKI stays as it is.
    """
    assert entry.kernel is not None
    assert entry.kernel.path is not None
    image, remarks = read_image(volume, entry.kernel.path)
    if image is None or not image.kernel or not image.runs_on(host.machine):
        if entry.kind == "uki":
            said += remarks or [_no_uki(entry, image, host)]
        return entry
    number = entry.profile or 0
    if number >= len(image.profiles):
        message = f"profile {number} is not in {entry.kernel.path}, which has {_span(image)}"
        hint = "correct the profile key"
        said.append(Diagnostic("error", _line(entry, "profile"), message, hint))
        return entry._replace(kind="unsupported")
    said += remarks
    if image.truncated:
        message = f"{entry.kernel.path} is truncated: it ends before its last section"
        hint = "copy or make the image again"
        said.append(Diagnostic("error", _line(entry, "kernel"), message, hint))
        return entry._replace(kind="unsupported")
    profile = image.profiles[number]
    base = entry.source.path.partition("/loader/")[0]
    beside = companions(
        volume, entry.kernel.path, profile.release, host, base=base, named=entry.extras
    )
    said += beside.diagnostics
    origins = [*entry.origins, *beside.origins]
    cmdline = entry.cmdline
    if not cmdline and profile.cmdline:
        cmdline = profile.cmdline
        place = Source(volume.name, entry.kernel.path)
        origins.append(Origin("cmdline", cmdline, place, ".cmdline section"))
    return entry._replace(
        cmdline=cmdline,
        cmdline_added=beside.cmdline,
        extras=beside.files,
        origins=tuple(origins),
    )


def _no_uki(entry: Entry, image: Unified | None, host: Host) -> Diagnostic:
    assert entry.kernel is not None
    if image is not None and image.kernel:
        why = f"for {image.machine or 'an unknown machine'}, and this machine is {host.machine}"
    else:
        why = "no unified kernel image (it has no .linux section)"
    message = f"{entry.kernel.path} is {why}"
    hint = "name another image, or use the key linux for a plain kernel"
    return Diagnostic("error", _line(entry, "kernel"), message, hint)


def _span(image: Unified) -> str:
    last = len(image.profiles) - 1
    return f"profiles 0 to {last}" if last else "profile 0 only"


def _line(entry: Entry, field: str) -> Source:
    return next((one.source for one in entry.origins if one.field == field), entry.source)
