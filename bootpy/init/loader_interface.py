"""The Boot Loader Interface: EFI variables by which systemd and its boot loader talk.

What the system asked for (`bootctl set-oneshot`, `systemctl reboot --boot-loader-entry=`) is
read before there is a menu, and answered before the jump. Disks are never written; these are
the firmware's. Source: https://systemd.io/BOOT_LOADER_INTERFACE, src/boot/boot.c of systemd.
"""

import errno

from bootpy import __version__
from bootpy.entry import Entry, Listing
from bootpy.init.drivers import Drivers
from bootpy.linux import efi
from bootpy.timeline import Timeline

_ASKED = (
    "LoaderEntryOneShot",
    "LoaderEntryPreferred",
    "LoaderEntryDefault",
    "LoaderEntryLastBooted",
    "LoaderConfigTimeout",
    "LoaderConfigTimeoutOneShot",
)
_LAST = "LoaderEntryLastBooted"

RECORD = "BootpyTimeline"
RECORD_VENDOR = "55a40e2c-4a5c-4b83-b3bb-0e1c5b1f6f0d"
"""The variable of `bootpy.timeline=efi`: the timeline's record, for `bootpy analyze`."""

RECORD_SIZE = 4096
"""Bytes: firmware has some 64 kB for all variables together, and OVMF takes 8 kB in one."""

# What efivarfs says for EFI_INVALID_PARAMETER, EFI_WRITE_PROTECTED and EFI_SECURITY_VIOLATION
# (drivers/firmware/efi, efi_status_to_err), and Linux itself for firmware without SetVariable.
_MAKES_NONE = frozenset((errno.EINVAL, errno.EROFS, errno.EACCES, errno.EPERM))

_VOLUME = "efivarfs"  # as the reader's Writes name it

# EFI_LOADER_FEATURE_* of systemd's src/fundamental/efivars-fundamental.h: timeouts, default and
# one-shot entry (0 to 3), XBOOTLDR (5), sort-key (8), saved entry (9), menu-disabled (13),
# profiles (14), type 1 entries for UKIs (16), preferred entry (19). Not boot counting (4): it
# renames files.
_FEATURES = sum(1 << bit for bit in (0, 1, 2, 3, 5, 8, 9, 13, 14, 16, 19))


def variables(drivers: Drivers, timeline: Timeline) -> tuple[tuple[str, str], ...]:
    """Return the names and texts of what was asked for; nothing where that cannot be read."""
    drivers.load("efivarfs")
    try:
        efi.mount_variables()
    except OSError as error:
        timeline.debug(f"EFI variables are not read: {error.strerror}")
        return ()
    return asked()


def asked(folder: str = efi.FOLDER) -> tuple[tuple[str, str], ...]:
    """Return the names and texts of the variables in a folder with efivarfs mounted on it."""
    found = efi.texts(_ASKED, efi.LOADER, folder)
    return tuple((name, text) for name, text in found.items() if text)


def publish(listing: Listing, entry: Entry, timeline: Timeline, folder: str = efi.FOLDER) -> None:
    """Tell the system which entries there are and which was taken; forget what was for once.

    What the firmware refuses is told at debug level: a system boots without it. UEFI lets
    nobody make a variable for this start alone once an operating system runs, and bootpy is
    one, so that most firmware refuses all but what was kept before.
    """
    for name, text in _settled(listing, entry).items():
        try:
            if text:
                efi.write(name, efi.LOADER, _text(text), kept=True, folder=folder)
            else:
                efi.remove(name, efi.LOADER, folder)
        except OSError as error:
            timeline.debug(f"EFI variable {name} is not changed: {error.strerror}")
    refused = []
    for name, content in _told(listing, entry).items():
        known = efi.there(name, efi.LOADER, folder)
        try:
            efi.write(name, efi.LOADER, content, kept=False, folder=folder)
        except OSError as error:
            refused.append(f"{name} ({error.strerror})")
            # Who makes no variable for this start makes no other either; each question is a
            # call of the firmware's.
            if error.errno in _MAKES_NONE and not known:
                refused.append("nor any other")
                break
    if refused:
        timeline.debug(f"EFI variables that are not set: {', '.join(refused)}")


def keep_record(record: bytes, folder: str = efi.FOLDER) -> None:
    """Leave the timeline's record to the system. OSError: the firmware refuses.

    It is kept when the power goes, since UEFI lets an operating system make no other variable.
    """
    efi.write(RECORD, RECORD_VENDOR, record, kept=True, folder=folder)


def forget_record(timeline: Timeline, folder: str = efi.FOLDER) -> None:
    """Remove the record of an earlier start: the next system would take it for this one's."""
    try:
        efi.remove(RECORD, RECORD_VENDOR, folder)
    except OSError as error:
        timeline.debug(f"EFI variable {RECORD} is not removed: {error.strerror}")


def _settled(listing: Listing, entry: Entry) -> dict[str, str]:
    """Return what is kept beyond this start, "" for what goes: the listing's own writes.

    The entry that was booted last is the one that a person chose, if one did.
    """
    values = {
        name: text
        for write in listing.writes
        if write.volume == _VOLUME
        for name, text in write.variables
    }
    from bootpy.readers.bls_order import loader_id

    if _LAST in values:
        values[_LAST] = loader_id(entry)
        if not values[_LAST]:
            del values[_LAST]
    return values


def _told(listing: Listing, entry: Entry) -> dict[str, bytes]:
    from bootpy.readers.bls_order import loader_id

    names = dict.fromkeys(name for one in listing.entries if (name := loader_id(one)))
    told = {
        "LoaderInfo": _text(f"bootpy {__version__}"),
        "LoaderFeatures": _FEATURES.to_bytes(8, "little"),
        "LoaderEntries": b"".join(_text(name) for name in names),
        "LoaderEntrySelected": _text(loader_id(entry)) if loader_id(entry) else b"",
    }
    return {name: content for name, content in told.items() if content}


def _text(text: str) -> bytes:
    return text.encode("utf-16-le", "replace") + b"\0\0"
