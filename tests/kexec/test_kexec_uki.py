"""Unified kernel images on their way to the kernel: profiles, add-ons, credentials, extensions."""

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kernel_images import bzimage, debian_kernel, portable
from unified_images import OSREL, made_by_objcopy

from bootpy.diagnostics import Source
from bootpy.entry import Entry, File
from bootpy.errors import BootError
from bootpy.kexec import cpio
from bootpy.kexec.initrds import Part
from bootpy.kexec.machine import Machine
from bootpy.kexec.plan import prepare
from bootpy.kexec.planned import Plan
from bootpy.volume import FolderVolume, Volumes

pytestmark = pytest.mark.usefixtures("no_descriptor_leaks")

PC = Machine("x86_64", total=1 << 30, available=900 << 20)

SECTIONS = [
    (".osrel", b"ID=debian\n"),
    (".cmdline", b"base"),
    (".initrd", b"070701base!!"),
    (".ucode", b"070701ucode!"),
    (".linux", bzimage()),
    (".profile", b"ID=main\n"),
    (".profile", b"ID=reset\nTITLE=Reset\n"),
    (".cmdline", b"\treset\n\nnow\x00junk"),
    (".profile", b"ID=other"),
    (".initrd", b"070701other!"),
    (".pcrsig", b"{}"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "EFI/Linux/a.efi.extra.d").mkdir(parents=True)
    (tmp_path / "EFI/Linux/a.efi").write_bytes(portable(SECTIONS))
    return tmp_path


def put(folder: Path, path: str, content: bytes) -> File:
    file = folder / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return File("sda1", path, exists=True)


def entry(profile: int | None = 0, **more: Any) -> Entry:
    given = {"kernel": File("sda1", "/EFI/Linux/a.efi"), "profile": profile, **more}
    source = Source("sda1", "/EFI/Linux/a.efi")
    return Entry("uki:sda1:a.efi", "Debian", ("Debian",), "uki", "uki", source, **given)


def planned(folder: Path, which: Entry, append: str = "") -> tuple[Plan, bytes]:
    plan = prepare(which, Volumes([FolderVolume(str(folder), name="sda1")]), append, PC)
    initrd = os.pread(plan.initrd, plan.initrd_size + 1, 0)
    assert len(initrd) == plan.initrd_size
    plan.close()
    return plan, initrd


def unpacked(archive: bytes, where: Path) -> dict[str, tuple[int, bytes | None]]:
    """Unpack with cpio(1) and return each path's mode and content."""
    where.mkdir()
    words = ["cpio", "--extract", "--make-directories", "--quiet", "--format=newc"]
    subprocess.run(words, input=archive, cwd=where, check=True)
    return {
        str(path.relative_to(where)): (
            stat.S_IMODE(path.stat().st_mode),
            path.read_bytes() if path.is_file() else None,
        )
        for path in sorted(where.rglob("*"))
    }


@pytest.mark.parametrize(
    ("path", "stands"),
    [
        ("etc/keys/disk.key", ["etc", "etc/keys", "etc/keys/disk.key"]),
        ("/init", ["init"]),
        ("./a", ["a"]),
    ],
)
def test_a_file_is_wrapped_into_an_initrd_of_its_own(
    folder: Path, path: str, stands: list[str]
) -> None:
    key = put(folder, "/key", b"secret")._replace(archived_as=path)
    plain = put(folder, "/initrd", b"070701plain!")
    _, initrd = planned(
        folder, entry(kernel=put(folder, "/vmlinuz", bzimage()), initrds=(key, plain))
    )
    assert initrd.endswith(b"070701plain!")
    found = unpacked(initrd.removesuffix(b"070701plain!"), folder / "out")
    assert list(found) == stands
    assert found[stands[-1]] == (0o777, b"secret")


def test_what_is_no_path_of_a_file_is_refused(folder: Path) -> None:
    key = put(folder, "/key", b"secret")
    for path in ("", "/", "a/../../b"):
        wrong = entry(initrds=(key._replace(archived_as=path or "."),))
        with pytest.raises(BootError, match="no path of a file"):
            planned(folder, wrong)


@pytest.mark.parametrize(
    ("profile", "cmdline", "base", "told"),
    [
        (0, "base", b"070701base!!", b"ID=main\n"),
        (1, "reset  now", b"070701base!!", b"ID=reset\nTITLE=Reset\n"),
        (2, "base", b"070701other!", b"ID=other"),
    ],
)
def test_a_profile_s_sections_replace_the_base_s(
    folder: Path, profile: int, cmdline: str, base: bytes, told: bytes
) -> None:
    plan, initrd = planned(folder, entry(profile))
    assert plan.cmdline == cmdline
    assert initrd.startswith(b"070701ucode!" + base + b"070701")
    _, _, archives = initrd.partition(base)
    found: dict[str, bytes | None] = {}
    for number, one in enumerate(_archives(archives)):
        files = unpacked(one, folder / f"out{number}")
        assert files.pop(".extra") == (0o555, None)
        ((path, (mode, content)),) = files.items()
        assert mode == 0o444
        found[path] = content
    expected = {".extra/os-release": b"ID=debian\n", ".extra/profile": told}
    if profile == 2:
        expected[".extra/tpm2-pcr-signature.json"] = b"{}"
    assert found == expected


def _archives(content: bytes) -> list[bytes]:
    """Split archives that follow each other behind their trailers."""
    end = b"TRAILER!!!\0\0\0\0"
    return [one + end for one in content.split(end) if one]


def test_a_profile_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(BootError) as refused:
        planned(folder, entry(3))
    assert refused.value.message == "(sda1)/EFI/Linux/a.efi has no profile 3: it has 3, from 0"


def test_what_the_stub_adds_to_the_arguments_comes_behind_them(folder: Path) -> None:
    plan, _ = planned(folder, entry(cmdline="mine", cmdline_added="of addons"), "appended")
    assert plan.cmdline == "mine of addons appended"
    plan, _ = planned(folder, entry(cmdline_added="of addons"))
    assert plan.cmdline == "base of addons"


def test_addons_bring_microcode_first_and_initrds_last(folder: Path) -> None:
    beside = "/EFI/Linux/a.efi.extra.d"
    extras = (
        put(
            folder,
            "/loader/addons/1.addon.efi",
            portable([(".ucode", b"070701u1"), (".initrd", b"070701i1")]),
        ),
        put(
            folder,
            f"{beside}/2.ADDON.EFI",
            portable([(".initrd", b"070701i2"), (".ucode", b"070701u2"), (".dtb", b"tree")]),
        ),
    )
    given = put(folder, "/initrd", b"070701given!")
    plan, initrd = planned(folder, entry(extras=extras, initrds=(given,)))
    start = b"070701u2070701u1070701ucode!070701given!070701base!!"
    assert initrd.startswith(start)
    assert initrd.endswith(b"070701i1070701i2")
    assert plan.warnings == (f"the device tree in (sda1){beside}/2.ADDON.EFI is not handed over",)


def test_credentials_and_extensions_reach_the_initrd(folder: Path, tmp_path: Path) -> None:
    beside = "/EFI/Linux/a.efi.extra.d"
    extras = tuple(
        put(folder, path, path.encode())
        for path in (
            f"{beside}/b.cred",
            f"{beside}/a.CRED",
            "/loader/credentials/g.cred",
            f"{beside}/tools.sysext.raw",
            f"{beside}/old.raw",
            "/loader/extensions/all.sysext.raw",
            f"{beside}/etc.confext.raw",
            "/loader/extensions/all.confext.raw",
        )
    )
    plan, initrd = planned(folder, entry(extras=extras))
    assert not plan.warnings
    _, _, archives = initrd.partition(b"070701base!!")
    found: dict[str, tuple[int, bytes | None]] = {}
    order = []
    for number, one in enumerate(_archives(archives)):
        files = unpacked(one, tmp_path / f"out{number}")
        order.append(next((path for path in files if path.count("/") == 1), ""))
        found |= files
    assert order == [
        ".extra/credentials",
        ".extra/global_credentials",
        ".extra/sysext",
        ".extra/global_sysext",
        ".extra/confext",
        ".extra/global_confext",
        ".extra/os-release",
        ".extra/profile",
    ]
    for path, mode, original in (
        ("credentials/a.CRED", 0o400, f"{beside}/a.CRED"),
        ("credentials/b.cred", 0o400, f"{beside}/b.cred"),
        ("global_credentials/g.cred", 0o400, "/loader/credentials/g.cred"),
        ("sysext/tools.sysext.raw", 0o444, f"{beside}/tools.sysext.raw"),
        ("sysext/old.raw", 0o444, f"{beside}/old.raw"),
        ("global_sysext/all.sysext.raw", 0o444, "/loader/extensions/all.sysext.raw"),
        ("confext/etc.confext.raw", 0o444, f"{beside}/etc.confext.raw"),
        ("global_confext/all.confext.raw", 0o444, "/loader/extensions/all.confext.raw"),
    ):
        assert found[f".extra/{path}"] == (mode, original.encode())
    assert found[".extra/credentials"][0] == 0o500
    assert found[".extra/sysext"][0] == 0o555


def test_extras_of_a_plain_kernel(folder: Path, tmp_path: Path) -> None:
    put(folder, "/vmlinuz", bzimage())
    given = put(folder, "/initrd", b"070701given!")
    extras = (put(folder, "/x.cred", b"secret"), put(folder, "/x.img", b"070701"))
    kernel = File("sda1", "/vmlinuz")
    which = entry(kernel=kernel, profile=None, initrds=(given,), extras=extras)
    plan, initrd = planned(folder, which._replace(kind="linux", format="bls"))
    assert plan.warnings == (
        "(sda1)/x.img is not handed over: neither an add-on, nor a credential or extension",
    )
    assert initrd.startswith(b"070701given!")
    files = unpacked(initrd.removeprefix(b"070701given!"), tmp_path / "out")
    assert files[".extra/credentials/x.cred"] == (0o400, b"secret")


def test_extras_that_cannot_be_handed_over_are_refused(folder: Path) -> None:
    gone = File("sda1", "/gone.cred")
    with pytest.raises(BootError, match=r"extra file \(sda1\)/gone.cred does not exist"):
        planned(folder, entry(extras=(gone,)))
    broken = put(folder, "/x.addon.efi", b"MZ")
    with pytest.raises(BootError, match="is no PE file"):
        planned(folder, entry(extras=(broken,)))
    short = put(folder, "/y.addon.efi", portable([(".initrd", b"x" * 2000)])[:2000])
    with pytest.raises(BootError, match="is truncated"):
        planned(folder, entry(extras=(short,)))
    large = put(folder, "/z.raw", b"")
    os.truncate(folder / "z.raw", 901 << 20)
    with pytest.raises(BootError, match="943718400 are free"):
        planned(folder, entry(extras=(large,)))


def test_an_archive_of_many_sizes(tmp_path: Path) -> None:
    contents = {f"f{size}": os.urandom(size) for size in (0, 1, 2, 3, 4, 5, 70_000)}
    parts = []
    for name, content in contents.items():
        (tmp_path / name).write_bytes(b"before" + content)
        parts.append(Part(os.open(tmp_path / name, os.O_RDONLY), len("before"), len(content), name))
    fd = cpio.archive("test", "a/b/c", (0o500, 0o400), parts)
    for part in parts:
        os.close(part.fd)
    archive = os.pread(fd, 1 << 20, 0)
    os.close(fd)
    assert len(archive) % 4 == 0
    files = unpacked(archive, tmp_path / "out")
    assert (files["a"], files["a/b"], files["a/b/c"]) == (
        (0o555, None),
        (0o555, None),
        (0o500, None),
    )
    assert {path[6:]: content for path, (_, content) in files.items() if content is not None} == (
        contents
    )


def test_an_image_that_objcopy_made_of_debian_s_stub(folder: Path) -> None:
    made_by_objcopy(
        folder / "EFI/Linux/a.efi",
        [
            (".osrel", OSREL),
            (".uname", b"6.1.0-test"),
            (".cmdline", b"root=/dev/vda2 ro quiet\n"),
            (".linux", debian_kernel()),
            (".initrd", b"070701 and more"),
        ],
    )
    plan = prepare(entry(), Volumes([FolderVolume(str(folder), name="sda1")]), "", PC)
    assert os.pread(plan.kernel, 1 << 30, 0) == debian_kernel()
    assert os.pread(plan.initrd, 15, 0) == b"070701 and more"
    assert (plan.unwrapped, plan.cmdline) == (("UKI",), "root=/dev/vda2 ro quiet")
    assert plan.version.startswith("6.1.0-")
    assert plan.warnings == ()
    plan.close()
