"""What cannot boot: said with its reason, nothing lost, no disk written, PID 1 alive."""

import hashlib
from pathlib import Path

import pytest
from console_talk import PROMPT, Start, at_prompt

from qemu.disks import recipes
from qemu.disks.cache import made
from qemu.disks.content import disk_of
from qemu.disks.dirty import is_dirty, with_dirty_journal
from qemu.disks.target import cloud_kernel
from qemu.loader import loader_machine
from qemu.machine import Disk
from qemu.scenarios import State


def test_truncated_default_falls_to_the_second_entry(start: Start) -> None:
    scenario = start(loader_machine(recipes.truncated_default()))
    shell = scenario.to(State.SHELL).shell
    assert "bench.entry=older" in shell.run("cat /proc/cmdline").split()
    console = scenario.guest.console.text
    assert "(vda1)/boot/grub/grub.cfg:" in console
    assert "truncated" in console


def test_good_entries_of_a_broken_grub_cfg_boot(start: Start) -> None:
    scenario = start(loader_machine(recipes.broken_grub(), append="bootpy.entry=Last"))
    shell = scenario.to(State.SHELL).shell
    assert "bench.entry=last" in shell.run("cat /proc/cmdline").split()
    assert "error: (vda1)/boot/grub/grub.cfg:" in scenario.guest.console.text


def test_no_disk_gives_report_and_prompt(start: Start, userland: str) -> None:
    scenario = start(loader_machine(append="bootpy.wait=1", userland=userland))
    guest = scenario.to(State.LOADER)
    guest.expect("Nothing on this machine can boot by itself", timeout=120)
    guest.expect("no disk at all")
    guest.expect(PROMPT)
    assert "bootpy: Nothing on this machine can boot" in at_prompt(guest, "dmesg", 120)
    assert "boot [N]" in at_prompt(guest, "help")
    assert "no block device" in at_prompt(guest, "lsblk")
    assert "[]" in at_prompt(guest, "devices")


def test_killed_child_leaves_pid_1_alive(start: Start, userland: str) -> None:
    guest = start(loader_machine(recipes.grub(), userland=userland)).to(State.RESCUE)
    guest.console.line("import os; os.kill(os.getpid(), 9)")
    guest.expect("was killed by SIGKILL")
    guest.expect("PID 1 is alive")
    guest.expect("hint: the kernel's log may tell why")
    guest.expect("r: rescue prompt")
    guest.console.line("r")
    guest.expect(PROMPT, timeout=120)
    assert "First" in at_prompt(guest, "entries")


def test_child_out_of_memory_leaves_pid_1_alive(start: Start) -> None:
    scenario = start(loader_machine(recipes.grub(), memory=256, append="bootpy.timeout=5"))
    guest = scenario.to(State.RESCUE)
    guest.console.line("hog = [bytearray(1 << 20) for _ in range(1000)]")
    guest.expect("was killed by SIGKILL", timeout=90)
    guest.expect("PID 1 is alive")
    guest.expect("memory ran out, and the kernel took it away")
    # Nobody answers: it begins again by itself, and this time it boots.
    guest.expect("start the loader again")


def test_a_load_that_memory_runs_out_under_leaves_pid_1_alive(start: Start) -> None:
    """What bootpy looks at beforehand is enough then, and somebody takes it before the call."""
    guest = start(loader_machine(recipes.grub(), memory=512)).to(State.RESCUE)
    for line in (
        "import os",
        "from bootpy.kexec.load import load",
        "from bootpy.kexec.plan import prepare",
        "from bootpy.linux.memory import memory",
        "from bootpy.volume import Volumes",
        "plan = prepare(entries[0], Volumes(list(volumes.values())), call='file')",
        # No process's own, so that there is nothing to be gained by killing for it.
        "eaten = os.memfd_create('eaten')",
        "eat = lambda: memory().available > 40 << 20 and os.write(eaten, bytes(1 << 20))",
        "sum(iter(eat, False)) >> 20",
    ):
        said = at_prompt(guest, line)
        assert "Error" not in said, said
    guest.console.line("load(plan)")
    guest.expect("was killed by SIGKILL", timeout=90)
    guest.expect("PID 1 is alive")
    guest.expect("memory ran out, and the kernel took it away to get some back")
    guest.expect("hint: give the machine more, or boot a smaller initrd")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize("filesystem", ["ext4", "xfs"])
def test_no_write_to_a_disk_with_a_dirty_journal(
    start: Start, filesystem: str, tmp_path: Path
) -> None:
    kernel = cloud_kernel().image.read_bytes()
    config = "set timeout=0\nsave_env broken\n" + recipes.grub_entry("Broken", kernel="/boot/cut")
    clean = recipes.grub_disk(
        f"cut-{filesystem}", config, {"/boot/cut": kernel[:100_000]}, filesystem=filesystem
    )
    made_dirty = with_dirty_journal(clean, filesystem)
    disk = tmp_path / "disk.img"
    disk.write_bytes(made_dirty.read_bytes())
    before = sha256(disk)
    machine = loader_machine(Disk(disk, snapshot=False, format="raw"))
    guest = start(machine).to(State.LOADER)
    guest.expect("no entry could be booted", timeout=120)
    guest.expect("what to boot")
    guest.console.send("r")
    guest.expect(PROMPT)
    assert "menuentry" in at_prompt(guest, "cat vda1:/boot/grub/grub.cfg")
    refused = at_prompt(guest, "import os; os.write(os.open('/dev/vda1', os.O_WRONLY), b'x' * 512)")
    assert "PermissionError" in refused or "Operation not permitted" in refused
    assert "Read-only file system" in at_prompt(
        guest, "open('/run/bootpy/volumes/vda1/boot/x', 'w')"
    )
    guest.kill()
    assert sha256(disk) == before
    assert is_dirty(disk, filesystem)


