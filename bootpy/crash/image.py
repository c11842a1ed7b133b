"""The capture image: what the capture kernel starts with to save a dump.

It is made of what runs here: the system's Python and its libraries, the modules that drive the
disk now, and makedumpfile where it is installed. So it fits the machine, whatever its architecture
and release, and has the system's own security updates; nothing is downloaded or compiled.
"""

import os
from typing import NamedTuple

from bootpy.crash import makedumpfile, remote, running_modules
from bootpy.crash.archive import Archive
from bootpy.crash.orders import PATH, Orders, written
from bootpy.crash.place import DiskPlace
from bootpy.crash.running_python import byte_code, libraries_of, running_python
from bootpy.crash.server import ServerPlace
from bootpy.crash.settings import Settings
from bootpy.errors import BootError
from bootpy.kexec.image import examine
from bootpy.kexec.initrds import Part
from bootpy.kexec.wrapped import unpack

# What the capture kernel runs. Modules imported inside of functions are found by themselves.
_RUN = ["bootpy.crash.pid1", "encodings.ascii", "encodings.latin_1"]

_INIT = """\
#!{program} -IS
import sys
sys.path.insert(0, {folder!r})
from bootpy.crash.pid1 import main
main()
"""
# Without them Python has no console and no seed before anything is mounted (initramfs/skeleton.py).
_DEVICES = (("console", (5, 1), 0o600), ("null", (1, 3), 0o666), ("urandom", (1, 9), 0o666))
_FOLDERS = {"proc": 0o555, "sys": 0o555, "dev": 0o755, "run": 0o755, "tmp": 0o1777}
_NFS = ("nfs", "nfsv4", "nfsv3")  # the module, and those that it asks for at the mount
_COMPRESSED = {".xz": "xz", ".gz": "gzip", ".zst": "zstd"}


Place = DiskPlace | ServerPlace


class Contents(NamedTuple):
    """What goes into an image: its orders, and the files of modules, of the kernel `release`."""

    orders: Orders
    files: tuple[str, ...]
    release: str


def contents(settings: Settings, place: Place) -> Contents:
    """Find out what saving to `place` takes. BootError: the kernel's modules are not here."""
    release = _release(settings.kernel) if settings.kernel else os.uname().release
    known = running_modules.modules(release)
    loaded = running_modules.loaded()
    names = running_modules.of_device(place.sysfs)
    if isinstance(place, DiskPlace):
        names += [f"fs-{place.kind}", place.kind]
        # Character sets are asked for when a file system is mounted; no table says which.
        names += sorted(name for name in loaded if name.startswith("nls_"))
        orders = Orders(place.kind, place.uuid, place.path, [])
        orders = orders._replace(parts=place.mapping.parts, targets=place.mapping.targets)
    else:
        names += _NFS if place.kind == "nfs" else ()
        orders = _of_server(settings, place)
    files = running_modules.closure(names, known, loaded)
    orders = orders._replace(
        modules=[running_modules.name_of(path) for path in files],
        program=makedumpfile.installed() if settings.makedumpfile else "",
        level=settings.level,
        failed=settings.failed,
        wait=settings.wait,
        pause=settings.pause,
        limit=settings.limit,
    )
    return Contents(orders, tuple(f"{known.folder}/{path}" for path in files), release)


