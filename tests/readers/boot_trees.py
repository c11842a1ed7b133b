"""Folders with files in them, as the volumes that readers read."""

from pathlib import Path

from bootpy.entry import Host
from bootpy.volume import FolderVolume

EFI = Host("efi", "x86_64")
PC = Host("pc", "x86_64")


def tree(folder: Path, files: dict[str, str | bytes], name: str = "sda1") -> FolderVolume:
    """Write `files`, by path from the volume's root, and return the volume."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        file = folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return FolderVolume(str(folder), name=name)
