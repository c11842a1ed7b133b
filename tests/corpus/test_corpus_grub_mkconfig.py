"""What Debian 12's real grub-mkconfig wrote on real disks, against what it is documented to write.

The expectations come from the GRUB manual ("Simple configuration handling") and from the
generator's scripts in /etc/grub.d, not from a run: per system one entry for its newest kernel,
then a submenu with a normal and a recovery entry per kernel, newest first; Xen the same per
hypervisor; what os-prober finds; the firmware's setup under UEFI; at last 40_custom's and
custom.cfg's entries.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from corpus_cases import HERE, Listed, cases, listed

from qemu.corpus.pins import PINS

RECORDED = HERE / "grub-mkconfig"
NEW, OLD = PINS["NEW"], PINS["OLD"]
ROOT, OTHER = PINS["ROOT"], PINS["OTHER"]
DEBIAN = "Debian GNU/Linux"
ADVANCED = f"Advanced options for {DEBIAN}"
BY_UUID = f"UUID={ROOT}"
Expected = dict[str, Any]

FIRMWARE: list[Expected] = [
    {"path": ["UEFI Firmware Settings"], "format": "grub", "kind": "action"},
]


def linux(path: list[str], kernel: str, cmdline: str, initrds: list[str] | None = None) -> Expected:
    found: Expected = {"path": path, "format": "grub", "kernel": kernel, "cmdline": cmdline}
    return found | ({"initrds": initrds} if initrds else {})


def debian(
    boot: str = "(sda2)/boot/",
    root: str = BY_UUID,
    *,
    always: str = "",
    default: str = "quiet",
    early: tuple[str, ...] = (),
    recovery: bool = True,
    submenu: bool = True,
    old_root: str = "",
    old_initrd: bool = True,
) -> list[Expected]:
    """The entries of 10_linux: `boot` is what the kernels' folder is called to GRUB.

    `always` is GRUB_CMDLINE_LINUX, `default` GRUB_CMDLINE_LINUX_DEFAULT, `early` the initrds
    that go before. The old kernel may have another root= and no initrd of its own.
    """
    entries = []
    versions = [(NEW, root, True), (OLD, old_root or root, old_initrd)]
    for number, (version, device, has_initrd) in enumerate(versions):
        names = [*early, *([f"initrd.img-{version}"] if has_initrd else [])]
        initrds = [boot + name for name in names]
        normal = " ".join(filter(None, (f"root={device} ro", always, default)))
        single = " ".join(filter(None, (f"root={device} ro single", always)))
        kernel = f"{boot}vmlinuz-{version}"
        title = f"{DEBIAN}, with Linux {version}"
        menu = [ADVANCED] if submenu else []
        if number == 0 and submenu:
            entries.append(linux([DEBIAN], kernel, normal, initrds))
        entries.append(linux([*menu, title], kernel, normal, initrds))
        if recovery:
            entries.append(linux([*menu, f"{title} (recovery mode)"], kernel, single, initrds))
    return entries


def xen(
    hypervisor: str, menu: str, arguments: str, dom0: str, *, version: str, mode: str = ""
) -> Expected:
    """One entry of 20_linux_xen. The placeholder stands where GRUB 0.97 had the file's name."""
    title = f"{DEBIAN}, with Xen {hypervisor} and Linux {version}{mode}"
    advanced = f"{ADVANCED} (with Xen hypervisor)"
    file = f"/boot/xen-{hypervisor}" + ("" if hypervisor.endswith(".efi") else ".gz")
    return {
        "path": [advanced, f"Xen hypervisor, version {hypervisor}", title],
        "format": "grub",
        "kind": "multiboot2",
        "kernel": f"{menu}{file}",
        "modules": [
            [f"{menu}/boot/vmlinuz-{version}", f"placeholder root={BY_UUID} ro {dom0}".strip()],
            [f"{menu}/boot/initrd.img-{version}", ""],
        ],
        "cmdline": f"placeholder {arguments}".strip(),
    }


