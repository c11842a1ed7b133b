"""Small valid files of the binary formats: made with the real tools, or field by field.

Which of them a reader takes is found out by giving it all: a new binary reader is fuzzed
with what its format's name finds here, and with random bytes besides.
"""

import gzip
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

_KERNEL = b"MZ" + bytes(0x1FC) + b"\x55\xaa\xeb\x66HdrS" + bytes(64)
_CFG = (
    b"menuentry 'live' { linux /live/vmlinuz boot=live findiso=${iso_path}\n"
    b" initrd /live/initrd.img }\n"
)
_ISOLINUX = (
    b"DEFAULT live\nLABEL live\nKERNEL /live/vmlinuz\nAPPEND initrd=/live/initrd.img boot=live\n"
)


@cache
def binary_seeds(format_name: str) -> tuple[bytes, ...]:
    """Return seeds of a format; empty for formats of text."""
    makers: dict[str, tuple[Callable[[], bytes | None], ...]] = {
        "fit": (_fit_by_mkimage, _fit),
        "android": (
            _android_by_mkbootimg,
            *(_android_maker(version) for version in (0, 1, 2, 3, 4)),
        ),
        "iso": (_iso_by_xorriso, _iso),
        "uki": (_uki, _uki_profiles),
        "heuristic": (lambda: _KERNEL, lambda: gzip.compress(_KERNEL, mtime=0)),
    }
    return tuple(made for make in makers.get(format_name, ()) if (made := make()))


def _by_tool(
    words: list[str], files: dict[str, bytes], result: str, most: int = 2 << 20
) -> bytes | None:
    """Run a tool in a folder with `files` and return what it wrote; None where it cannot."""
    if shutil.which(words[0]) is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        # One time for all: the same seeds on every run.
        variables = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
        done = subprocess.run(words, cwd=folder, env=variables, capture_output=True, check=False)
        made = Path(folder, result)
        if done.returncode or not made.exists() or made.stat().st_size > most:
            return None
        return made.read_bytes()


_ITS = b"""/dts-v1/;
/ { description = "x"; #address-cells = <1>;
  images {
    kernel-1 { description = "k"; data = /incbin/("k"); type = "kernel"; arch = "x86_64"; os = "linux";
      compression = "none"; load = <0x8000>; entry = <0x8000>; hash-1 { algo = "sha256"; }; };
    ramdisk-1 { description = "i"; data = /incbin/("i"); type = "ramdisk"; arch = "x86_64"; os = "linux";
      compression = "none"; hash-1 { algo = "crc32"; }; };
    fdt-1 { description = "d"; data = /incbin/("d"); type = "flat_dt"; arch = "x86_64"; compression = "none"; };
  };
  configurations { default = "conf-1";
    conf-1 { description = "one"; kernel = "kernel-1"; ramdisk = "ramdisk-1"; fdt = "fdt-1"; };
    conf-2 { description = "two"; kernel = "kernel-1"; fdt = "fdt-1", "fdt-1"; }; };
};
"""  # noqa: E501


def _fit_by_mkimage() -> bytes | None:
    files = {"a.its": _ITS, "k": _KERNEL, "i": b"initrd", "d": _fit()}
    return _by_tool(["mkimage", "-f", "a.its", "a.itb"], files, "a.itb")


def _fit() -> bytes:
    kernel = {"data": _KERNEL, "type": b"kernel\0", "arch": b"x86_64\0", "compression": b"none\0",
              "load": b"\0\0\x80\0", "entry": b"\0\0\x80\0"}  # fmt: skip
    return flattened({
        "description": b"x\0",
        "timestamp": b"\0\0\0\1",
        "images": {"kernel-1": kernel, "ramdisk-1": {"data": b"i", "type": b"ramdisk\0"}},
        "configurations": {
            "default": b"conf-1\0",
            "conf-1": {"kernel": b"kernel-1\0", "ramdisk": b"ramdisk-1\0", "description": b"1\0"},
        },
    })  # fmt: skip


def flattened(tree: dict[str, object]) -> bytes:
    """Return a flattened device tree: bytes are properties, mappings are nodes."""
    strings = bytearray()

    def node(name: str, content: dict[str, object]) -> bytes:
        made = struct.pack(">I", 1) + _padded(name.encode() + b"\0")
        for key, value in content.items():
            if isinstance(value, bytes):
                made += struct.pack(">III", 3, len(value), len(strings)) + _padded(value)
                strings.extend(key.encode() + b"\0")
        for key, value in content.items():
            if isinstance(value, dict):
                made += node(key, value)
        return made + struct.pack(">I", 2)

    structure = node("", tree) + struct.pack(">I", 9)
    begin = 40 + 16
    end = begin + len(structure)
    total = end + len(strings)
    header = struct.pack(
        ">10I", 0xD00DFEED, total, begin, end, 40, 17, 16, 0, len(strings), len(structure)
    )
    return header + bytes(16) + structure + bytes(strings)


def _padded(content: bytes, to: int = 4) -> bytes:
    return content + bytes(-len(content) % to)


def _android_by_mkbootimg() -> bytes | None:
    words = ["mkbootimg", "--kernel", "k", "--ramdisk", "i", "--cmdline", "quiet", "-o", "boot.img"]
    return _by_tool(words, {"k": _KERNEL, "i": b"initrd"}, "boot.img")


def _android_maker(version: int) -> Callable[[], bytes]:
    return lambda: _android(version)


