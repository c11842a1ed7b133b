"""Mapped devices: what one is made of, and making one anew.

Source: include/uapi/linux/dm-ioctl.h of Linux 6.1, Documentation/admin-guide/device-mapper.
"""

import fcntl
import struct
from collections.abc import Sequence
from typing import NamedTuple

_CONTROL = "/dev/mapper/control"

# struct dm_ioctl: version (3), size, start of data, targets, opened, flags, event, padding,
# device, name, UUID, data.
_HEADER = struct.Struct("=3IIIIiIIIQ128s129s7x")
_VERSION = (4, 0, 0)
_TARGET = struct.Struct("=QQiI16s")  # struct dm_target_spec: start, length, status, next, kind

_CREATE, _SUSPEND, _LOAD, _STATUS = 3, 6, 9, 12
_STATUS_IS_TABLE, _FULL = 1 << 4, 1 << 8
_MOST = 1 << 20  # bytes of a table, thousands of targets


class Target(NamedTuple):
    """A stretch of a mapped device, in sectors of 512 bytes: "linear", "253:2 2048"."""

    start: int
    length: int
    kind: str
    parameters: str


def table(name: str) -> list[Target]:
    """Return what the mapped device `name` is made of; of encrypted ones the key is left out.

    OSError: there is none of that name, or it may not be asked.
    """
    answer = _call(_STATUS, name, flags=_STATUS_IS_TABLE)
    fields = _HEADER.unpack_from(answer)
    start, count = fields[4], fields[5]
    found = []
    at = start
    for _ in range(count):
        first, length, _, following, kind = _TARGET.unpack_from(answer, at)
        parameters = answer[at + _TARGET.size :].split(b"\0")[0]
        found.append(Target(first, length, _text(kind), parameters.decode("utf-8", "replace")))
        at = start + following
    return found


def create(name: str, targets: Sequence[Target]) -> str:
    """Make the mapped device `name`, and return its node. OSError: the kernel refused."""
    fields = _HEADER.unpack_from(_call(_CREATE, name))
    number = fields[10]
    minor = (number & 0xFF) | (number >> 12 & 0xFFF00)
    data = b""
    for target in targets:
        parameters = target.parameters.encode() + b"\0"
        size = _TARGET.size + len(parameters)
        size += -size % 8
        head = _TARGET.pack(target.start, target.length, 0, size, target.kind.encode())
        data += (head + parameters).ljust(size, b"\0")
    _call(_LOAD, name, data, len(targets))
    _call(_SUSPEND, name)  # without the flag it resumes: from now on the table holds
    return f"/dev/dm-{minor}"


def _call(command: int, name: str, data: bytes = b"", count: int = 0, flags: int = 0) -> bytes:
    size = _HEADER.size + max(len(data), _MOST if command == _STATUS else 0)
    head = _HEADER.pack(*_VERSION, size, _HEADER.size, count, 0, flags, 0, 0, 0, name.encode(), b"")
    request = bytearray((head + data).ljust(size, b"\0"))
    # _IOWR(0xfd, command, struct dm_ioctl)
    number = 3 << 30 | _HEADER.size << 16 | 0xFD << 8 | command
    with open(_CONTROL, "rb", buffering=0) as control:
        fcntl.ioctl(control, number, request)
    if _HEADER.unpack_from(request)[7] & _FULL:
        raise OSError(75, "its table is too long", name)
    return bytes(request)


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("ascii", "replace")