def xen_menu(volume: str, normal: str, single: str, dom0: str) -> list[Expected]:
    """All entries of 20_linux_xen for both of the hypervisor package's images."""
    entries = []
    for hypervisor in ("4.17-amd64", "4.17-amd64.efi"):
        for version in (NEW, OLD):
            entries.append(xen(hypervisor, volume, normal, dom0, version=version))
            entries.append(
                xen(
                    hypervisor,
                    volume,
                    single,
                    "single",
                    version=version,
                    mode=" (recovery mode)",
                )
            )
    simple = entries[0] | {"path": [f"{DEBIAN}, with Xen hypervisor"]}
    return [simple, *entries]


def other(volume: str, path: list[str]) -> Expected:
    """The Arch Linux on the second disk, its own words kept."""
    return linux(
        path,
        f"({volume})/boot/vmlinuz-linux",
        f"root=UUID={OTHER} rw loglevel=3 quiet",
        [f"({volume})/boot/intel-ucode.img", f"({volume})/boot/initramfs-linux.img"],
    )


MAPPER = "/dev/mapper/debian--vg-root"
SPEED = "console=tty0 console=ttyS0,115200n8"
REAL_MODE = "no-real-mode edd=off"
SUBVOLUME = "rootflags=subvol=@rootfs"
TWO = [DEBIAN, ADVANCED]
OLD_TITLE = [ADVANCED, f"{DEBIAN}, with Linux {OLD}"]

