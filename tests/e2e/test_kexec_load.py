"""Both system calls that load: what the booted system finds is the same after either."""

import hashlib
import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from console_talk import Start, at_prompt

from qemu.disks import recipes
from qemu.disks.cache import made
from qemu.disks.content import Content, disk_of
from qemu.disks.target import target_initrd
from qemu.loader import loader_machine
from qemu.machine import Firmware
from qemu.scenarios import Scenario, State
from qemu.shell import Shell

CAT_IOMEM = "print(open('/proc/iomem').read())"
CPU = "max,la57=off"
DISPLAY = ("-device", "VGA")
VARIABLE = "BootpyTest-5bd5c7a7-7c8e-4f0d-9b35-2c1f0a6f7d11"


def with_efivarfs() -> Path:
    """A disk whose target can look at UEFI's variables."""
    initrd = "/boot/initrd.img-efivarfs"
    config = "set timeout=0\n" + recipes.grub_entry("First", initrd=initrd)
    return recipes.grub_disk("efivarfs", config, {initrd: target_initrd("efivarfs")})


def e820(log: str) -> list[str]:
    """Return the firmware's map of memory as a kernel says it was given it."""
    return re.findall(r"BIOS-e820: (\[mem [^\]]*\] [^\r\n]*)", log)


def outline(iomem: str) -> list[tuple[int, int, str]]:
    """Return the outermost stretches of /proc/iomem, neighbours of one name joined."""
    found: list[tuple[int, int, str]] = []
    for line in iomem.splitlines():
        if line.startswith(" "):
            continue
        addresses, _, name = line.partition(" : ")
        start, end = (int(part, 16) for part in addresses.split("-"))
        if found and found[-1][1] + 1 == start and found[-1][2] == name:
            found[-1] = (found[-1][0], end, name)
        else:
            found.append((start, end, name))
    return found


def said_of_load(scenario: Scenario) -> str:
    found = re.search(r"loading [^\n]*: [^\n]* \((kexec_[^\n]*)\)", scenario.guest.console.text)
    assert found
    return found[1]


def found_by_target(shell: Shell) -> dict[str, object]:
    """Return what must not depend on the call that loaded the target."""
    return {
        "memory": outline(shell.run("cat /proc/iomem")),
        "acpi": shell.run("dmesg | grep -o 'ACPI: [A-Z]\\{4\\} 0x.*'"),
        "screen": shell.run("dmesg | grep -o 'Console: colour.*'; cat /proc/fb"),
        "efi": shell.run("dmesg | grep -o ' efi: .*'; ls /sys/firmware/efi", check=False),
        "smbios": shell.run("dmesg | grep -o ' DMI: .*'"),
        "processors": shell.run("nproc"),
    }


@pytest.mark.parametrize("firmware", list(Firmware))
def test_the_same_is_found_after_either_call(start: Start, firmware: Firmware) -> None:
    machine = loader_machine(with_efivarfs(), firmware=firmware, memory=5120)
    machine = replace(machine, extra=DISPLAY)
    found = {}
    for call in ("load", "file"):
        scenario = start(machine.appended(f"bootpy.kexec={call}"))
        guest = scenario.to(State.RESCUE)
        before = e820(at_prompt(guest, "dmesg"))
        guest.console.line("boot")
        guest.expect("jumping into First", timeout=120)
        scenario.state = State.JUMPED
        shell = scenario.to(State.SHELL).shell
        assert said_of_load(scenario).startswith(f"kexec_{call.replace('file', 'file_load')}")
        assert "handed over" not in scenario.guest.console.text
        assert before
        # The file call cuts the stretches in two where EFI's stub had put data into them.
        if call == "load":
            assert e820(shell.run("dmesg | grep BIOS-e820")) == before
        found[call] = found_by_target(shell)
        seeded = shell.run("dmesg | grep 'crng init done'")
        assert re.match(r"\[ *0\.0000", seeded), "no seed was handed over"
        if firmware is Firmware.OVMF:
            check_variables(shell)
        scenario.off()
    assert found["load"] == found["file"]
    assert "RSDP" in str(found["load"]["acpi"])
    if firmware is Firmware.OVMF:
        assert "EFI VGA" in str(found["load"]["screen"])
        assert "runtime-map" in str(found["load"]["efi"])
    else:
        assert "VGA" in str(found["load"]["screen"])


def test_without_runtime_services_acpi_is_found_all_the_same(start: Start) -> None:
    words = "efi=noruntime bootpy.kexec=load"
    machine = loader_machine(recipes.grub(), firmware=Firmware.OVMF, append=words)
    scenario = start(machine)
    shell = scenario.to(State.SHELL).shell
    said = "EFI's runtime services are not handed over: this kernel does not make use of them"
    assert said in scenario.guest.console.text
    assert shell.run("dmesg | grep 'ACPI: RSDP 0x'")
    assert "No such file" in shell.run("ls /sys/firmware/efi", check=False)


