"""Images for another architecture than this machine's, none of whose programs can run here."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile

from bootpy.errors import BootError
from initramfs.build import Image, build
from initramfs.contents import ONLY_FOR, REPOSITORY
from initramfs.debian import Archive, default_cache
from initramfs.profile import FOLDER
from initramfs.programs import Program, native_architecture
from initramfs.python import Python
from initramfs.sysroot import Sysroot

OTHER = "arm64" if native_architecture() == "amd64" else "amd64"
PLAIN = (FOLDER / "cloud.toml").read_text().replace('"zstd"\nlevel = 19', '"none"\nlevel = 0')


def built(folder: Path, architecture: str, source: Path) -> Image:
    (folder / "plain.toml").write_text(PLAIN)
    path = str(folder / "plain.toml")
    return build(path, folder / architecture, source=source, architecture=architecture)


def rows(image: Image) -> dict[str, dict[str, Any]]:
    files = json.loads(image.manifest.read_text())["files"]
    return {row["path"]: row for row in files if row["type"] == "file"}


@pytest.fixture(scope="module")
def images(program: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Image]:
    folder = tmp_path_factory.mktemp("plain")
    return [built(folder, architecture, program) for architecture in ("amd64", "arm64")]


def test_byte_code_is_the_same_on_both(images: list[Image]) -> None:
    first, second = (
        {path: row["sha256"] for path, row in rows(image).items() if path.endswith(".pyc")}
        for image in images
    )
    assert "/usr/lib/python3.11/bootpy/init/supervisor.pyc" in first
    assert first == second


def test_machine_code_is_of_the_architecture_alone(images: list[Image], tmp_path: Path) -> None:
    for image, machine, triplet in zip(
        images, ("x64", "AArch64"), ("x86_64-linux-gnu", "aarch64-linux-gnu"), strict=True
    ):
        folder = tmp_path / machine
        folder.mkdir()
        data = image.initramfs.read_bytes()
        size = data.index(b"TRAILER!!!") + 11
        command = ["cpio", "-idm", "--quiet", "-f", "dev/*"]
        subprocess.run(command, input=data[: size + -size % 4], cwd=folder, check=True)
        files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        found = []
        for path in files:
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    assert ELFFile(file).get_machine_arch() == machine, path
                    found.append(path)
        names = {path.name for path in found}
        assert f"_ctypes.cpython-311-{triplet}.so" in names
        # Of what is opened at run time, and of what extension modules are linked to.
        assert {"libudev.so.1", "libblkid.so.1", "libffi.so.8", "libc.so.6"} <= names


def test_a_second_build_is_the_same(images: list[Image], program: Path, tmp_path: Path) -> None:
    again = built(tmp_path, "arm64", program)
    assert again.initramfs.read_bytes() == images[1].initramfs.read_bytes()
    assert again.manifest.read_bytes() == images[1].manifest.read_bytes()


def test_the_manifest_tells_the_architecture(images: list[Image]) -> None:
    told = [json.loads(image.manifest.read_text()) for image in images]
    assert [each["architecture"] for each in told] == ["amd64", "arm64"]
    assert [each["kernel"]["package"].rpartition("-")[2] for each in told] == ["amd64", "arm64"]


def test_its_programs_do_not_run_here(tmp_path: Path) -> None:
    sysroot = Sysroot(Archive(default_cache(), OTHER), tmp_path / "root")
    with pytest.raises(BootError, match=f"is for {OTHER}, and this machine is "):
        Program(sysroot, "usr/bin/python3.11")


def test_two_versions_of_python_do_not_go_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An archive of today's packages, and one with a Python of another day.
    Archive(tmp_path / "cache", native_architecture()).update()
    depends = "Package: python3\nVersion: 3.11.9-1\nDepends: python3.11\n"
    python = "Package: python3.11-minimal\nVersion: 3.11.9-1\n"
    more = f"Architecture: {OTHER}\nMaintainer: x <x@example.org>\nFilename: ./x.deb\nSize: 1\n"
    more += f"SHA256: {'0' * 64}\nDescription: x\n"
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive/Packages").write_text(f"{depends}{more}\n{python}{more}\n")
    (tmp_path / "archive/Release").write_text("Origin: Debian\n")
    sources = tmp_path / "sources.list"
    sources.write_text(f"deb [trusted=yes] file:{tmp_path}/archive ./\n")
    monkeypatch.setenv("BOOTPY_APT_SOURCES", str(sources))
    other = Archive(tmp_path / "cache", OTHER)
    with pytest.raises(BootError) as caught:
        Python(Sysroot(other, tmp_path / "root"))
    assert f"python3.11-minimal is 3.11.9-1 for {OTHER} and 3.11.2-" in caught.value.message
    assert f"make update ARCH={OTHER}" in caught.value.hint


def test_without_a_compiler_for_it_there_is_no_slim_userland(program: Path, tmp_path: Path) -> None:
    with pytest.raises(BootError, match=f"{OTHER} is not this one"):
        build("cloud", tmp_path, source=program, userland="slim", architecture=OTHER)


def test_what_is_for_one_architecture_is_in_no_image_for_another() -> None:
    held = rows(build("bare"))
    for architecture, names in ONLY_FOR.items():
        for name in names:
            path = name.replace(".", "/")
            module = path if (REPOSITORY / f"{path}.py").is_file() else f"{path}/__init__"
            assert (REPOSITORY / f"{module}.py").is_file()
            is_held = f"/usr/lib/python3.11/{module}.pyc" in held
            assert is_held == (architecture == "amd64")


def test_an_image_without_what_starts_multiboot_kernels(tmp_path: Path) -> None:
    profile = tmp_path / "small.toml"
    bare = (FOLDER / "bare.toml").read_text()
    profile.write_text(bare.replace("[python]\n", "[python]\nmultiboot = false\n"))
    held = rows(build(str(profile), tmp_path / "image"))
    assert "/usr/lib/python3.11/bootpy/kexec/load.pyc" in held
    assert not [path for path in held if "multiboot" in path]
