"""Configurations of installation media, as distributions ship them, entry by entry."""

from pathlib import Path

import pytest
from syslinux_trees import read

UBUNTU = {
    "isolinux/isolinux.cfg": """\
# D-I config version 2.0
# search path for the c32 support libraries (libcom32, libutil etc.)
path
include menu.cfg
default vesamenu.c32
prompt 0
timeout 300
ui gfxboot bootlogo
""",
    "isolinux/menu.cfg": """\
menu hshift 13
menu width 49
menu margin 8
menu title Installer boot menu
include stdmenu.cfg
include txt.cfg
include gtk.cfg
menu begin advanced
\tmenu title Advanced options
\tinclude stdmenu.cfg
\tlabel mainmenu
\t\tmenu label ^Back..
\t\tmenu exit
\tinclude adtxt.cfg
menu end
label help
\tmenu label ^Help
\ttext help
   Display help screens; type 'menu' at boot prompt to return to this menu
\tendtext
\tconfig prompt.cfg
""",
    "isolinux/stdmenu.cfg": "menu background splash.png\nmenu color title * #FFFFFFFF *\n",
    "isolinux/gtk.cfg": "",
    "isolinux/adtxt.cfg": "",
    "isolinux/txt.cfg": """\
default live
label live
  menu label ^Try Ubuntu without installing
  kernel /casper/vmlinuz.efi
  append  file=/cdrom/preseed/ubuntu.seed boot=casper initrd=/casper/initrd.lz quiet splash ---
label live-install
  menu label ^Install Ubuntu
  kernel /casper/vmlinuz.efi
  append  file=/cdrom/preseed/ubuntu.seed boot=casper only-ubiquity initrd=/casper/initrd.lz ---
label memtest
  menu label Test ^memory
  kernel /install/mt86plus
label hd
  menu label ^Boot from first hard disk
  localboot 0x80
""",
    "isolinux/prompt.cfg": """\
prompt 1
display f1.txt
timeout 0
include menu.cfg
include exithelp.cfg
f1 f1.txt
f10 f10.txt
""",
    "isolinux/exithelp.cfg": "label menu\n\tkernel vesamenu.c32\n\tconfig isolinux.cfg\n",
}