def check_variables(shell: Shell) -> None:
    """Read and write UEFI's variables, for which its runtime services are called."""
    folder = "/sys/firmware/efi/efivars"
    shell.run(f"mount -t efivarfs efivarfs {folder}")
    assert "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c" in shell.run(f"ls {folder}").split()
    shell.run(f"printf '\\007\\000\\000\\000written' > {folder}/{VARIABLE}")
    shell.run(f"umount {folder}; mount -t efivarfs efivarfs {folder}")
    assert shell.run(f"tail -c +5 {folder}/{VARIABLE}") == "written"


@pytest.mark.parametrize(
    ("cpu", "words"),
    [
        (f"{CPU},pdpe1gb=off", ""),  # tables of pages of 2 MiB
        ("max", ""),  # five levels of tables
        (CPU, "nokaslr"),  # it stays where it was loaded
    ],
    ids=["small-pages", "five-levels", "nokaslr"],
)
def test_processors_and_places(start: Start, cpu: str, words: str) -> None:
    machine = loader_machine(recipes.grub(), memory=5120, append="bootpy.kexec=load")
    machine = replace(machine, extra=("-cpu", cpu))
    scenario = start(machine.appended(f'bootpy.append="{words}"') if words else machine)
    shell = scenario.to(State.SHELL).shell
    assert said_of_load(scenario) == "kexec_load"
    flags = shell.run("grep -m1 ^flags /proc/cpuinfo").split()
    assert ("pdpe1gb" in flags) == ("pdpe1gb=off" not in cpu)
    assert ("la57" in flags) == (cpu == "max")


def test_a_processor_that_is_switched_off(start: Start) -> None:
    """It may wait in the loader's kernel, which stays where it is; the target starts it."""
    words = "maxcpus=1 bootpy.kexec=load bootpy.append=nokaslr"
    scenario = start(loader_machine(recipes.grub(), append=words))
    guest = scenario.to(State.RESCUE)
    running = re.search(r"\n *([0-9a-f]+)-[0-9a-f]+ : Kernel code", at_prompt(guest, CAT_IOMEM))
    guest.console.line("boot")
    guest.expect("jumping into First", timeout=120)
    scenario.state = State.JUMPED
    shell = scenario.to(State.SHELL).shell
    assert shell.run("nproc") == "2"
    now = re.search(r"([0-9a-f]+)-[0-9a-f]+ : Kernel code", shell.run("cat /proc/iomem"))
    assert running
    assert now
    assert int(now[1], 16) != int(running[1], 16)


BIG = 96 << 20


def big_file() -> bytes:
    """Return bytes that no compression makes fewer, the same ones each time."""
    return hashlib.shake_256(b"a large initrd").digest(BIG)


def with_large_initrd() -> Path:
    """A disk whose target's initrd brings a large file of its own."""
    small = target_initrd()

    def make(image: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="bootpy-initrd-") as folder:
            (Path(folder) / "big").write_bytes(big_file())
            made = subprocess.run(
                ["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"],
                input=b"big\n",
                cwd=folder,
                stdout=subprocess.PIPE,
                check=True,
            )
        gap = -small.stat().st_size % 4
        image.write_bytes(small.read_bytes() + bytes(gap) + made.stdout)

    initrd = made("initrd-large", [small.name, BIG], make)
    config = "set timeout=0\n" + recipes.grub_entry("First", initrd="/boot/initrd.img-large")
    files: dict[str, Content] = {"/boot/grub/grub.cfg": config, "/boot/initrd.img-large": initrd}
    return disk_of("large-initrd", recipes.target_files() | files, size=BIG + (64 << 20))


def test_a_large_initrd_arrives_whole(start: Start) -> None:
    machine = loader_machine(with_large_initrd(), memory=512, append="bootpy.kexec=load")
    scenario = start(machine)
    shell = scenario.to(State.SHELL).shell
    assert said_of_load(scenario) == "kexec_load"
    digest = hashlib.sha256(big_file()).hexdigest()
    assert shell.run("sha256sum /big", timeout=180).split()[0] == digest


def test_file_call_where_a_person_wants_it(start: Start) -> None:
    scenario = start(loader_machine(recipes.grub(), append="bootpy.kexec=file"))
    scenario.to(State.SHELL)
    assert said_of_load(scenario) == "kexec_file_load: as asked for"


def test_file_call_where_a_signature_is_wanted(start: Start) -> None:
    """Nobody vouches for Debian's own signature without its boot loader: it is refused."""
    scenario = start(loader_machine(recipes.grub(), append="lockdown=integrity"))
    guest = scenario.to(State.LOADER)
    guest.expect(r"kexec_file_load: this kernel is locked down \(integrity\)", timeout=120)
    guest.expect(r"was not loaded: this kernel is locked down \(integrity\)", timeout=120)


def test_unload_takes_out_what_either_call_loaded(start: Start) -> None:
    guest = start(loader_machine(recipes.grub())).to(State.RESCUE)
    at_prompt(guest, "from bootpy.kexec.load import load, loaded, unload")
    at_prompt(guest, "from bootpy.kexec.plan import prepare")
    for call in ("load", "file"):
        at_prompt(guest, f"plan = prepare(entries[0], survey.volumes, call='{call}')")
        assert "[]" in at_prompt(guest, "load(plan)")
        assert "True" in at_prompt(guest, "loaded()")
        at_prompt(guest, "plan.close(); unload()")
        assert "False" in at_prompt(guest, "loaded()")
