"""What a Debian 12 left when it crashed: data/, recorded by record_core.py."""

import gzip
import os
from pathlib import Path

DATA = Path(__file__).parent / "data"


def core_bytes() -> bytearray:
    """Return a core with what of the real one its log takes."""
    return bytearray(gzip.decompress((DATA / "debian-12.core.gz").read_bytes()))


def log_by_makedumpfile() -> list[str]:
    """Return what `makedumpfile --dump-dmesg` (1.7.2) printed of the real one."""
    lines = gzip.decompress((DATA / "debian-12.dmesg.gz").read_bytes()).decode().splitlines()
    # It takes the bytes of an umlaut for negative numbers.
    return [
        line.replace(r"\xffffffc3\xffffffbc", "ü").replace(r"\xffffffc3\xffffff9f", "ß")
        for line in lines
    ]


def opened(content: bytes | bytearray) -> int:
    """Return a descriptor of a memory file that holds it."""
    file = os.memfd_create("core")
    os.write(file, content)
    return file