ENTRIES: dict[str, list[Expected]] = {
    "plain_efi": [*debian(), *FIRMWARE],
    "partuuid": [*debian(root=f"PARTUUID={PINS['PART_ROOT']}"), *FIRMWARE],
    "serial": [*debian(always=SPEED, default=""), *FIRMWARE],
    "saved": [*debian(), *FIRMWARE],
    "next_entry": [*debian(), *FIRMWARE],
    "no_submenu": [*debian(submenu=False), *FIRMWARE],
    "no_recovery": [*debian(recovery=False), *FIRMWARE],
    "default_by_title": [*debian(), *FIRMWARE],
    "default_by_id": [*debian(), *FIRMWARE],
    "default_by_old_title": [*debian(), *FIRMWARE],
    "hidden": [*debian(), *FIRMWARE],
    "wait_for_ever": [*debian(), *FIRMWARE],
    "password": [*debian(), *FIRMWARE],
    # A kernel without an initrd cannot look for a UUID: it gets the device's name.
    "microcode": [
        *debian(early=("amd-ucode.img", "extra.cpio"), old_root="/dev/sda2", old_initrd=False),
        *FIRMWARE,
    ],
    "gfxpayload": [*debian(default='quiet splash "dyndbg=file ec.c +p"'), *FIRMWARE],
    "xen_efi": [*debian(), *xen_menu("(sda2)", REAL_MODE, REAL_MODE, "quiet"), *FIRMWARE],
    "xen_pc": [
        *debian("(sda1)/boot/"),
        *xen_menu(
            "(sda1)",
            "com1=115200,8n1 console=com1,vga dom0_mem=4G,max:4G",
            "com1=115200,8n1 console=com1,vga",
            "console=hvc0 earlyprintk=xen",
        ),
    ],
    "memtest_efi": [
        *debian(),
        {
            "path": ["Memory test (memtest86+x64.efi)"],
            "format": "grub",
            "kernel": "(sda2)/boot/memtest86+x64.efi",
        },
        linux(
            ["Memory test (memtest86+x64.efi, serial console)"],
            "(sda2)/boot/memtest86+x64.efi",
            "console=ttyS0,115200",
        ),
        *FIRMWARE,
    ],
    "memtest_pc": [
        *debian("(sda1)/boot/"),
        {
            "path": ["Memory test (memtest86+x64.bin)"],
            "format": "grub",
            "kernel": "(sda1)/boot/memtest86+x64.bin",
        },
        linux(
            ["Memory test (memtest86+x64.bin, serial console)"],
            "(sda1)/boot/memtest86+x64.bin",
            "console=ttyS0,115200",
        ),
    ],
    "custom": [
        *debian(),
        *FIRMWARE,
        linux(
            ["Rescue system"],
            "(?LABEL=rescue)/live/vmlinuz",
            "boot=live toram",
            ["(?LABEL=rescue)/live/initrd.img"],
        ),
        linux(
            ["Installer of Debian ISO"],
            "(?sda2:/srv/debian.iso)/install.amd/vmlinuz",
            "iso-scan/filename=/srv/debian.iso --- quiet",
            ["(?sda2:/srv/debian.iso)/install.amd/initrd.gz"],
        ),
        {
            "path": ["iPXE"],
            "format": "grub",
            "kind": "efi",
            "kernel": "(sda1)/EFI/ipxe/ipxe.efi",
        },
        {"path": ["Machine", "Restart"], "format": "grub", "kind": "action"},
        {"path": ["Machine", "Power off"], "format": "grub", "kind": "action"},
        linux(
            ["Kernel under test"],
            "(sda2)/boot/vmlinuz-test missing",
            'root=/dev/sda2 ro panic=10 "dyndbg=file ec.c +p"',
        ),
    ],
    "plain_pc": debian("(sda1)/boot/"),
    "boot_apart": [*debian("(sda2)/"), *FIRMWARE],
    "boot_on_esp": [*debian("(sda1)/"), *FIRMWARE],
    "xfs": [*debian(), *FIRMWARE],
    "btrfs": [*debian("(sda2)/@rootfs/boot/", always=SUBVOLUME), *FIRMWARE],
    "btrfs_raid1": [*debian("(sda2)/@rootfs/boot/", always=SUBVOLUME), *FIRMWARE],
    "lvm": debian("(dm-0)/boot/", MAPPER),
    "raid1": debian("(md0)/boot/"),
    "lvm_on_raid1": debian("(dm-0)/boot/", MAPPER),
    "luks": [*debian("(sda2)/", MAPPER), *FIRMWARE],
    "cryptodisk": [*debian("(dm-0)/boot/"), *FIRMWARE],
    "os_prober": [
        *debian(),
        {
            "path": ["Windows Boot Manager (on /dev/sda1)"],
            "format": "grub",
            "kind": "efi",
            "kernel": "(sda1)/EFI/Microsoft/Boot/bootmgfw.efi",
        },
        other("sdb1", ["Arch Linux (on /dev/sdb1)"]),
        other(
            "sdb1",
            [
                "Advanced options for Arch Linux (on /dev/sdb1)",
                "Arch Linux (on /dev/sdb1)",
            ],
        ),
        # The second system's own menu boots nothing that is not here already.
        *FIRMWARE,
    ],
}

DEFAULTS: dict[str, list[str] | None] = {
    "saved": OLD_TITLE,
    "next_entry": OLD_TITLE,
    "no_submenu": [f"{DEBIAN}, with Linux {NEW}"],
    "default_by_title": OLD_TITLE,
    "default_by_id": [ADVANCED, f"{DEBIAN}, with Linux {NEW} (recovery mode)"],
    # Right before submenus came, and found no more: 10_linux's correction compares "x$default"
    # with the title alone, which never fits.
    "default_by_old_title": [DEBIAN],
    "password": None,  # every entry asks for it
    "xen_efi": [f"{DEBIAN}, with Xen hypervisor"],  # xen.cfg of the package says so
}
"""Where it is not the first entry."""

TIMEOUTS = {"hidden": 0, "wait_for_ever": -1}
"""Where it is not the package's five seconds."""

WRITES: dict[str, dict[str, str]] = {
    "saved": {"saved_entry": f"gnulinux-advanced-{ROOT}>gnulinux-{OLD}-advanced-{ROOT}"},
    "next_entry": {"next_entry": ""},
}
"""What booting the default would have written to /boot/grub/grubenv on sda2."""

