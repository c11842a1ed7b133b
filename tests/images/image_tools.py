"""Images made with the tools that people make them with, and others built field by field."""

import struct
import subprocess
from pathlib import Path

SECTOR = 2048


def fill(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write files by path below `folder`; a text that starts with "-> " is a link's target."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        file = folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str) and content.startswith("-> "):
            file.symlink_to(content[3:])
        else:
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def run(*words: str | Path) -> None:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def iso(
    target: Path,
    files: dict[str, str | bytes],
    *options: str,
    label: str = "IMAGE",
    tool: str = "xorriso",
) -> Path:
    """Make an ISO image of `files` with Rock Ridge and Joliet, or with `options` in their place."""
    content = fill(target.parent / f"{target.name}.d", files)
    target.parent.mkdir(parents=True, exist_ok=True)
    program = ["xorriso", "-as", "mkisofs"] if tool == "xorriso" else [tool, "-quiet"]
    run(*program, *(options or ("-R", "-J")), "-V", label, "-o", target, content)
    return target


def record(
    name: bytes,
    block: int,
    size: int,
    *,
    folder: bool = False,
    more: bool = False,
    use: bytes = b"",
) -> bytes:
    """Build a directory record of ISO 9660; `more` says that the file goes on in the next."""
    padding = b"" if len(name) % 2 else b"\0"
    length = 33 + len(name) + len(padding) + len(use)
    flags = (0x02 if folder else 0) | (0x80 if more else 0)
    head = struct.pack(
        "<BBI4sI4s7sBBBI",
        length,
        0,
        block,
        block.to_bytes(4, "big"),
        size,
        size.to_bytes(4, "big"),
        bytes((123, 6, 10, 10, 20, 30, 4)),
        flags,
        0,
        0,
        1,
    )
    return head[:32] + bytes((len(name),)) + name + padding + use


def handmade_iso(records: list[bytes], contents: dict[int, bytes], root_use: bytes = b"") -> bytes:
    """Build an image whose root, in block 20, has these records; contents by block."""
    root = record(b"\0", 20, SECTOR, folder=True, use=root_use)
    root += record(b"\1", 20, SECTOR, folder=True) + b"".join(records)
    primary = bytearray(SECTOR)
    primary[:8] = b"\1CD001\1\0"
    primary[40:72] = b"HANDMADE".ljust(32)
    struct.pack_into("<H", primary, 128, SECTOR)
    primary[156:190] = record(b"\0", 20, SECTOR, folder=True)
    primary[813:830] = b"2023061010203000\0"
    image = bytearray(SECTOR * (21 + max(contents, default=0)))
    image[16 * SECTOR : 17 * SECTOR] = primary
    image[17 * SECTOR : 17 * SECTOR + 7] = b"\xffCD001\1"
    image[20 * SECTOR : 21 * SECTOR] = root.ljust(SECTOR, b"\0")
    for block, content in contents.items():
        end = block * SECTOR + len(content)
        image += bytes(max(0, end - len(image)))
        image[block * SECTOR : end] = content
    return bytes(image)


def fit(target: Path, source: str, files: dict[str, bytes], *options: str) -> Path:
    """Make a FIT image of a .its source; `files` are those that it includes."""
    folder = fill(target.parent / f"{target.name}.d", dict(files))
    (folder / "image.its").write_text(source)
    run("mkimage", *options, "-D", f"-i {folder}", "-f", folder / "image.its", target)
    return target


def boot_image(target: Path, version: int, *options: str, **parts: bytes) -> Path:
    """Make an Android boot image; `parts` are "kernel", "ramdisk", "second", "dtb"."""
    folder = fill(target.parent / f"{target.name}.d", dict(parts))
    words = [word for name in parts for word in (f"--{name}", str(folder / name))]
    run("mkbootimg", "--header_version", str(version), *words, *options, "-o", target)
    return target


def boot_image_4(kernel: bytes, ramdisk: bytes, cmdline: str = "", os_version: int = 0) -> bytes:
    """Build a boot image of version 4, which Debian's mkbootimg does not know."""
    head = struct.pack(
        "<8sIIII16sI1536sI",
        b"ANDROID!",
        len(kernel),
        len(ramdisk),
        os_version,
        1584,
        b"",
        4,
        cmdline.encode(),
        0,
    )
    return b"".join(part + bytes(-len(part) % 4096) for part in (head, kernel, ramdisk))


def vendor_image_4(
    ramdisks: list[tuple[str, int, bytes]], bootconfig: bytes = b"", cmdline: str = ""
) -> bytes:
    """Build a vendor_boot image of version 4 from ramdisks (name, type, content)."""
    area, table = b"", b""
    for name, kind, content in ramdisks:
        table += struct.pack("<III32s64s", len(content), len(area), kind, name.encode(), b"")
        area += content
    head = struct.pack(
        "<8sIIIII2048sI16sIIQIIII",
        b"VNDRBOOT",
        4,
        4096,
        0,
        0,
        len(area),
        cmdline.encode(),
        0,
        b"board",
        2128,
        0,
        0,
        len(table),
        len(ramdisks),
        108,
        len(bootconfig),
    )
    parts = (head, area, b"", table, bootconfig)
    return b"".join(part + bytes(-len(part) % 4096) for part in parts)
