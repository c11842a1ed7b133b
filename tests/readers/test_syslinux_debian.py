"""What Debian's own tools wrote for SYSLINUX and kin, entry by entry.

Each folder below data/ has the script that recorded it.
"""

import shutil
from pathlib import Path

import pytest
from listed import DATA, Row, default_path, levels, listed, rows

DI = "debian-installer/amd64"
GTK = ("/install/gtk/initrd.gz",)
TEXT = ("/install/initrd.gz",)


def installer(title: str, before: str, after: str) -> Row:
    """An entry of the netboot image, whose files stand between the arguments."""
    line = f"{before}vga=788 initrd={DI}/initrd.gz {after}"
    return ("linux", title, f"/{DI}/linux", (f"/{DI}/initrd.gz",), line)


AUTO = "auto=true priority=critical "
LOW = "priority=low "
SOFT = "speakup.synth=soft "

NETBOOT_TEXT = [
    installer("Install", "", "--- quiet"),
    installer("Advanced options > Expert install", LOW, "---"),
    installer("Advanced options > Rescue mode", "", "rescue/enable=true --- quiet"),
    installer("Advanced options > Automated install", AUTO, "--- quiet"),
    installer("Accessible dark contrast installer menu > Install", "", "theme=dark --- quiet"),
    installer(
        "Accessible dark contrast installer menu > Advanced options > Expert install",
        LOW,
        "theme=dark ---",
    ),
    installer(
        "Accessible dark contrast installer menu > Advanced options > Rescue mode",
        "",
        "rescue/enable=true theme=dark --- quiet",
    ),
    installer(
        "Accessible dark contrast installer menu > Advanced options > Automated install",
        AUTO,
        "theme=dark --- quiet",
    ),
]

SPEECH_MENU = "Advanced options > Speech-enabled advanced options"
NETBOOT_GTK = [
    *NETBOOT_TEXT[:4],
    installer(f"{SPEECH_MENU} > Expert speech install", LOW, f"{SOFT}---"),
    installer(f"{SPEECH_MENU} > Rescue speech mode", "", f"rescue/enable=true {SOFT}--- quiet"),
    installer(f"{SPEECH_MENU} > Automated speech install", AUTO, f"{SOFT}--- quiet"),
    *NETBOOT_TEXT[4:],
    installer("Install with speech synthesis", "", f"{SOFT}--- quiet"),
]


@pytest.mark.parametrize(
    ("folder", "expected", "default", "timeout"),
    [
        ("netboot-text", NETBOOT_TEXT, "Install", -1),
        ("netboot-gtk", NETBOOT_GTK, "Install with speech synthesis", 30.0),
    ],
)
def test_the_installer_s_network_image(
    capfd: pytest.CaptureFixture[str],
    folder: str,
    expected: list[Row],
    default: str,
    timeout: float,
) -> None:
    output = listed(capfd, f"{DATA}/debian-installer/{folder}")
    assert {entry["format"] for entry in output["entries"]} == {"pxelinux"}
    assert rows(output, "pxelinux") == expected
    assert (default_path(output), output["timeout"]) == (default, timeout)
    # The menus of other images are included too, and are not in this one.
    assert {level for level, _, _ in levels(output)} == {"warning"}
    assert all("included file" in one["message"] for one in output["diagnostics"])


def test_a_command_line_of_ontimeout_is_the_entry_that_it_boots(
    capfd: pytest.CaptureFixture[str],
) -> None:
    output = listed(capfd, f"{DATA}/debian-installer/netboot-gtk")
    (chosen,) = [entry for entry in output["entries"] if entry["default"]]
    assert chosen["id"] == output["default"] == "pxelinux:netboot-gtk:installspk"
    assert chosen["source"] == {
        "volume": "netboot-gtk",
        "path": f"/{DI}/boot-screens/spk.cfg",
        "line": 1,
    }
    assert chosen["cmdline_added"] == f"BOOT_IMAGE={DI}/linux"


