"""Configurations of live and rescue media, as their projects ship them, entry by entry."""

from pathlib import Path

import pytest
from syslinux_trees import read

CLONEZILLA = """\
# Created by ocs-live-boot-menu 2
default vesamenu.c32
timeout 300
prompt 0
noescape 1
  MENU MARGIN 5
 MENU BACKGROUND ocswp.png
# Set the color for unselected menu item and timout message
 MENU COLOR UNSEL 7;32;41 #c0000090 #00000000
say **********************************************************************
say Clonezilla, the OpenSource Clone System.
# Allow client to edit the parameters
ALLOWOPTIONS 1
MENU TITLE clonezilla.org, clonezilla.nchc.org.tw

label Clonezilla live
  MENU DEFAULT
  # MENU HIDE
  MENU LABEL Clonezilla live (VGA 800x600)
  # MENU PASSWD
  kernel /live/vmlinuz
  append initrd=/live/initrd.img boot=live union=overlay config ocs_live_run="ocs-live-general"
  TEXT HELP
  * Clonezilla live version: 3.1.2
  ENDTEXT

MENU BEGIN Other modes of Clonezilla live
label Clonezilla live (To RAM)
  # MENU DEFAULT
  MENU LABEL VGA 800x600 & To ^RAM
  kernel /live/vmlinuz
  append initrd=/live/initrd.img boot=live union=overlay toram=live,syslinux,EFI
MENU END

label local
  # MENU DEFAULT
  MENU LABEL ^Local operating system (if available)
  kernel chain.c32
  append hd0

label MBT86+
  MENU HIDE
  MENU LABEL Memory test using ^Memtest86+
  kernel /live/memtest
  TEXT HELP
  LABEL none
  ENDTEXT

label FreeDOS
  MENU LABEL ^FreeDOS
  kernel memdisk
  append initrd=/live/freedos.img

label netboot
  MENU LABEL Network boot via ^iPXE
  kernel /live/ipxe.lkrn
"""


