"""loopback: an image file becomes a device, whose files entries may name.

Source: grub-core/disk/loopback.c. GRUB takes an image of any file system; bootpy reads
ISO 9660 without mounting it, and says so where the file is something else.
"""

from bootpy.readers.grub import status
from bootpy.readers.grub.devices import Place
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.options import Option, take_apart

_OPTIONS = (Option("delete", "d"), Option("decompress", "D"))


def loopback(shell: Evaluator, arguments: list[str]) -> int:
    """Make the device DEVICENAME of FILE, or take it away again (-d)."""
    found = take_apart(arguments, _OPTIONS)
    if found.fault or not found.arguments:
        return status.BAD_ARGUMENT
    device = found.arguments[0]
    if "delete" in found.given:
        return _delete(shell, device)
    if len(found.arguments) < 2:
        return status.BAD_ARGUMENT
    name = found.arguments[1]
    place = shell.place(name)
    shell.images.pop(device, None)
    # What the entry's files are wanted by where the image is not there.
    shell.missing[f"({device})"] = (device, _wanted(place))
    if place.volume is None:
        return status.FILE_NOT_FOUND  # told where the volume was searched for
    try:
        shell.images[device] = shell.session.devices.volumes.inside(place.volume, place.path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        absent = isinstance(error, FileNotFoundError)
        shell.tell(
            "warning",
            f"loopback {device}: {name} is not opened: {reason}",
            "check the path" if absent else "only images with ISO 9660 can be looked into",
        )
        return status.FILE_NOT_FOUND
    del shell.missing[f"({device})"]
    return status.OK


def _delete(shell: Evaluator, device: str) -> int:
    if device not in shell.images:
        return status.BAD_ARGUMENT
    # A menu that was shown before is left only by booting from it: the device still stands.
    if not shell.shown:
        del shell.images[device]
    return status.OK


def _wanted(place: Place) -> str:
    holder = place.volume.name if place.volume else place.wanted or place.device
    return f"{holder}:/{place.path.lstrip('/')}"


ACTIONS: dict[str, Action] = {"loopback": loopback}
