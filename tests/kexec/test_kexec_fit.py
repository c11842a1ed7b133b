"""Kernels in FIT images, made by mkimage, taken out for kexec."""

import bz2
import gzip
import lzma
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_tools import fill, fit, run
from kernel_images import bzimage, flat_image

from bootpy.diagnostics import Source
from bootpy.entry import Entry, File
from bootpy.errors import BootError
from bootpy.kexec.choice import Situation
from bootpy.kexec.devicetree import Branch, Tree, encode
from bootpy.kexec.machine import Machine
from bootpy.kexec.plan import prepare
from bootpy.kexec.planned import Plan
from bootpy.volume import FolderVolume, Volumes

pytestmark = pytest.mark.usefixtures("no_descriptor_leaks")

ARM = Machine("aarch64", total=1 << 30, available=900 << 20)
KERNEL = flat_image(b"ARM\x64", length=300_000)
RAMDISK = b"070701" + os.urandom(3001)
CONFIGURATIONS = """
    default = "conf-2";
    conf-1 { description = "Board one"; kernel = "kernel-1"; };
    conf-2 { kernel = "kernel-1"; ramdisk = "ramdisk-1"; };
    conf-3 { kernel = "kernel-1"; ramdisk = "ramdisk-1"; fdt = "fdt-1"; loadables = "fdt-1"; };
"""


def source(compression: str = "none", hashes: str = "sha256") -> str:
    nodes = "".join(
        f'hash-{number} {{ algo = "{method}"; }};'
        for number, method in enumerate(hashes.split(), start=1)
    )
    return f"""
/dts-v1/;
/ {{
    description = "test"; #address-cells = <1>;
    images {{
        kernel-1 {{
            data = /incbin/("kernel"); type = "kernel"; arch = "arm64"; os = "linux";
            compression = "{compression}"; load = <0x80000>; entry = <0x80000>; {nodes}
        }};
        ramdisk-1 {{
            data = /incbin/("ramdisk"); type = "ramdisk"; arch = "arm64"; os = "linux";
            compression = "none"; {nodes}
        }};
        fdt-1 {{
            data = /incbin/("tree"); type = "flat_dt"; arch = "arm64"; compression = "none";
        }};
    }};
    configurations {{ {CONFIGURATIONS} }};
}};
"""


def entry(configuration: str = "", **more: object) -> Entry:
    made = Entry(
        "fit:sda2:x",
        "Board",
        ("Board",),
        "fit",
        "fit",
        Source("sda2", "/x.itb"),
        kernel=File("sda2", "/x.itb"),
        configuration=configuration,
    )
    return made._replace(**more)  # type: ignore[arg-type]


def volumes(folder: Path) -> Volumes:
    return Volumes([FolderVolume(str(folder), name="sda2")])


def image(folder: Path, text: str, *options: str, kernel: bytes = KERNEL) -> Path:
    files = {"kernel": kernel, "ramdisk": RAMDISK, "tree": b"tree"}
    return fit(folder / "x.itb", text, files, *options)


def contents(plan: Plan) -> tuple[bytes, bytes]:
    found = os.pread(plan.kernel, 1 << 24, 0)
    initrd = os.pread(plan.initrd, 1 << 24, 0) if plan.initrd >= 0 else b""
    plan.close()
    return found, initrd


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 4)


@pytest.mark.parametrize("options", [(), ("-E",), ("-E", "-p", "0x4000")])
def test_the_chosen_configuration(tmp_path: Path, options: tuple[str, ...]) -> None:
    image(tmp_path, source(hashes="sha256 sha1 md5 crc32 sha512"), *options)
    plan = prepare(entry(cmdline="root=/dev/mmcblk0p2"), volumes(tmp_path), machine=ARM)
    assert (plan.format, plan.unwrapped, plan.warnings) == ("Image", ("FIT",), ())
    assert (plan.cmdline, plan.kernel_size) == ("root=/dev/mmcblk0p2", len(KERNEL))
    assert contents(plan) == (KERNEL, padded(RAMDISK))
    plan = prepare(entry("conf-1"), volumes(tmp_path), machine=ARM)
    assert (contents(plan), plan.initrd_size) == ((KERNEL, b""), 0)
    plan = prepare(entry("conf-3"), volumes(tmp_path), machine=ARM)
    assert contents(plan) == (KERNEL, padded(RAMDISK))
    assert plan.warnings == (
        "fdt-1 in (sda2)/x.itb: loadables are not handed over",
        "the entry's device tree is not handed over: kexec_file_load takes none, and the kernel "
        "gets this machine's own",
    )