def test_clonezilla_and_gparted(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    names = ("vmlinuz", "initrd.img", "freedos.img", "ipxe.lkrn")
    found, default, timeout, said = read(
        capfd,
        tmp_path,
        {"syslinux/syslinux.cfg": CLONEZILLA},
        *(f"live/{name}" for name in names),
    )
    base = "initrd=/live/initrd.img boot=live union=overlay"
    assert found == [
        (
            "linux",
            "Clonezilla live (VGA 800x600)",
            "/live/vmlinuz",
            ("/live/initrd.img",),
            f'{base} config ocs_live_run="ocs-live-general"',
        ),
        (
            "linux",
            "Other modes of Clonezilla live > VGA 800x600 & To RAM",
            "/live/vmlinuz",
            ("/live/initrd.img",),
            f"{base} toram=live,syslinux,EFI",
        ),
        ("local", "Local operating system (if available)", "", (), ""),
        (
            "unsupported",
            "FreeDOS",
            "/syslinux/memdisk!",
            ("/live/freedos.img",),
            "initrd=/live/freedos.img",
        ),
        ("linux", "Network boot via iPXE", "/live/ipxe.lkrn", (), ""),
    ]
    assert (default, timeout) == ("Clonezilla live (VGA 800x600)", 30.0)
    assert said == [("warning", "/syslinux/syslinux.cfg", 51)]


SYSTEMRESCUE = {
    "sysresccd/boot/syslinux/sysresccd.cfg": """\
INCLUDE sysresccd_head.cfg
INCLUDE sysresccd_sys.cfg
INCLUDE sysresccd_tail.cfg
""",
    "sysresccd/boot/syslinux/sysresccd_head.cfg": """\
SERIAL 0 38400
UI vesamenu.c32
PROMPT 0
TIMEOUT 900
MENU TITLE SystemRescue 10.02
F1 help.txt
""",
    "sysresccd/boot/syslinux/sysresccd_sys.cfg": """\
LABEL sysresccd
TEXT HELP
Boot SystemRescue using default options
ENDTEXT
MENU LABEL Boot SystemRescue using ^default options
LINUX boot/x86_64/vmlinuz
INITRD boot/intel_ucode.img,boot/amd_ucode.img,boot/x86_64/sysresccd.img
APPEND archisobasedir=sysresccd archisolabel=RESCUE1002 iomem=relaxed
""",
    "sysresccd/boot/syslinux/sysresccd_tail.cfg": """\
MENU BEGIN more
MENU TITLE More options...
LABEL memtest
MENU LABEL Memtest86+
LINUX ../memtest
LABEL back
MENU LABEL ^Back
MENU EXIT
MENU END
""",
    "isolinux/isolinux.cfg": """\
DEFAULT loadconfig

LABEL loadconfig
  CONFIG /sysresccd/boot/syslinux/sysresccd.cfg
  APPEND /sysresccd/
""",
}


def test_systemrescue(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    # Names in what is loaded start from the folder that APPEND gives, its includes as well.
    found, default, timeout, said = read(
        capfd,
        tmp_path,
        {
            **SYSTEMRESCUE,
            "isolinux/isolinux.cfg": SYSTEMRESCUE["isolinux/isolinux.cfg"].replace(
                "/sysresccd/\n", "/sysresccd/boot/syslinux\n"
            ),
        },
        "sysresccd/boot/memtest",
    )
    assert [(kind, title, kernel) for kind, title, kernel, _, _ in found] == [
        (
            "linux",
            "Boot SystemRescue using default options",
            "/sysresccd/boot/syslinux/boot/x86_64/vmlinuz!",
        ),
        ("linux", "More options... > Memtest86+", "/sysresccd/boot/memtest"),
    ]
    assert (default, timeout) == ("Boot SystemRescue using default options", 90.0)
    assert [level for level, _, _ in said] == ["error"] * 4


GRML = {
    "boot/isolinux/isolinux.cfg": """\
include vesamenu.cfg
include distri.cfg
default grml64-full
prompt 0
""",
    "boot/isolinux/vesamenu.cfg": """\
ui vesamenu.c32
timeout 300
menu hshift 10
menu background grml.png
""",
    "boot/isolinux/distri.cfg": """\
label grml64-full
  menu label grml64-full - ^Default
  kernel /boot/grml64full/vmlinuz
  append initrd=/boot/grml64full/initrd.img apm=power-off boot=live live-media-path=/live/
include hd.cfg
menu begin addons
  menu label Addons
  label memtest
    menu label Memory test (memtest86+)
    kernel /boot/addons/memtest
  label bsd
    menu label MirOS BSD
    kernel mboot.c32
    append /boot/addons/bsd4grml/ldbsd.com
  label dos
    menu label FreeDOS
    linux /boot/addons/memdisk
    initrd /boot/addons/balder10.imz
menu end
""",
    "boot/isolinux/hd.cfg": """\
label hd1
  menu label Boot from ^1st hard disk
  localboot 0x80
label hd2
  menu label Boot from partition 2
  kernel chain.c32
  append hd0 2
""",
}


def test_grml(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    names = ("boot/grml64full/vmlinuz", "boot/grml64full/initrd.img", "boot/addons/memtest")
    more = ("boot/addons/bsd4grml/ldbsd.com", "boot/addons/balder10.imz", "boot/addons/memdisk")
    found, default, timeout, said = read(capfd, tmp_path, GRML, *names, *more)
    assert found == [
        (
            "linux",
            "grml64-full - Default",
            "/boot/grml64full/vmlinuz",
            ("/boot/grml64full/initrd.img",),
            "initrd=/boot/grml64full/initrd.img apm=power-off boot=live live-media-path=/live/",
        ),
        ("local", "Boot from 1st hard disk", "", (), ""),
        ("unsupported", "Boot from partition 2", "/boot/isolinux/chain.c32!", (), "hd0 2"),
        ("linux", "Addons > Memory test (memtest86+)", "/boot/addons/memtest", (), ""),
        ("multiboot", "Addons > MirOS BSD", "/boot/addons/bsd4grml/ldbsd.com", (), ""),
        (
            "unsupported",
            "Addons > FreeDOS",
            "/boot/addons/memdisk",
            ("/boot/addons/balder10.imz",),
            "",
        ),
    ]
    assert (default, timeout) == ("grml64-full - Default", 30.0)
    assert [level for level, _, _ in said] == ["warning", "warning"]


MEMTEST = """\
# As /usr/share/doc/memtest86+ has it for SYSLINUX
label memtest86
  menu label Memory test (memtest86+)
  linux memtest86+x64.bin
label memtest86-old
  kernel memtest86+.bin
"""


def test_memtest(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    # KERNEL goes by the ending, and takes .bin for a boot sector; LINUX does not.
    found, _, _, said = read(
        capfd,
        tmp_path,
        {"syslinux.cfg": MEMTEST},
        "memtest86+x64.bin",
        "memtest86+.bin",
    )
    assert [(kind, kernel) for kind, _, kernel, _, _ in found] == [
        ("linux", "/memtest86+x64.bin"),
        ("unsupported", "/memtest86+.bin"),
    ]
    assert said[0] == ("warning", "/syslinux.cfg", 6)
