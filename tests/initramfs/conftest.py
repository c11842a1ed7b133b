from pathlib import Path

import pytest

from initramfs.build import Image, build
from initramfs.debian import Archive, default_cache

# A first process for images that are to show what the builder did, and nothing else: it
# loads every module of the image's table in the order that the table gives.
FIRST_PROCESS = '''
"""Documentation that has no place in an image."""
import ctypes
import os

import pyudev


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    for kind, target in ((b"proc", b"/proc"), (b"sysfs", b"/sys"), (b"devtmpfs", b"/dev")):
        libc.mount(kind, target, kind, 0, None)
    folder = f"/lib/modules/{os.uname().release}"
    with open(f"{folder}/bootpy.modules") as table:
        rows = {name: (path, needs) for name, path, needs in map(str.split, table)}
    done, refused = set(), {}
    for name, (path, needs) in rows.items():
        for each in [*(needs.split(",") if needs != "-" else []), name]:
            if each in done or rows[each][0] == "builtin":
                continue
            done.add(each)
            file = os.open(f"{folder}/{rows[each][0]}", os.O_RDONLY)
            if libc.syscall(313, file, b"", 0):
                refused[each] = ctypes.get_errno()
            os.close(file)
    with open("/proc/filesystems") as file:
        print("FILESYSTEMS", *(line.split()[-1] for line in file))
    print("REFUSED", refused)
    print("LOADED", len(done) - len(refused))
    blocks = pyudev.Context().list_devices(subsystem="block")
    print("BLOCK", *sorted(device.sys_name for device in blocks))
    print("DOCUMENTATION", __doc__, flush=True)
    libc.reboot(0x4321FEDC)


def late():
    import bootpy.late
    return "\\u00e9".encode("cp437"), bootpy.late
'''


@pytest.fixture(scope="session")
def archive() -> Archive:
    return Archive(default_cache())


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a package bootpy that is a first process and little more."""
    folder = tmp_path_factory.mktemp("source")
    package = folder / "bootpy"
    (package / "init").mkdir(parents=True)
    (package / "cli").mkdir()
    (package / "__init__.py").touch()
    (package / "init/__init__.py").touch()
    (package / "init/supervisor.py").write_text(FIRST_PROCESS)
    (package / "late.py").write_text("import html\n")
    (package / "cli/__init__.py").write_text("import no_such_module\n")
    return folder


@pytest.fixture(scope="session")
def image(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return build("cloud", tmp_path_factory.mktemp("image"), source=program)


@pytest.fixture(scope="session")
def slim_image(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return build("cloud", tmp_path_factory.mktemp("slim"), source=program, userland="slim")