def test_ubuntu_with_gfxboot(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    names = ("casper/vmlinuz.efi", "casper/initrd.lz", "install/mt86plus")
    found, default, timeout, said = read(capfd, tmp_path, UBUNTU, *names)
    kernel, initrds = "/casper/vmlinuz.efi", ("/casper/initrd.lz",)
    seed = "file=/cdrom/preseed/ubuntu.seed boot=casper"
    assert found == [
        (
            "linux",
            "Try Ubuntu without installing",
            kernel,
            initrds,
            f"{seed} initrd=/casper/initrd.lz quiet splash ---",
        ),
        (
            "linux",
            "Install Ubuntu",
            kernel,
            initrds,
            f"{seed} only-ubiquity initrd=/casper/initrd.lz ---",
        ),
        ("linux", "Test memory", "/install/mt86plus", (), ""),
        ("local", "Boot from first hard disk", "", (), ""),
    ]
    # The last DEFAULT names the menu; gfxboot starts on the first line.
    assert (default, timeout, said) == ("Try Ubuntu without installing", 30.0, [])


CENTOS = """\
default vesamenu.c32
timeout 600

display boot.msg

# Clear the screen when exiting the menu, instead of leaving the menu displayed.
menu clear
menu background splash.png
menu title CentOS 7
menu vshift 8
menu rows 18
menu margin 8
#menu hidden
menu helpmsgrow 15
menu tabmsgrow 13

# Border Area
menu color border * #00000000 #00000000 none

menu tabmsg Press Tab for full configuration options on menu items.

menu separator # insert an empty line
menu separator # insert an empty line

label linux
  menu label ^Install CentOS 7
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL=CentOS\\x207\\x20x86_64 quiet

label check
  menu label Test this ^media & install CentOS 7
  menu default
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL=CentOS\\x207\\x20x86_64 rd.live.check quiet

menu separator # insert an empty line

# utilities submenu
menu begin ^Troubleshooting
  menu title Troubleshooting

label vesa
  menu indent count 5
  menu label Install CentOS 7 in ^basic graphics mode
  text help
\tTry this option out if you're having trouble installing
\tCentOS 7.
  endtext
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL=CentOS\\x207\\x20x86_64 xdriver=vesa nomodeset quiet

label rescue
  menu indent count 5
  menu label ^Rescue a CentOS system
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL=CentOS\\x207\\x20x86_64 rescue quiet

label memtest
  menu label Run a ^memory test
  kernel memtest

menu separator # insert an empty line

label local
  menu label Boot from ^local drive
  localboot 0xffff

menu separator # insert an empty line
menu separator # insert an empty line

label returntomain
  menu label Return to ^main menu
  menu exit

menu end
"""


@pytest.mark.parametrize("product", ["CentOS 7", "Fedora 38"])
def test_red_hat_s_media(capfd: pytest.CaptureFixture[str], tmp_path: Path, product: str) -> None:
    label = product.replace(" ", "\\x20") + "\\x20x86_64"
    text = CENTOS.replace("CentOS\\x207\\x20x86_64", label).replace("CentOS 7", product)
    names = ("isolinux/vmlinuz", "isolinux/initrd.img", "isolinux/memtest")
    found, default, timeout, said = read(capfd, tmp_path, {"isolinux/isolinux.cfg": text}, *names)
    files = ("/isolinux/vmlinuz", ("/isolinux/initrd.img",))
    line = f"initrd=initrd.img inst.stage2=hd:LABEL={label}"
    more = "Troubleshooting"
    assert found == [
        ("linux", f"Install {product}", *files, f"{line} quiet"),
        ("linux", f"Test this media & install {product}", *files, f"{line} rd.live.check quiet"),
        (
            "linux",
            f"{more} > Install {product} in basic graphics mode",
            *files,
            f"{line} xdriver=vesa nomodeset quiet",
        ),
        ("linux", f"{more} > Rescue a CentOS system", *files, f"{line} rescue quiet"),
        ("linux", f"{more} > Run a memory test", "/isolinux/memtest", (), ""),
        ("local", f"{more} > Boot from local drive", "", (), ""),
    ]
    assert (default, timeout, said) == (f"Test this media & install {product}", 60.0, [])


OPENSUSE = """\
default harddisk

# install
label linux
  kernel linux
  append initrd=initrd splash=silent showopts

# rescue
label rescue
  kernel linux
  append initrd=initrd splash=silent rescue=1 showopts

# bios boot
label harddisk
  localboot -2

# memory test
label memtest
  kernel memtest

ui           gfxboot.c32 bootlogo message
implicit     1
display      message
prompt       1
timeout      600
notice       2
"""


def test_opensuse(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = "boot/x86_64/loader"
    configurations = {f"{folder}/isolinux.cfg": OPENSUSE}
    names = tuple(f"{folder}/{name}" for name in ("linux", "initrd", "memtest"))
    assert read(capfd, tmp_path, configurations, *names) == (
        [
            (
                "linux",
                "linux",
                f"/{folder}/linux",
                (f"/{folder}/initrd",),
                "initrd=initrd splash=silent showopts",
            ),
            (
                "linux",
                "rescue",
                f"/{folder}/linux",
                (f"/{folder}/initrd",),
                "initrd=initrd splash=silent rescue=1 showopts",
            ),
            ("local", "harddisk", "", (), ""),
            ("linux", "memtest", f"/{folder}/memtest", (), ""),
        ],
        "harddisk",
        60.0,
        [("info", f"/{folder}/isolinux.cfg", 26)],
    )
