"""Which device tree a boot brings along, where this machine can hand one over."""

from collections.abc import Sequence
from typing import NamedTuple

from bootpy.entry import Entry, File
from bootpy.errors import BootError
from bootpy.kexec import files, initrds
from bootpy.kexec.choice import CALLS, TREES, Call
from bootpy.kexec.initrds import Part
from bootpy.volume import Volumes

NO_TREE = "the entry's device tree is not handed over"
"""How each warning begins that says why the kernel gets this machine's own."""


class Found(NamedTuple):
    """A descriptor of the tree, -1 for this machine's own; its name; why it is not handed over."""

    fd: int = -1
    name: str = ""
    doubts: tuple[str, ...] = ()


def find(
    entry: Entry,
    inside: Sequence[Part],
    volumes: Volumes,
    held: list[int],
    *,
    architecture: str,
    call: Call,
) -> Found:
    """Find the tree that the entry names, or else the one `inside` of its kernel's file.

    There may be overlays behind that one. Descriptors opened are put into `held`. What is no
    tree, or cannot be handed over, is a doubt and no error: a machine that runs has one already.
    """
    named = entry.devicetree
    if named is None and not inside:
        return Found(doubts=("the entry's device tree overlays are not applied",))
    if entry.format == "raspberrypi":
        return _none("the firmware has made this machine's own of it, and that one is")
    if architecture not in TREES:
        return _none(f"that is done on {' and '.join(TREES)} only")
    if call != "load":
        return _none(f"{CALLS[call]} takes none, and the kernel gets this machine's own")
    if entry.overlays or (named is None and len(inside) > 1):
        return _none("it has overlays, and bootpy cannot apply them")
    # Images for other machines do not hold it.
    from bootpy.kexec.devicetree import read

    try:
        fd, name = _opened(named or inside[0], volumes, held)
        read(fd, name)
    except BootError as error:
        return _none(error.message)
    return Found(fd, name)


def _opened(what: File | Part, volumes: Volumes, held: list[int]) -> tuple[int, str]:
    if isinstance(what, Part):
        held.append(initrds.extract(what, "devicetree"))
        return held[-1], what.name
    held.append(files.open_file(what, "device tree", volumes))
    return held[-1], str(what)


def _none(why: str) -> Found:
    return Found(doubts=(f"{NO_TREE}: {why}",))
