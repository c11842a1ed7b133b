"""One entry of each format that can boot, from its configuration to the booted kernel."""

from collections.abc import Callable
from pathlib import Path

import pytest
from console_talk import Start

from qemu.disks import formats
from qemu.disks.target import cloud_kernel
from qemu.loader import loader_machine
from qemu.scenarios import State

# What a person types after bootpy.entry=: the title, or where a format has none, the id's end.
ENTRIES = {
    "grub": "Bench grub",
    "grub-legacy": "Bench grub-legacy",
    "bls": "Bench bls",
    "uki": "Bench UKI",
    "syslinux": "Bench syslinux",
    "pxelinux": "Bench pxelinux",
    "petitboot": "Bench petitboot",
    "kboot": "bench-kboot",
    "yaboot": "bench-yaboot",
    "lilo": "bench-lilo",
    "raspberrypi": "raspberrypi:vda1:config.txt",
    "iso": "bench.iso>Bench iso",
}


def booted(start: Start, machine_words: str) -> tuple[list[str], str]:
    machine = loader_machine(formats.many_formats(), append=f"bootpy.timeout=0 {machine_words}")
    shell = start(machine).to(State.SHELL).shell
    return shell.run("cat /proc/cmdline").split(), shell.run("cat /proc/version")


@pytest.mark.parametrize("form", ENTRIES)
def test_each_format(start: Start, form: str) -> None:
    words, version = booted(start, f'bootpy.entry="{ENTRIES[form]}"')
    assert f"bench.entry={form}" in words
    assert cloud_kernel().version in version


def test_a_fit_image_with_the_arguments_that_a_person_gives(start: Start) -> None:
    # A FIT image holds no command line: U-Boot's scripts give it.
    given = 'bootpy.append="console=ttyS0 quiet bench.entry=fit"'
    words, version = booted(start, f'bootpy.entry="Bench fit" {given}')
    assert words == ["console=ttyS0", "quiet", "bench.entry=fit"]
    assert cloud_kernel().version in version


def test_an_android_image_in_a_file(start: Start) -> None:
    words, version = booted(start, "bootpy.entry=android:vda1:/boot/boot.img")
    assert "bench.entry=android" in words
    assert cloud_kernel().version in version


@pytest.mark.parametrize(
    ("disk", "form"),
    [(formats.android_partition, "android"), (formats.unconfigured, "heuristic")],
    ids=["android-partition", "unconfigured"],
)
def test_what_boots_by_itself_where_nothing_else_is(
    start: Start, disk: Callable[[], Path], form: str
) -> None:
    shell = start(loader_machine(disk())).to(State.SHELL).shell
    assert f"bench.entry={form}" in shell.run("cat /proc/cmdline").split()
    assert cloud_kernel().version in shell.run("cat /proc/version")