def _android(version: int) -> bytes:
    """Build a boot image as bootimg.h lays it out, with a kernel and a ramdisk of a page each."""
    if version >= 3:
        head = struct.pack("<8sIIII16xI", b"ANDROID!", len(_KERNEL), 6, 0, 1580, version)
        return _padded(head + b"quiet", 4096) + _padded(_KERNEL, 4096) + b"initrd"
    head = struct.pack("<8s10I", b"ANDROID!", len(_KERNEL), 0x8000, 6, 0x1000000, 0, 0, 0x100,
                       2048, version, 0)  # fmt: skip
    head += b"board".ljust(16, b"\0") + b"quiet".ljust(512, b"\0") + bytes(32) + bytes(1024)
    head += struct.pack("<IQI", 0, 0, 1648) + struct.pack("<IQ", 0, 0)
    return _padded(head, 2048) + _padded(_KERNEL, 2048) + _padded(b"initrd", 2048)


def _iso_by_xorriso() -> bytes | None:
    words = ["xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-no-pad", "-o", "a.iso", "tree"]
    files = {
        "tree/boot/grub/grub.cfg": _CFG,
        "tree/isolinux/isolinux.cfg": _ISOLINUX,
        "tree/live/vmlinuz": _KERNEL,
        "tree/live/initrd.img": b"initrd",
        "tree/.disk/info": b"Debian GNU/Linux 12.5.0 \"Bookworm\" - Official amd64 DVD",
    }  # fmt: skip
    return _by_tool(words, files, "a.iso")


_SECTOR = 2048


def _both(value: int, form: str) -> bytes:
    return struct.pack(f"<{form}", value) + struct.pack(f">{form}", value)


def _record(name: bytes, sector: int, size: int, *, folder: bool) -> bytes:
    """Build a directory record (ECMA-119, 9.1)."""
    body = b"\0" + _both(sector, "I") + _both(size, "I") + bytes(7) + (b"\2" if folder else b"\0")
    body += b"\0\0" + _both(1, "H") + bytes([len(name)]) + name
    body += bytes(1 - len(name) % 2)
    return bytes([len(body) + 1]) + body


def _iso() -> bytes:
    """Build an ISO 9660 image: /BOOT/GRUB/GRUB.CFG and /VMLINUZ."""
    folders = {20: 20, 21: 20, 22: 21}
    contents = {
        20: [_record(b"BOOT", 21, _SECTOR, folder=True),
             _record(b"VMLINUZ.;1", 24, len(_KERNEL), folder=False)],
        21: [_record(b"GRUB", 22, _SECTOR, folder=True)],
        22: [_record(b"GRUB.CFG;1", 23, len(_CFG), folder=False)],
    }  # fmt: skip
    volume = b"\1CD001\1\0" + b" " * 32 + b"LIVE".ljust(32) + bytes(8) + _both(25, "I") + bytes(32)
    volume += _both(1, "H") * 2 + _both(_SECTOR, "H") + _both(10, "I") + bytes(16)
    volume += _record(b"\0", 20, _SECTOR, folder=True)
    made = bytes(16 * _SECTOR) + _padded(volume, _SECTOR)
    made += _padded(b"\xffCD001\1", _SECTOR) + bytes(2 * _SECTOR)
    for sector, above in folders.items():
        own = _record(b"\0", sector, _SECTOR, folder=True)
        parent = _record(b"\1", above, _SECTOR, folder=True)
        made += _padded(own + parent + b"".join(contents[sector]), _SECTOR)
    return made + _padded(_CFG, _SECTOR) + _padded(_KERNEL, _SECTOR)


def _uki() -> bytes:
    return portable_executable({
        b".osrel": b'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"\nVERSION_ID=12\n',
        b".cmdline": b"root=/dev/vda1 quiet",
        b".uname": b"6.1.0-10-amd64",
        b".sbat": b"sbat,1,x\n",
        b".initrd": b"initrd",
        b".linux": _KERNEL,
    })  # fmt: skip


def _uki_profiles() -> bytes:
    base = [(b".osrel", b"ID=x\nNAME=X\nIMAGE_VERSION=1\n"), (b".linux", _KERNEL),
            (b".profile", b"ID=main\nTITLE=Main\n"), (b".cmdline", b"a"),
            (b".profile", b"ID=reset\nTITLE=Factory reset\n"), (b".cmdline", b"b"),
            (b".dtbauto", b"x"), (b".ucode", b"y")]  # fmt: skip
    return portable_executable(base)


def portable_executable(sections: dict[bytes, bytes] | list[tuple[bytes, bytes]]) -> bytes:
    """Return a PE32+ file for x86_64 with the sections, which is what a UKI is."""
    named = list(sections.items()) if isinstance(sections, dict) else sections
    head = b"MZ" + bytes(58) + struct.pack("<I", 64)
    coff = struct.pack("<HHIIIHH", 0x8664, len(named), 0, 0, 0, 240, 0x22E)
    optional = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20B, 2, 0, 0, 0, 0, 0x1000, 0x1000,
                           0, 0x1000, 512, 0, 0, 0, 0, 0, 0, 0, 0x10000, 1024, 0, 10, 0,
                           0, 0, 0, 0, 0, 16) + bytes(128)  # fmt: skip
    table, data = b"", b""
    start = -(-(64 + 24 + 240 + 40 * len(named)) // 512) * 512
    for number, (name, content) in enumerate(named):
        table += struct.pack("<8sIIIIIIHHI", name, len(content), 0x1000 * (number + 1),
                             -(-len(content) // 512) * 512, start + len(data), 0, 0, 0, 0,
                             0x40000040)  # fmt: skip
        data += _padded(content, 512)
    return (head + b"PE\0\0" + coff + optional + table).ljust(start, b"\0") + data
