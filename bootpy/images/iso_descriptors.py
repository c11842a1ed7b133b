"""The volume descriptors of an ISO 9660 image: where its trees start, and what it is called.

Sources: ECMA-119 (ISO 9660) 8.4 and 9.1; Joliet Specification 1.0; ECMA-167 2/9.1 for the
descriptors by which a UDF file system is told; libblkid's iso9660.c for UUID and label.
"""

import errno
from typing import NamedTuple

from bootpy.images.stretches import read_stretch

SECTOR = 2048
_FIRST = 16  # the sectors before are the system area: boot sectors and partition tables
_MOST = 64  # descriptors looked at; real images have three to six

_PRIMARY, _SUPPLEMENTARY, _END = 1, 2, 255
_JOLIET = (b"%/@", b"%/C", b"%/E")
_UDF = (b"NSR02", b"NSR03")
_UDF_FRAME = (b"BEA01", b"TEA01", b"BOOT2")
_BLOCKS = (512, 1024, 2048)


class Tree(NamedTuple):
    """One tree of names: the root directory's own record, and the size of its blocks."""

    root: bytes
    block: int


class Descriptors(NamedTuple):
    """What the descriptors say.

    `primary` is the tree that every image has (with Rock Ridge, where it does), `joliet` the
    second one with Unicode names, or None. `uuid` and `label` are as blkid shows them, `udf`
    says that there is a UDF file system as well.
    """

    primary: Tree
    joliet: Tree | None
    uuid: str
    label: str
    udf: bool


def read_descriptors(fd: int) -> Descriptors:
    """Read the descriptors of the image open at `fd`.

    OSError: EINVAL where it is no ISO 9660 image, EIO where it is damaged or truncated,
    EOPNOTSUPP where its file system is UDF alone.
    """
    primary = joliet = None
    uuid = label = joliet_label = ""
    udf = False
    for number in range(_FIRST, _FIRST + _MOST):
        try:
            sector = read_stretch(fd, number * SECTOR, SECTOR)
        except OSError:
            if number == _FIRST:
                raise OSError(errno.EINVAL, "no ISO image: too short for one") from None
            break
        kind, name = sector[0], sector[1:6]
        if name in _UDF:
            udf = True
        if name == b"CD001" and kind == _PRIMARY and primary is None:
            primary = _tree(sector)
            uuid, label = _uuid(sector), _text(sector[40:72])
        elif name == b"CD001" and kind == _SUPPLEMENTARY and sector[88:91] in _JOLIET:
            joliet = _tree(sector)
            joliet_label = sector[40:72].decode("utf-16-be", "replace").rstrip("\0 ")
        # UDF's descriptors follow after the end of ISO 9660's.
        elif name != b"CD001" and name not in (*_UDF, *_UDF_FRAME):
            break
    if primary is None:
        if udf:
            raise OSError(errno.EOPNOTSUPP, "its file system is UDF alone, and not ISO 9660")
        raise OSError(errno.EINVAL, "no ISO image: it has no volume descriptor")
    return Descriptors(primary, joliet, uuid, _merged(joliet_label, label), udf)


def _tree(sector: bytes) -> Tree:
    block = int.from_bytes(sector[128:130], "little")
    if block not in _BLOCKS:
        raise OSError(errno.EIO, f"the image is damaged: it claims blocks of {block} bytes")
    return Tree(sector[156:190], block)


def _text(field: bytes) -> str:
    return field.decode("ascii", "replace").rstrip("\0 ")


def _uuid(sector: bytes) -> str:
    """The time of the last change, or of the making: what stands for a UUID (blkid(8))."""
    for start in (830, 813):
        digits = sector[start : start + 16]
        if digits.isdigit() and (digits.strip(b"0") or sector[start + 16]):
            text = digits.decode()
            pairs = [text[place : place + 2] for place in range(4, 16, 2)]
            return "-".join((text[:4], *pairs))
    return ""


def _merged(joliet: str, primary: str) -> str:
    """Joliet's label, which has room for 16 characters, gone on with as the primary one does."""
    if not joliet:
        return primary
    same = all(
        one.lower() == other.lower() or other == "_"
        for one, other in zip(joliet, primary, strict=False)
    )
    return joliet + primary[len(joliet) :] if same else joliet