def test_the_device_tree_of_a_configuration(tmp_path: Path) -> None:
    tree = encode(Tree(Branch({"compatible": b"a,board\0"}, {})))
    here = ARM._replace(seen=Situation("aarch64", memory_map=False))
    text = source().replace(' loadables = "fdt-1";', "")
    files = {"kernel": KERNEL, "ramdisk": RAMDISK, "tree": tree}
    fit(tmp_path / "x.itb", text, files)
    plan = prepare(entry("conf-3"), volumes(tmp_path), machine=here)
    assert os.pread(plan.devicetree, 1 << 20, 0) == tree
    assert (plan.devicetree_name, plan.warnings) == ("(sda2)/x.itb (fdt-1)", ())
    plan.close()
    without = "the entry's device tree is not handed over: "
    for changed, content, reason in (
        (text, b"tree", "(sda2)/x.itb (fdt-1) is no device tree that can be handed over: "),
        (text.replace('fdt = "fdt-1"', 'fdt = "fdt-1", "fdt-1"'), tree, "it has overlays, and "),
    ):
        fit(tmp_path / "x.itb", changed, files | {"tree": content})
        plan = prepare(entry("conf-3"), volumes(tmp_path), machine=here)
        plan.close()
        assert plan.devicetree == -1
        assert plan.warnings[0].startswith(without + reason)


def test_arguments_of_the_device_tree(tmp_path: Path) -> None:
    fill(tmp_path, {"a.dts": '/dts-v1/; / { chosen { bootargs = "root=/dev/mmcblk0p2"; }; };'})
    run("dtc", "-q", "-o", tmp_path / "a.dtb", tmp_path / "a.dts")
    files = {"kernel": KERNEL, "ramdisk": RAMDISK, "tree": (tmp_path / "a.dtb").read_bytes()}
    fit(tmp_path / "x.itb", source(), files)
    for configuration, own, line in (
        ("conf-3", "", "root=/dev/mmcblk0p2"),
        ("conf-3", "quiet", "quiet"),
        ("conf-2", "", ""),
    ):
        plan = prepare(entry(configuration, cmdline=own), volumes(tmp_path), machine=ARM)
        plan.close()
        assert plan.cmdline == line


def test_an_entrys_initrds_follow_the_images_own(tmp_path: Path) -> None:
    image(tmp_path, source())
    (tmp_path / "more").write_bytes(b"070701more")
    which = entry(initrds=(File("sda2", "/more"),))
    assert contents(prepare(which, volumes(tmp_path), machine=ARM))[1] == padded(
        padded(RAMDISK) + b"070701more"
    )


def _tool(*words: str) -> Callable[[bytes], bytes]:
    def packed(content: bytes) -> bytes:
        return subprocess.run(words, input=content, capture_output=True, check=True).stdout

    return packed


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "lzma": lambda content: lzma.compress(content, lzma.FORMAT_ALONE),
    "xz": lzma.compress,
    "zstd": _tool("zstd", "-c"),
}


