"""Disk images put together from partitions: sfdisk writes the table, sparse copies the rest."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from qemu.places import call

MIB = 1 << 20
_CHUNK = 4 * MIB

ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
XBOOTLDR = "BC13C2FF-59E6-4262-A352-B275FD6F7172"
LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"


@dataclass(frozen=True)
class Partition:
    """A partition: its content (a file of as many bytes), GPT type, and names.

    An empty `uuid` is chosen by sfdisk.
    """

    content: Path
    type: str = LINUX
    label: str = ""
    uuid: str = ""


def write_gpt(image: Path, *partitions: Partition, uuid: str = "") -> None:
    """Write a disk of `partitions`, each on a border of 1 MiB, behind a GUID partition table."""
    start = MIB
    lines = ["label: gpt", *([f"label-id: {uuid}"] if uuid else [])]
    places = []
    for partition in partitions:
        size = -(-partition.content.stat().st_size // MIB) * MIB
        fields = [f"start={start // 512}", f"size={size // 512}", f"type={partition.type}"]
        fields += [f"name={partition.label}"] if partition.label else []
        fields += [f"uuid={partition.uuid}"] if partition.uuid else []
        lines.append(", ".join(fields))
        places.append((partition.content, start))
        start += size
    with image.open("wb") as file:
        file.truncate(start + MIB)
    call(["sfdisk", "-q", "--no-reread", "--no-tell-kernel", image], stdin="\n".join(lines) + "\n")
    for content, offset in places:
        copy_sparse(content, image, offset)


def copy_sparse(source: Path, image: Path, offset: int = 0) -> None:
    """Copy a file's data into `image` at `offset`; its holes, and blocks of zeros, stay holes.

    What stood in `image` where `source` has holes is kept: meant for fresh images.
    """
    zeros = bytes(_CHUNK)
    with source.open("rb") as reading, image.open("r+b") as writing:
        end = os.fstat(reading.fileno()).st_size
        position = 0
        while position < end:
            try:
                position = os.lseek(reading.fileno(), position, os.SEEK_DATA)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                break  # nothing but a hole is left
            hole = os.lseek(reading.fileno(), position, os.SEEK_HOLE)
            while position < hole:
                data = os.pread(reading.fileno(), min(_CHUNK, hole - position), position)
                if data != zeros[: len(data)]:
                    os.pwrite(writing.fileno(), data, offset + position)
                position += len(data)
        size = offset + end
        if os.fstat(writing.fileno()).st_size < size:
            writing.truncate(size)
