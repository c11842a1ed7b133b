import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bootpy.errors import BootError
from initramfs.debian import Archive
from initramfs.modinfo import KernelModules
from initramfs.modules import Selection, Selector
from initramfs.profile import KernelPart

PACKAGE = "linux-image-cloud-amd64"


@pytest.fixture(scope="module")
def unpacked(archive: Archive) -> Path:
    (package,) = archive.fetch([archive.kernel_image(PACKAGE)])
    return archive.unpacked(package)


@pytest.fixture
def kernel(unpacked: Path, tmp_path: Path) -> KernelModules:
    (release,) = (unpacked / "lib/modules").iterdir()
    return KernelModules(release, tmp_path / "cache.json")


def select(
    kernel: KernelModules, unpacked: Path, *names: str, **more: tuple[str, ...]
) -> Selection:
    configuration = (unpacked / f"boot/config-{kernel.release}").read_text()
    return Selector(kernel, configuration).select(KernelPart(PACKAGE, names, **more))


def test_dependencies_come_first_and_are_complete(kernel: KernelModules, unpacked: Path) -> None:
    chosen = select(kernel, unpacked, "virtio-blk", "xfs", "btrfs", "sd_mod")
    built_in = {info.name for info in kernel.builtin()}
    for name, needs in chosen.needs.items():
        for place, each in enumerate(needs):
            assert set(chosen.needs[each]) <= set(needs[:place]), (name, each)
        assert set(chosen.infos[name].depends) - built_in <= set(needs), name
    assert chosen.infos["virtio_blk"].path == "kernel/drivers/block/virtio_blk.ko"


def test_dependencies_are_those_that_depmod_finds(
    kernel: KernelModules, unpacked: Path, tmp_path: Path
) -> None:
    base = tmp_path / "base/lib/modules"
    shutil.copytree(kernel.folder, base / kernel.release, copy_function=os.link)
    depmod = shutil.which("depmod", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert depmod, "depmod is missing: install the package kmod"
    subprocess.run([depmod, "-b", str(tmp_path / "base"), kernel.release], check=True)
    expected = {}
    for line in (base / kernel.release / "modules.dep").read_text().splitlines():
        path, _, needs = line.partition(":")
        expected[path] = {Path(need).stem.replace("-", "_") for need in needs.split()}
    chosen = select(kernel, unpacked, "xfs", "btrfs", "vfat", "isofs", "sr_mod", "hv_storvsc")
    for info in chosen.loadable():
        assert expected[info.path] <= set(chosen.needs[info.name]), info.name


def test_soft_dependencies_are_found_by_alias(kernel: KernelModules, unpacked: Path) -> None:
    chosen = select(kernel, unpacked, "btrfs")
    needs = chosen.needs["btrfs"]
    assert {"blake2b_generic", "xxhash_generic", "crc32c_intel"} <= set(needs)
    assert chosen.infos["crc32c_generic"].builtin
    assert "crc32c_generic" not in needs


def test_character_sets_of_the_kernels_defaults(kernel: KernelModules, unpacked: Path) -> None:
    chosen = select(kernel, unpacked, "vfat", "isofs")
    assert {"fat", "nls_cp437", "nls_ascii"} <= set(chosen.needs["vfat"])
    assert "nls_utf8" in chosen.needs["isofs"]


def test_tables_are_what_loading_reads(kernel: KernelModules, unpacked: Path) -> None:
    chosen = select(kernel, unpacked, "virtio_blk", "ext4")
    rows = {row[0]: row[1:] for row in map(str.split, chosen.index().splitlines())}
    assert rows["virtio_ring"] == ["kernel/drivers/virtio/virtio_ring.ko", "-"]
    assert rows["ext4"][0] == "builtin"
    assert rows["virtio_blk"][1] == "virtio_ring,virtio"
    assert all("-" not in name for name in rows)
    aliases = [line.split() for line in chosen.aliases().splitlines()]
    assert ["virtio:d00000002v*", "virtio_blk"] in aliases
    assert {name for _, name in aliases} <= rows.keys()


def test_globs_and_what_is_left_out(kernel: KernelModules, unpacked: Path) -> None:
    chosen = select(kernel, unpacked, "kernel/drivers/ata/*", without=("pata-legacy",))
    assert {"ata_piix", "ata_generic", "libata"} <= chosen.infos.keys()
    assert "pata_legacy" not in chosen.infos


@pytest.mark.parametrize("name", ["no_such_driver", "kernel/no/such/*"])
def test_an_unknown_module_is_named(kernel: KernelModules, unpacked: Path, name: str) -> None:
    with pytest.raises(BootError) as caught:
        select(kernel, unpacked, name)
    assert name in caught.value.message
    assert kernel.release in caught.value.message


def test_what_was_read_is_kept(kernel: KernelModules, unpacked: Path, tmp_path: Path) -> None:
    first = select(kernel, unpacked, "btrfs")
    again = KernelModules(kernel.folder, tmp_path / "cache.json")
    assert again.find("btrfs") == first.infos["btrfs"]
    assert select(again, unpacked, "btrfs").index() == first.index()