def _release(kernel: str) -> str:
    """Return the release of a kernel's file; where it does not say, that of the running one."""
    try:
        file = os.open(kernel, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise BootError(
            f"the capture kernel {kernel} cannot be read: {error.strerror}",
            "correct kernel = in /etc/bootpy/crash.toml, or take it out",
        ) from error
    try:
        told = examine(file, kernel).version.split()
    finally:
        os.close(file)
    return told[0] if told else os.uname().release


def _of_server(settings: Settings, place: ServerPlace) -> Orders:
    link = place.link
    return Orders(
        place.kind,
        "",
        place.path,
        [],
        server=place.address,
        user=place.user,
        host=place.host,
        key=remote.key(settings.key) if place.kind == "ssh" else "",
        name=os.uname().nodename,
        link=(link.mac, link.address, link.netmask, link.gateway),
    )


def archive(found: Contents) -> Archive:
    """Put the image's files together. BootError: one of them cannot be read."""
    made = Archive()
    for name, mode in _FOLDERS.items():
        made.folder(name, mode)
    for name, device, mode in _DEVICES:
        made.character_device(f"dev/{name}", device, mode)
    _python(made)
    _modules(made, found)
    if found.orders.program:
        _program(made, found.orders.program)
    if found.orders.kind == "ssh":
        _ssh(made, found.orders)
    made.put(PATH, written(found.orders))
    return made


def packed(unpacked: int) -> int:
    """Return what an image of so many bytes is compressed, as long as it is not made: half."""
    return unpacked // 2


def _python(made: Archive) -> None:
    python = running_python(_RUN)
    _program(made, python.program)
    for file in python.modules.values():
        if file.endswith(".py"):
            made.put(f"{file}c", byte_code(file))
        else:
            made.add(file)
    for path in python.libraries:
        made.add(path)
        soname = _soname(path)
        by_name = os.path.join(os.path.dirname(path), soname)
        if soname and os.path.exists(by_name):
            made.add(by_name)
    text = _INIT.format(program=python.program, folder=python.folder)
    made.put("init", text.encode(), 0o755)


def _program(made: Archive, path: str) -> None:
    made.add(path)
    for library in libraries_of(os.path.realpath(path)):
        made.add(library)
    if os.path.exists("/etc/ld.so.cache"):
        made.add("/etc/ld.so.cache")  # where a library lies elsewhere than in /usr/lib


def _ssh(made: Archive, orders: Orders) -> None:
    """Put ssh in, the key to log in with, and the keys by which servers are known."""
    program = remote.installed()
    if not program:
        raise BootError("ssh is not installed", "apt install openssh-client")
    _program(made, program)
    made.add(orders.key)
    for path in remote.KNOWN_HOSTS:
        if os.path.exists(path):
            made.add(path)
    # It asks who it is run by.
    made.put("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")


def _modules(made: Archive, found: Contents) -> None:
    """Put the modules in as the loader's own drivers are: `bootpy.init.drivers` loads them.

    Each without those that it needs: the order is the list's.
    """
    rows = []
    for file in found.files:
        name = running_modules.name_of(file)
        made.put(f"lib/modules/{found.release}/{name}.ko", _unpacked(file))
        rows.append(f"{name} {name}.ko -\n")
    made.put(f"lib/modules/{found.release}/bootpy.modules", "".join(rows).encode())


def _unpacked(path: str) -> bytes:
    """Return a module as every kernel takes it, unpacked where it is kept compressed."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise BootError(
            f"{path} cannot be read: {error.strerror}", "install the kernel's package again"
        ) from error
    try:
        method = _COMPRESSED.get(os.path.splitext(path)[1])
        if method is None:
            return _content(file)
        size = os.fstat(file).st_size
        unpacked = unpack(Part(file, 0, size, path), method)
        try:
            return _content(unpacked)
        finally:
            os.close(unpacked)
    finally:
        os.close(file)


def _content(file: int) -> bytes:
    with open(file, "rb", closefd=False) as whole:
        whole.seek(0)
        return whole.read()


def _soname(path: str) -> str:
    """Return the name by which a library is asked for, "" where it has none."""
    from elftools.elf.dynamic import DynamicSection
    from elftools.elf.elffile import ELFFile

    with open(path, "rb") as file:
        section = ELFFile(file).get_section_by_name(".dynamic")
        tags = section.iter_tags("DT_SONAME") if isinstance(section, DynamicSection) else ()
        # pyelftools gives each kind of tag an attribute of its own.
        return next((str(getattr(tag, "soname", "")) for tag in tags), "")