def test_the_network_image_s_grub_configuration(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    # GRUB gets its prefix from its own program's folder on the server.
    root = tmp_path / "server"
    shutil.copytree(DATA / "debian-installer/netboot-text", root, symlinks=True)
    (root / "grub").symlink_to(f"{DI}/grub")
    output = listed(capfd, "--format", "grub", str(root))
    found = rows(output, "grub")
    kernel, initrds = f"/{DI}/linux", (f"/{DI}/initrd.gz",)
    advanced = "Advanced options ..."
    assert found[:4] == [
        ("linux", "Install", kernel, initrds, "vga=788 --- quiet"),
        ("linux", f"{advanced} > ... Expert install", kernel, initrds, "priority=low vga=788 ---"),
        (
            "linux",
            f"{advanced} > ... Rescue mode",
            kernel,
            initrds,
            "vga=788 rescue/enable=true --- quiet",
        ),
        (
            "linux",
            f"{advanced} > ... Automated install",
            kernel,
            initrds,
            "auto=true priority=critical vga=788 --- quiet",
        ),
    ]
    assert {(kind, file, files) for kind, _, file, files, _ in found} == {
        ("linux", kernel, initrds)
    }
    assert default_path(output) == "Install"


def test_the_installer_s_cd(capfd: pytest.CaptureFixture[str]) -> None:
    output = listed(capfd, f"{DATA}/debian-installer/cd")
    on_cd = [
        (
            kind,
            title,
            "/install.amd/vmlinuz",
            ("/install.amd/gtk/initrd.gz",),
            line.replace(f"initrd={DI}", "initrd=/install.amd/gtk"),
        )
        for kind, title, _, _, line in NETBOOT_GTK
    ]
    assert rows(output, "syslinux") == on_cd
    # debian-cd made its grub.cfg from the same menus: the same boots, written by another hand.
    assert [
        (title.replace("... ", "").replace(" ...", ""), kernel, initrds, line.split())
        for _, title, kernel, initrds, line in rows(output, "grub")
    ] == [
        (title, kernel, initrds, [word for word in line.split() if "initrd=" not in word])
        for _, title, kernel, initrds, line in on_cd
    ]


LIVE = "boot=live components quiet splash"
FAILSAFE = "boot=live components memtest noapic noapm nodma nomce nolapic nosmp nosplash vga=788"


def live(flavour: str, number: str = "") -> list[Row]:
    files = (f"/live/vmlinuz{number}", (f"/live/initrd{number}.img",))
    return [
        ("linux", f"Live system ({flavour})", *files, LIVE),
        ("linux", f"Live system ({flavour} fail-safe mode)", *files, FAILSAFE),
    ]


def utilities(folder: str) -> list[Row]:
    return [
        (
            "unsupported",
            "Utilities > Hardware Detection Tool (HDT)",
            f"{folder}/hdt.c32",
            (),
            "",
        ),
        (
            "linux",
            "Utilities > Memory Diagnostic Tool (memtest86+)",
            "/live/memtest.bin",
            (),
            "",
        ),
    ]


def four(menu: str, initrds: tuple[str, ...], before: str, after: str) -> list[Row]:
    """The four ways to install that each of live-build's menus of the installer has."""
    kernel = "/install/gtk/vmlinuz" if initrds == GTK else "/install/vmlinuz"
    return [
        ("linux", f"{menu} > Install", kernel, initrds, f"{before}vga=788{after}  --- quiet"),
        (
            "linux",
            f"{menu} > Expert install",
            kernel,
            initrds,
            f"{before}priority=low vga=788{after}",
        ),
        (
            "linux",
            f"{menu} > Automated install",
            kernel,
            initrds,
            f"{before}auto=true priority=critical vga=788{after}  --- quiet",
        ),
        (
            "linux",
            f"{menu} > Rescue mode",
            kernel,
            initrds,
            f"{before}rescue/enable=true vga=788{after}  --- quiet",
        ),
    ]


MORE = "Advanced install options"
LIVE_INSTALLER = [
    ("linux", "Start installer", "/install/gtk/vmlinuz", GTK, "vga=788  --- quiet"),
    (
        "linux",
        "Start installer with speech synthesis",
        "/install/gtk/vmlinuz",
        GTK,
        "speakup.synth=soft vga=788  --- quiet",
    ),
    *four(f"{MORE} > Graphical installer", GTK, "", ""),
    *four(f"{MORE} > Text installer", TEXT, "", ""),
    *four(f"{MORE} > Graphical installer with dark theme", GTK, "", " theme=dark"),
    *four(f"{MORE} > Text installer with dark theme", TEXT, "", " theme=dark"),
    *four(f"{MORE} > Installer with speech synthesis", GTK, SOFT, ""),
]


@pytest.mark.parametrize(
    ("folder", "format_name", "expected"),
    [
        (
            "isolinux",
            "syslinux",
            [*live("amd64"), *LIVE_INSTALLER, *utilities("/isolinux")],
        ),
        ("syslinux", "syslinux", [*live("amd64"), *utilities("/syslinux")]),
        (
            "extlinux",
            "syslinux",
            [*live("amd64", "1"), *live("rt-amd64", "2"), *utilities("/boot/extlinux")],
        ),
        ("pxelinux", "pxelinux", [*live("amd64"), *utilities("")]),
    ],
)
def test_live_build(
    capfd: pytest.CaptureFixture[str], folder: str, format_name: str, expected: list[Row]
) -> None:
    output = listed(
        capfd, "--format", "syslinux", "--format", "pxelinux", f"{DATA}/live-build/{folder}"
    )
    assert rows(output, format_name) == expected
    assert len(output["entries"]) == len(expected)
    assert default_path(output) == "Live system (amd64)"
    assert output["timeout"] == -1
    assert [one["message"].split()[0] for one in output["diagnostics"]] == ["hdt.c32"]


def test_u_boot_menu_with_a_folder_of_device_trees(capfd: pytest.CaptureFixture[str]) -> None:
    output = listed(capfd, f"{DATA}/u-boot-menu-fdt/folder")
    name = "Debian GNU/Linux 12 (bookworm)"
    found = []
    for version in ("6.1.0-10-arm64", "6.1.0-9-arm64"):
        files = (f"/boot/vmlinuz-{version}", (f"/boot/initrd.img-{version}",))
        found += [
            ("linux", f"{name} {version}", *files, "root=LABEL=root ro quiet"),
            ("linux", f"{name} {version} (rescue target)", *files, "root=LABEL=root ro single"),
        ]
    assert rows(output, "syslinux") == found
    assert all(entry["devicetree"] is None for entry in output["entries"])
    assert (output["default"], output["timeout"]) == ("syslinux:folder:l0", 5.0)
    # Which of the folder's trees is the board's U-Boot alone knows.
    path = "/boot/extlinux/extlinux.conf"
    assert levels(output) == [("info", path, line) for line in (18, 26, 34, 42)]


def test_u_boot_menu_with_one_device_tree(capfd: pytest.CaptureFixture[str]) -> None:
    output = listed(capfd, f"{DATA}/u-boot-menu-fdt/file")
    (entry,) = output["entries"]
    assert rows(output, "syslinux") == [
        (
            "linux",
            "Debian GNU/Linux 12 (bookworm) 6.1.0-10-arm64",
            "/boot/vmlinuz-6.1.0-10-arm64",
            ("/boot/initrd.img-6.1.0-10-arm64",),
            "root=LABEL=root ro console=ttyS2,1500000n8",
        )
    ]
    assert (entry["devicetree"]["path"], entry["devicetree"]["exists"]) == (
        "/usr/lib/linux-image-6.1.0-10-arm64/rockchip/rk3399-rockpro64.dtb",
        True,
    )
    assert [(one["path"], one["exists"]) for one in entry["overlays"]] == [
        ("/boot/dtbo/i2c.dtbo", True),
        ("/boot/dtbo/spi.dtbo", True),
    ]
    assert (output["timeout"], output["diagnostics"]) == (2.0, [])


def test_u_boot_menu_on_a_boot_partition(capfd: pytest.CaptureFixture[str]) -> None:
    output = listed(capfd, f"{DATA}/u-boot-menu-fdt/boot")
    assert [entry["devicetree"]["path"] for entry in output["entries"]] == [
        "/dtb-6.1.0-10-arm64",
        "/dtb-6.1.0-10-arm64",
    ]
    assert [kernel for _, _, kernel, _, _ in rows(output, "syslinux")] == [
        "/vmlinuz-6.1.0-10-arm64",
        "/vmlinuz-6.1.0-10-arm64",
    ]
    assert output["diagnostics"] == []


def test_live_build_s_grub_configuration(capfd: pytest.CaptureFixture[str]) -> None:
    """The same installer menus by another hand, in the language of another loader."""
    arguments = ("--format", "grub", "--platform", "efi")
    output = listed(capfd, *arguments, f"{DATA}/live-build/isolinux")
    found = rows(output, "grub")
    version = "6.1.0-10-amd64"
    files = (f"/live/vmlinuz-{version}", (f"/live/initrd.img-{version}",))
    assert found[:2] == [
        ("linux", "Live system (amd64)", *files, f"{LIVE} findiso="),
        ("linux", "Live system (amd64 fail-safe mode)", *files, FAILSAFE),
    ]
    assert [
        (kind, title.replace(" ...", ""), kernel, initrds, line)
        for kind, title, kernel, initrds, line in found[2:-1]
    ] == [
        (kind, title, kernel, initrds, " ".join(line.split()))
        for kind, title, kernel, initrds, line in LIVE_INSTALLER
    ]
    assert found[-1] == ("action", "Utilities... > UEFI Firmware Settings", "", (), "")
