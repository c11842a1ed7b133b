from pathlib import Path

import pytest
from kernel_images import bzimage, memory_file

from bootpy.kexec.choice import Choice, Situation, Wanted, choose, look
from bootpy.kexec.image import Image, examine

BZIMAGE = examine(memory_file(bzimage()), "vmlinuz")
PC = Situation("x86_64", "none")
BOTH = Choice(("load", "file"))


def test_a_bzimage_says_what_it_can() -> None:
    assert BZIMAGE.flags == 0x7F


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (PC, BOTH),
        (PC._replace(lockdown=""), BOTH),
        (PC._replace(flags=frozenset({"la57", "hypervisor", "pdpe1gb"})), BOTH),
        (PC._replace(flags=frozenset({"sev"})), BOTH),  # the host's own
        (PC._replace(lockdown="integrity"), "this kernel is locked down (integrity)"),
        (PC._replace(lockdown="confidentiality"), "locked down (confidentiality)"),
        (PC._replace(disabled=True), "kernel.kexec_load_disabled is 1"),
        (PC._replace(memory_map=False), "map of memory (CONFIG_FIRMWARE_MEMMAP)"),
        (PC._replace(architecture="riscv64"), "x86_64 and aarch64 only, not on riscv64"),
        (PC._replace(flags=frozenset({"hypervisor", "sev"})), "memory of this virtual machine"),
        (PC._replace(flags=frozenset({"hypervisor", "tdx_guest"})), "is encrypted"),
    ],
)
def test_by_itself(situation: Situation, expected: Choice | str) -> None:
    choice = choose("auto", BZIMAGE, situation)
    if isinstance(expected, Choice):
        assert choice == expected
    else:
        assert choice.calls == ("file",)
        assert expected in choice.reason


@pytest.mark.parametrize(
    ("image", "flags", "reason"),
    [
        (BZIMAGE._replace(flags=0x7E), set(), "no 64-bit entry"),
        (BZIMAGE._replace(flags=0x1F), {"la57"}, "five-level page tables"),
        (BZIMAGE._replace(flags=0x1F), set(), ""),
        (Image("Image", "", 1), set(), "not for Image"),
    ],
)
@pytest.mark.parametrize("wanted", ["auto", "load"])
def test_images(image: Image, flags: set[str], reason: str, wanted: Wanted) -> None:
    choice = choose(wanted, image, PC._replace(flags=frozenset(flags)))
    assert reason in choice.reason
    assert (choice.calls == ("file",)) == bool(reason)


def test_a_kernel_that_cannot_be_above_4_gib_is_for_kexec_load_alone() -> None:
    memtest = BZIMAGE._replace(flags=0x09)
    assert choose("auto", memtest, PC) == Choice(("load",))
    assert choose("auto", memtest, PC._replace(lockdown="integrity")).calls == ("file",)


ARM = Situation("aarch64", "none", memory_map=False)
FLAT = Image("Image", "aarch64", 1)


@pytest.mark.parametrize(
    ("image", "situation", "expected"),
    [
        (FLAT, ARM, BOTH),
        (FLAT, ARM._replace(device_tree=False), "this kernel does not show /sys/firmware/fdt"),
        (FLAT, ARM._replace(lockdown="integrity"), "this kernel is locked down (integrity)"),
        (Image("ELF", "aarch64", 1), ARM, "prepared for Image only, not for ELF"),
        (Image("Image", "riscv64", 1), ARM._replace(architecture="riscv64"), "not on riscv64"),
    ],
)
def test_on_other_machines(image: Image, situation: Situation, expected: Choice | str) -> None:
    choice = choose("auto", image, situation)
    if isinstance(expected, Choice):
        assert choice == expected
    else:
        assert choice.calls == ("file",)
        assert expected in choice.reason


@pytest.mark.parametrize("lockdown", ["", "none", "integrity"])
@pytest.mark.parametrize("disabled", [False, True])
def test_by_the_option(lockdown: str, disabled: bool) -> None:
    situation = PC._replace(lockdown=lockdown, disabled=disabled)
    assert choose("file", BZIMAGE, situation) == Choice(("file",), "as asked for")
    assert choose("load", BZIMAGE, situation) == Choice(("load",))


def test_look(tmp_path: Path) -> None:
    for path, content in {
        "sys/kernel/security/lockdown": "none [integrity] confidentiality\n",
        "proc/sys/kernel/kexec_load_disabled": "1\n",
        "sys/firmware/memmap/0/type": "System RAM\n",
        "sys/firmware/fdt": "a tree",
        "proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu pdpe1gb\nbugs\t\t: none\n\n"
        "processor\t: 1\nflags\t\t: fpu la57\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    seen = look(str(tmp_path))
    assert seen[1:] == ("integrity", True, True, frozenset({"fpu", "pdpe1gb"}), True)
    assert look(str(tmp_path / "none"))[1:] == ("", False, False, frozenset(), False)
