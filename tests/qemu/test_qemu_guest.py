"""The bench itself, on the small target that boots in seconds."""

import hashlib
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from bootpy.errors import BootError
from qemu.console import ConsoleError
from qemu.disks.dirty import is_dirty
from qemu.disks.recipes import RECIPES
from qemu.disks.target import READY, cloud_kernel, target_initrd
from qemu.machine import Bus, Disk, Machine

pytestmark = pytest.mark.e2e

MODULES = ("virtio_pci", "virtio_blk", "nvme")


def target(*words: str, modules: tuple[str, ...] = MODULES) -> Machine:
    return Machine(
        kernel=cloud_kernel().image,
        initrd=target_initrd(*modules),
        append=" ".join(("console=ttyS0", "quiet", *words)),
        memory=256,
    )


def test_a_guest_is_talked_to_and_its_disks_are_never_written(tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    image.write_bytes(b"\x55" * (1 << 20))
    before = hashlib.sha256(image.read_bytes()).hexdigest()
    machine = target("bench.word=1").with_disk(image)
    with machine.start(log=tmp_path / "console.log") as guest:
        guest.expect(READY, timeout=120)
        assert guest.shell.run("cat /proc/cmdline") == machine.append
        assert cloud_kernel().version in guest.shell.run("cat /proc/version")
        guest.shell.run("dd if=/dev/zero of=/dev/vda bs=64k count=4 conv=fsync")
        assert guest.shell.run("od -An -tx1 -N2 /dev/vda").split() == ["00", "00"]
        for bus, name in ((Bus.VIRTIO, "vdb"), (Bus.NVME, "nvme0n1")):
            guest.hotplug(image, bus=bus)
            guest.shell.run(f"until [ -b /dev/{name} ]; do sleep 0.1; done", timeout=60)
            assert guest.shell.run(f"od -An -tx1 -N2 /dev/{name}").split() == ["55", "55"]
        assert guest.qmp("query-status")["status"] == "running"
        with pytest.raises(BootError, match="no-such-command"):
            guest.qmp("no-such-command")
        guest.shell.run("sync")
        guest.console.line("poweroff -f")
        guest.wait_off(timeout=60)
        assert not guest.running
    assert hashlib.sha256(image.read_bytes()).hexdigest() == before
    assert READY in (tmp_path / "console.log").read_text()


def test_a_panic_and_a_reset(tmp_path: Path) -> None:
    with target("panic=0", modules=()).start() as guest:
        guest.expect(READY, timeout=120)
        guest.console.line("echo c > /proc/sysrq-trigger")
        with pytest.raises(ConsoleError, match="sysrq triggered crash"):
            guest.expect("never", timeout=60)
        guest.reset()
        guest.expect(READY, timeout=120)


def test_what_qemu_itself_says_is_in_the_error() -> None:
    machine = Machine(accelerator="tcg", extra=("-device", "no-such-device"))
    with pytest.raises(BootError, match="no-such-device"), machine.start():
        pass


@pytest.mark.parametrize("filesystem", ["ext4", "xfs"])
def test_dirty_disks_are_dirty_and_clean_ones_clean(filesystem: str) -> None:
    dirty = RECIPES[f"dirty-{filesystem}"]()
    assert is_dirty(dirty, filesystem)
    assert not is_dirty(RECIPES[f"grub-{filesystem}"](), filesystem)
    assert Disk(dirty).snapshot


def test_a_machine_ends_with_whoever_started_it() -> None:
    starts = """\
import time
from qemu.machine import Machine
with Machine(accelerator="tcg", memory=64).start():
    print(open("/proc/thread-self/children").read(), flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", starts], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        machine = Path("/proc", starter.stdout.readline().decode().strip())
        assert b"qemu-system" in (machine / "cmdline").read_bytes()
        starter.kill()
    deadline = time.monotonic() + 60
    with suppress(FileNotFoundError):
        while "State:\tZ" not in (machine / "status").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