REMARKS = {
    "custom": ["(hd0,gpt2)/srv/debian.iso is not opened", "starts iPXE"],
    "os_prober": ["starts the Windows boot manager"],
}
"""What is said of it: words of each diagnostic. Elsewhere there is nothing to say."""


def test_every_layout_is_expected() -> None:
    assert {path.name for path in cases(RECORDED)} == set(ENTRIES)


@pytest.fixture
def listing(layout: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Listed:
    return listed(RECORDED / layout, tmp_path, capfd)


@pytest.mark.parametrize("layout", ENTRIES)
def test_entries_one_by_one(layout: str, listing: Listed) -> None:
    for found, expected in zip(listing.entries, ENTRIES[layout], strict=False):
        assert found == expected
    assert len(listing.entries) == len(ENTRIES[layout])
    assert listing.status == 0


@pytest.mark.parametrize("layout", ENTRIES)
def test_what_boots_by_itself(layout: str, listing: Listed) -> None:
    assert listing.default == DEFAULTS.get(layout, ENTRIES[layout][0]["path"])
    assert listing.output["timeout"] == TIMEOUTS.get(layout, 5)
    written = WRITES.get(layout)
    place = {"volume": "sda2", "path": "/boot/grub/grubenv"}
    assert listing.output["writes"] == ([place | {"variables": written}] if written else [])


@pytest.mark.parametrize("layout", ENTRIES)
def test_nothing_real_is_remarked_upon(layout: str, listing: Listed) -> None:
    expected = REMARKS.get(layout, [])
    for said, words in zip(listing.said, expected, strict=False):
        assert words in said
    assert len(listing.said) == len(expected), listing.said


@pytest.mark.parametrize("layout", ENTRIES)
def test_the_recording_is_whole(layout: str) -> None:
    # Arch's on the second disk was not recorded.
    found = [path for path in (RECORDED / layout).rglob("grub.cfg") if "sdb1" not in path.parts]
    (config,) = [path for path in found if path.parent.name == "grub"]
    text = config.read_text()
    assert text.startswith("#\n# DO NOT EDIT THIS FILE\n")
    assert text.endswith("### END /etc/grub.d/41_custom ###\n")


def absent(entries: list[Expected], volume: str, wanted: str) -> list[Expected]:
    """The same entries while a volume is not there: its files wait for what was searched."""
    text = json.dumps(entries).replace(f'"({volume})', f'"(?{wanted})')
    found: list[Expected] = json.loads(text)
    return found


def test_another_systems_disk_is_not_plugged_in(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    listing = listed(RECORDED / "os_prober", tmp_path, capfd, without=("sdb1",))
    expected = absent(ENTRIES["os_prober"], "sdb1", f"UUID={OTHER}")
    assert listing.entries == expected
    assert listing.default == [DEBIAN]


def test_the_encrypted_root_is_not_open(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """/boot lies outside: everything that a loader needs is there."""
    listing = listed(RECORDED / "luks", tmp_path, capfd, without=("dm-1",))
    assert listing.entries == ENTRIES["luks"]
    assert listing.default == [DEBIAN]
    assert listing.said == []


@pytest.mark.parametrize(
    ("layout", "gone", "uuid"), [("boot_apart", "sda2", PINS["BOOT"]), ("cryptodisk", "dm-0", ROOT)]
)
def test_the_menu_itself_is_not_there(
    layout: str, gone: str, uuid: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Only the ESP's grub.cfg is: it says which file system it looks for, and nobody finds it."""
    listing = listed(RECORDED / layout, tmp_path, capfd, without=(gone,))
    assert (listing.entries, listing.default, listing.status) == ([], None, 1)
    assert any("/EFI/debian/grub.cfg" in said for said in listing.said)
    assert any(f"UUID={uuid}" in hint for hint in listing.hints), listing.hints
