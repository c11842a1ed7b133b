"""A logical volume (LVM), as it is put together again in the capture kernel without LVM's tools.

What is put together is the kernel's own table of now, with each physical volume named by its UUID,
as its device may have another number then. Source: linear.rst and striped.rst of
Documentation/admin-guide/device-mapper in Linux 6.1.
"""

import os
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.linux.device_mapper import Target

_DEVICE = re.compile(r"(?<!\S)(\d+:\d+)(?!\S)")
_SIMPLE = frozenset({"linear", "striped"})


class Mapping(NamedTuple):
    """What a mapped device is made of.

    `parts` are what it lies on, as libblkid's TYPE and UUID; `targets` its table, in whose
    parameters {0} stands for the first part's number.
    """

    parts: tuple[tuple[str, str], ...] = ()
    targets: tuple[Target, ...] = ()


def described(
    name: str, targets: Sequence[Target], of_number: Callable[[str], tuple[str, str]]
) -> Mapping:
    """Describe the mapped device `name` so that it can be found again.

    `of_number` tells TYPE and UUID of the device with a number "253:2". BootError: it is encrypted,
    a RAID, a snapshot, or lies on a device that is put together, too.
    """
    for target in targets:
        if target.kind not in _SIMPLE:
            raise BootError(
                f"{name} is made by the device mapper's {target.kind}, no stretch of a disk",
                "name a folder on another file system: to = in /etc/bootpy/crash.toml",
            )
    numbers = [found for target in targets for found in _DEVICE.findall(target.parameters)]
    known = list(dict.fromkeys(numbers))

    def place(found: re.Match[str]) -> str:
        return f"{{{known.index(found[1])}}}"

    return Mapping(
        tuple(of_number(number) for number in known),
        tuple(
            target._replace(parameters=_DEVICE.sub(place, target.parameters)) for target in targets
        ),
    )


def numbered(mapping: Mapping, nodes: Sequence[str]) -> list[Target]:
    """Return the table for the devices that the parts are now. OSError: one is gone."""
    numbers = []
    for node in nodes:
        found = os.stat(node).st_rdev
        numbers.append(f"{os.major(found)}:{os.minor(found)}")
    return [
        target._replace(parameters=target.parameters.format(*numbers)) for target in mapping.targets
    ]
