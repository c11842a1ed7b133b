"""QEMU's command line from a machine's description, with the real qemu-img."""

import hashlib
import json
from pathlib import Path

import pytest

from bootpy.errors import BootError
from qemu.architecture import Architecture
from qemu.command import blockdev, command, device, image_format
from qemu.machine import Bus, Disk, Firmware, Machine
from qemu.run import check


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "disk.img"
    path.write_bytes(b"\x55" * 1024 + bytes(3 << 20))
    return path


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def values(words: list[str], option: str) -> list[str]:
    return [words[n + 1] for n, word in enumerate(words) if word == option]


def test_a_machine_has_no_network_and_only_what_is_described(work: Path) -> None:
    words = command(Machine(accelerator="tcg", memory=192, cpus=1), work)
    assert values(words, "-nic") == ["none"]
    assert "-nodefaults" in words
    assert values(words, "-m") == ["192"]
    assert values(words, "-smp") == ["1"]
    assert values(words, "-blockdev") == []
    assert "-kernel" not in words


def test_an_arm64_machine_is_always_emulated(work: Path, image: Path) -> None:
    machine = Machine(architecture=Architecture.ARM64, disks=(Disk(image, Bus.NVME),))
    words = command(machine, work)
    assert words[0] == "qemu-system-aarch64"
    assert values(words, "-machine") == ["virt"]
    assert values(words, "-accel") == ["tcg,thread=single"]
    assert values(words, "-cpu") == ["cortex-a72"]
    assert "-bios" not in words
    with pytest.raises(BootError, match="arm64 machines have no ahci"):
        command(Machine(architecture=Architecture.ARM64).with_disk(image, Bus.AHCI), work)


def test_uefi_for_arm64_is_taken_out_of_debians_package(work: Path) -> None:
    machine = Machine(architecture=Architecture.ARM64, firmware=Firmware.OVMF)
    (path,) = values(command(machine, work), "-bios")
    assert b"_FVH" in Path(path).read_bytes()[: 8 << 10]  # of a firmware volume


def test_kernel_initrd_and_command_line_are_handed_over(work: Path) -> None:
    machine = Machine(accelerator="tcg", kernel=Path("k"), initrd=Path("i"), append="a=1")
    words = command(machine.appended("b=2"), work)
    assert values(words, "-kernel") == ["k"]
    assert values(words, "-initrd") == ["i"]
    assert values(words, "-append") == ["a=1 b=2"]


@pytest.mark.parametrize(
    ("bus", "driver"),
    [
        (Bus.VIRTIO, "virtio-blk-pci"),
        (Bus.NVME, "nvme"),
        (Bus.AHCI, "ide-hd"),
        (Bus.USB, "usb-storage"),
        (Bus.SD, "sd-card"),
    ],
)
def test_each_bus_has_its_device(bus: Bus, driver: str, image: Path, work: Path) -> None:
    words = command(Machine(accelerator="tcg").with_disk(image, bus), work)
    devices = [json.loads(word) for word in values(words, "-device") if word.startswith("{")]
    assert [found["driver"] for found in devices] == [driver]
    assert devices[0]["drive"] == json.loads(values(words, "-blockdev")[0])["node-name"]


def test_a_snapshot_writes_to_an_overlay(image: Path, work: Path) -> None:
    before = hashlib.sha256(image.read_bytes()).hexdigest()
    node = blockdev(Disk(image), "disk0", work)
    assert node["driver"] == "qcow2"
    assert node["file"] == {"driver": "file", "filename": str(work / "disk0.qcow2")}
    assert image_format(work / "disk0.qcow2") == "qcow2"
    assert hashlib.sha256(image.read_bytes()).hexdigest() == before


def test_without_snapshot_the_image_itself_is_written(image: Path, work: Path) -> None:
    node = blockdev(Disk(image, snapshot=False), "disk0", work)
    assert node == {
        "node-name": "disk0",
        "driver": "raw",
        "file": {"driver": "file", "filename": str(image)},
    }
    assert list(work.iterdir()) == []


def test_an_sd_card_is_grown_to_a_power_of_two(image: Path, work: Path) -> None:
    from qemu.places import call

    blockdev(Disk(image, Bus.SD), "disk0", work)
    info = json.loads(call(["qemu-img", "info", "--output=json", work / "disk0.qcow2"]))
    assert info["virtual-size"] == 4 << 20
    assert image.stat().st_size == (3 << 20) + 1024


def test_a_port_is_named_only_where_a_disk_is_plugged_into_one(image: Path) -> None:
    disk = Disk(image)
    assert device(disk, "disk0", "port3")["bus"] == "port3"
    assert "bus" not in device(disk, "disk0")


def test_ovmf_gets_variables_of_its_own(work: Path) -> None:
    words = command(Machine(accelerator="tcg", firmware=Firmware.OVMF), work)
    code, variables = values(words, "-drive")
    assert "readonly=on" in code
    assert f"file={work}/OVMF_VARS_4M.fd" in variables
    assert (work / "OVMF_VARS_4M.fd").stat().st_size > 0


@pytest.mark.parametrize(("name", "reason"), [("absent.img", "not there"), (".", "a folder")])
def test_what_is_no_image_is_said_by_name(name: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(BootError) as caught:
        image_format(tmp_path / name)
    assert reason in caught.value.message
    assert str(tmp_path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "it is empty"), (b"a shopping list\n" * 100, "it is a text file"), (None, "a folder")],
)
def test_what_can_be_no_disk_is_refused_by_name(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    disk = tmp_path / "disk.img"
    if content is None:
        disk.mkdir()
    else:
        disk.write_bytes(content)
    with pytest.raises(BootError, match=f"disk.img: no disk image: .*{reason}") as refused:
        check(disk)
    assert "raw or qcow2" in refused.value.hint


def test_a_disk_without_a_boot_sector_is_one(tmp_path: Path) -> None:
    disk = tmp_path / "disk.img"
    disk.write_bytes(bytes(4096))
    check(disk)
