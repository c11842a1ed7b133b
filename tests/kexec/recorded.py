"""What Linux shows of recorded machines (tests/kexec/record.py), laid out as files again."""

import json
from pathlib import Path

DATA = Path(__file__).parent / "data"
FIRMWARES = ("seabios", "ovmf")


def laid_out(root: Path, firmware: str) -> str:
    """Write the files of a recorded machine below `root`; returns that as a text."""
    for path, digits in json.loads((DATA / f"{firmware}.json").read_text()).items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes.fromhex(digits))
    return str(root)


def iomem(root: str) -> str:
    """Return /proc/iomem of a machine that was laid out."""
    return (Path(root) / "proc/iomem").read_text()


def zero_page(root: str) -> bytes:
    """Return the boot parameters of a machine that was laid out."""
    return (Path(root) / "sys/kernel/boot_params/data").read_bytes()