def test_without_a_countdown_the_next_entry_follows_one_that_fails(start: Start) -> None:
    kernel = cloud_kernel().image.read_bytes()
    config = (
        "set timeout=0\nset default=0\n"
        + recipes.grub_entry("Broken", kernel="/boot/cut")
        + recipes.grub_entry("Second")
        + recipes.grub_entry("Third")
    )
    disk = recipes.grub_disk("cut-first", config, {"/boot/cut": kernel[:100_000]})
    scenario = start(loader_machine(disk))
    guest = scenario.to(State.LOADER)
    # Nobody is asked, so that the second and third were not looked into before.
    guest.expect(r"3 entries in \(vda1\)/boot/grub/grub.cfg", timeout=120)
    guest.expect("/boot/cut is truncated")
    guest.expect("trying the next entry instead: Second")
    words = scenario.to(State.SHELL).shell.run("cat /proc/cmdline").split()
    assert "bench.entry=second" in words


def test_bad_files_named_by_a_good_configuration(start: Start) -> None:
    arm64 = bytearray(4096)
    arm64[56:60] = b"ARM\x64"
    entries = {
        "Folder": recipes.grub_entry("Folder", kernel="/boot/folder"),
        "Text": recipes.grub_entry("Text", kernel="/boot/text"),
        "Arm": recipes.grub_entry("Arm", kernel="/boot/arm"),
        "Empty": recipes.grub_entry("Empty", kernel="/boot/nothing"),
        "Lost": recipes.grub_entry("Lost", initrd="/boot/initrd.img-lost"),
        "Long": recipes.grub_entry("Long", extra=" " + "x" * 2100),
        "Good": recipes.grub_entry("Good"),
    }
    disk = recipes.grub_disk(
        "bad-files",
        "set timeout=0\nset default=Nothing\n" + "".join(entries.values()),
        {
            "/boot/folder": None,
            "/boot/text": "no kernel\n" * 100,
            "/boot/arm": bytes(arm64),
            "/boot/nothing": b"",
        },
    )
    scenario = start(loader_machine(disk))
    guest = scenario.to(State.RESCUE)
    expected = {
        "Folder": ["/boot/folder", "a folder"],
        "Text": ["/boot/text", "text"],
        "Arm": ["/boot/arm", "aarch64"],
        "Empty": ["/boot/nothing", "empty"],
        "Lost": ["/boot/initrd.img-lost", "does not exist"],
        "Long": ["command line", "kexec takes 2046"],
    }
    for number, (title, words) in enumerate(expected.items(), start=1):
        said = at_prompt(guest, f"boot {number}")
        assert f"(vda1)/boot/grub/grub.cfg:{4 * number - 1}" in said, title
        assert "hint:" in said, title
        for word in words:
            assert word in said, (title, said)
    guest.console.line("boot Good")
    guest.expect("jumping into Good", timeout=120)
    scenario.state = State.JUMPED
    words = scenario.to(State.SHELL).shell.run("cat /proc/cmdline").split()
    assert "bench.entry=good" in words


def test_entries_that_cannot_boot_are_reported_and_shown(start: Start) -> None:
    disk = recipes.grub_disk("no-kernel", recipes.grub_entry("Gone", kernel="/boot/gone"))
    guest = start(loader_machine(disk, append="bootpy.wait=1")).to(State.LOADER)
    guest.expect("Nothing on this machine can boot by itself")
    guest.expect("1 entry, none that may boot by itself")
    guest.expect("/boot/gone")
    guest.expect("what to boot")
    guest.expect("Gone")


def with_damaged_superblock() -> Path:
    """An ext4 that libblkid knows by its magic number and no kernel can mount."""
    whole = disk_of("to-damage", {"/boot/grub/grub.cfg": recipes.grub_entry("Unreachable")})

    def make(image: Path) -> None:
        content = bytearray(whole.read_bytes())
        superblock = content.index(b"\x53\xef", 1024) - 56
        content[superblock + 24 : superblock + 28] = b"\xff\xff\xff\xff"  # s_log_block_size
        image.write_bytes(content)

    return made("damaged", [whole.name], make)


def test_report_tells_each_disk_that_is_none(start: Start) -> None:
    machine = loader_machine(
        recipes.empty(), recipes.text(), with_damaged_superblock(), append="bootpy.wait=1"
    )
    guest = start(machine).to(State.LOADER)
    guest.expect("Nothing on this machine can boot by itself", timeout=120)
    report = guest.expect(rf"(?s)\A(.*?){PROMPT}", timeout=120)[1]
    for disk in ("vda", "vdb"):
        assert f"{disk}: virtio disk" in report
    assert report.count("nothing recognised on it") == 2
    assert "vdc1: cannot mount its ext4 file system" in report
    assert "fsck" in report