@pytest.mark.parametrize("method", PACKERS)
def test_a_packed_kernel(tmp_path: Path, method: str) -> None:
    kernel = KERNEL[:64] + os.urandom(2_500_000) + bytes(100_000)
    image(tmp_path, source(method), kernel=PACKERS[method](kernel))
    plan = prepare(entry("conf-1"), volumes(tmp_path), machine=ARM)
    assert (plan.format, plan.unwrapped) == ("Image", ("FIT",))
    assert contents(plan)[0] == kernel
    packed = (tmp_path / "x.itb").read_bytes()
    for at in (len(packed) // 2, len(packed) // 3):
        damaged = packed[:at] + bytes((packed[at] ^ 0x55,)) + packed[at + 1 :]
        (tmp_path / "x.itb").write_bytes(damaged)
        with pytest.raises(BootError, match="is damaged"):
            prepare(entry("conf-1"), volumes(tmp_path), machine=ARM)


@pytest.mark.parametrize("method", PACKERS)
def test_a_packed_kernel_in_a_file_of_its_own(tmp_path: Path, method: str) -> None:
    (tmp_path / "x.itb").write_bytes(PACKERS[method](KERNEL))
    plan = prepare(entry(kind="linux"), volumes(tmp_path), machine=ARM)
    assert (plan.format, plan.unwrapped) == ("Image", (method,))
    assert contents(plan) == (KERNEL, b"")


def test_a_packing_that_is_not_known(tmp_path: Path) -> None:
    image(tmp_path, source("lzo"))
    with pytest.raises(BootError, match=r"x.itb \(kernel-1\) is compressed with lzo"):
        prepare(entry(), volumes(tmp_path), machine=ARM)


@pytest.mark.parametrize("method", ["crc32", "md5", "sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("part", [KERNEL, RAMDISK], ids=["kernel-1", "ramdisk-1"])
def test_a_checksum_that_does_not_fit(tmp_path: Path, method: str, part: bytes) -> None:
    path = image(tmp_path, source(hashes=method))
    content = path.read_bytes()
    prepare(entry(), volumes(tmp_path), machine=ARM).close()
    at = content.index(part) + 2000
    path.write_bytes(content[:at] + bytes((content[at] ^ 1,)) + content[at + 1 :])
    name = "kernel-1" if part is KERNEL else "ramdisk-1"
    with pytest.raises(BootError, match=f"{name} in .* is damaged: its {method} is") as refused:
        prepare(entry(), volumes(tmp_path), machine=ARM)
    assert refused.value.hint


def test_a_checksum_that_is_not_known_is_said(tmp_path: Path) -> None:
    path = image(tmp_path, source(hashes="crc32"))
    path.write_bytes(path.read_bytes().replace(b"crc32\0", b"crc99\0"))
    plan = prepare(entry("conf-1"), volumes(tmp_path), machine=ARM)
    plan.close()
    assert plan.warnings == ("the crc99 checksum of kernel-1 in (sda2)/x.itb is not compared",)


def test_what_is_not_in_the_image(tmp_path: Path) -> None:
    path = image(tmp_path, source())
    with pytest.raises(BootError, match="has no configuration 'conf-9'") as refused:
        prepare(entry("conf-9"), volumes(tmp_path), machine=ARM)
    assert refused.value.hint == "its configurations are: conf-1, conf-2, conf-3"
    path.write_bytes(
        path.read_bytes().replace(b"ramdisk-1\0\0\0\0\0\0\1", b"ramdisk-2\0\0\0\0\0\0\1")
    )
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with pytest.raises(BootError, match="cannot be read as a FIT image: it is truncated"):
        prepare(entry(), volumes(tmp_path), machine=ARM)
    path.write_bytes(whole.replace(b"kernel\0", b"kernal\0"))
    with pytest.raises(BootError, match="has no kernel"):
        prepare(entry(), volumes(tmp_path), machine=ARM)


def test_the_machine_has_to_fit(tmp_path: Path) -> None:
    image(tmp_path, source())
    with pytest.raises(BootError, match="is a kernel for aarch64, and this machine is x86_64"):
        prepare(entry(), volumes(tmp_path), machine=Machine("x86_64"))
    image(tmp_path, source(), kernel=bzimage())
    plan = prepare(entry(), volumes(tmp_path), machine=Machine("x86_64"))
    assert contents(plan)[0] == bzimage()


@settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(max_size=4)), max_size=10))
def test_damage_gives_nothing_but_a_boot_error(
    made: bytes, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes]]
) -> None:
    content = bytearray(made)
    tree = [at for at in range(len(made)) if at < 400 or at > len(made) - 1500]
    for place, new in changes:
        at = tree[place % len(tree)]
        content[at : at + len(new)] = new
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "x.itb").write_bytes(content)
    with suppress(BootError):
        prepare(entry(), volumes(folder), machine=ARM).close()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return image(tmp_path_factory.mktemp("fit"), source(hashes="crc32")).read_bytes()
