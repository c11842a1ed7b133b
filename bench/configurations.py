"""Realistic configurations of so many entries, one maker per format.

Every entry has a kernel of its own and, where the format knows one, an initrd, as after so
many kernel updates; the files are there, empty. Formats with one entry per file (a boot.cfg,
a config.txt, an image) have no maker.
"""

from collections.abc import Callable

Files = dict[str, bytes]
"""Contents by path from the volume's root."""

UUID = "6bdb0a5a-1f5c-4c3c-9d35-2f1f7f3f6a10"
"""Of the file system that the configurations search for."""

_ROOT = f"root=UUID={UUID} ro quiet"
_MACHINE = "6a9857a393724b7a981ebb5b8495b9ea"


def _versions(entries: int) -> list[str]:
    return [f"6.1.{number // 100}-{number % 100}-amd64" for number in range(entries)]


def _kernels(entries: int, folder: str = "/boot") -> Files:
    files: Files = {}
    for version in _versions(entries):
        files[f"{folder}/vmlinuz-{version}"] = b""
        files[f"{folder}/initrd.img-{version}"] = b""
    return files


_GRUB_HEAD = """\
if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
else
   set default="0"
fi
if [ x"${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi
export menuentry_id_option
function load_video {
  if [ x$feature_all_video_module = xy ]; then
    insmod all_video
  else
    insmod efi_gop
  fi
}
set timeout=5
function gfxmode {
\tset gfxpayload="${1}"
}
set linux_gfx_mode=
export linux_gfx_mode
submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced' {
"""

_GRUB_ENTRY = """\
\tmenuentry 'Debian GNU/Linux, with Linux VERSION' --class debian --class gnu-linux --class gnu \
--class os $menuentry_id_option 'gnulinux-VERSION-advanced-6bdb0a5a' {
\t\tload_video
\t\tinsmod gzio
\t\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
\t\tinsmod part_gpt
\t\tinsmod ext2
\t\tset root='hd0,gpt2'
\t\tif [ x$feature_platform_search_hint = xy ]; then
\t\t  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt2 @UUID@
\t\telse
\t\t  search --no-floppy --fs-uuid --set=root @UUID@
\t\tfi
\t\techo\t'Loading Linux VERSION ...'
\t\tlinux\t/boot/vmlinuz-VERSION ROOT
\t\techo\t'Loading initial ramdisk ...'
\t\tinitrd\t/boot/initrd.img-VERSION
\t}
"""


def _each(template: str, entries: int) -> str:
    """Fill the template for every entry."""
    filled = template.replace("ROOT", _ROOT).replace("@UUID@", UUID)
    return "".join(filled.replace("VERSION", version) for version in _versions(entries))


def _grub(entries: int) -> Files:
    text = _GRUB_HEAD + _each(_GRUB_ENTRY, entries) + "}\n"
    return {**_kernels(entries), "/boot/grub/grub.cfg": text.encode()}


_BLS_ENTRY = """\
# Boot Loader Specification type#1 entry
title      Debian GNU/Linux 12 (bookworm)
version    VERSION
machine-id MACHINE
sort-key   debian
options    ROOT systemd.machine_id=MACHINE
linux      /debian/VERSION/linux
initrd     /debian/VERSION/initrd.img
"""


def _bls(entries: int) -> Files:
    files: Files = {"/loader/loader.conf": b"timeout 5\ndefault debian-*\nconsole-mode keep\n"}
    text = _BLS_ENTRY.replace("ROOT", _ROOT).replace("MACHINE", _MACHINE)
    for version in _versions(entries):
        files[f"/loader/entries/debian-{version}.conf"] = text.replace("VERSION", version).encode()
        files[f"/debian/{version}/linux"] = b""
        files[f"/debian/{version}/initrd.img"] = b""
    return files


_SYSLINUX_ENTRY = """\
label lVERSION
\tmenu label Debian GNU/Linux, kernel VERSION
\tlinux /boot/vmlinuz-VERSION
\tinitrd /boot/initrd.img-VERSION
\tappend ROOT

"""


def _syslinux_text(entries: int) -> bytes:
    head = "default l0\nmenu title U-Boot menu\nprompt 0\ntimeout 50\n\n"
    return (head + _each(_SYSLINUX_ENTRY, entries)).encode()


def _syslinux(entries: int) -> Files:
    return {**_kernels(entries), "/boot/extlinux/extlinux.conf": _syslinux_text(entries)}


def _pxelinux(entries: int) -> Files:
    return {**_kernels(entries), "/pxelinux.cfg/default": _syslinux_text(entries)}


_GRUB_LEGACY_ENTRY = """\
title\t\tDebian GNU/Linux, kernel VERSION
root\t\t(hd0,0)
kernel\t\t/boot/vmlinuz-VERSION ROOT
initrd\t\t/boot/initrd.img-VERSION
savedefault

"""


def _grub_legacy(entries: int) -> Files:
    text = "default\t\t0\ntimeout\t\t5\ncolor cyan/blue white/blue\n\n"
    text += _each(_GRUB_LEGACY_ENTRY, entries)
    return {**_kernels(entries), "/boot/grub/menu.lst": text.encode()}


_PETITBOOT_ENTRY = """\
name=Linux VERSION
image=/boot/vmlinuz-VERSION
initrd=/boot/initrd.img-VERSION
args=ROOT

"""


def _petitboot(entries: int) -> Files:
    return {**_kernels(entries), "/etc/petitboot.conf": _each(_PETITBOOT_ENTRY, entries).encode()}


def _kboot(entries: int) -> Files:
    line = "linux-VERSION='/boot/vmlinuz-VERSION initrd=/boot/initrd.img-VERSION ROOT'\n"
    text = "timeout=5\nroot=/dev/sda1\n" + _each(line, entries)
    return {**_kernels(entries), "/etc/kboot.conf": text.encode()}


_LILO_ENTRY = """\
image=/boot/vmlinuz-VERSION
\tlabel="LVERSION"
\tinitrd=/boot/initrd.img-VERSION
\troot=/dev/sda1
\tread-only
\tappend="quiet"
"""


def _lilo(entries: int) -> Files:
    text = "boot=/dev/sda\nprompt\ntimeout=50\nlarge-memory\n" + _each(_LILO_ENTRY, entries)
    return {**_kernels(entries), "/etc/lilo.conf": text.encode()}


def _yaboot(entries: int) -> Files:
    text = "boot=/dev/sda1\npartition=2\ntimeout=50\n" + _each(_LILO_ENTRY, entries)
    return {**_kernels(entries), "/etc/yaboot.conf": text.encode()}


MAKERS: dict[str, Callable[[int], Files]] = {
    "grub": _grub,
    "bls": _bls,
    "syslinux": _syslinux,
    "pxelinux": _pxelinux,
    "grub-legacy": _grub_legacy,
    "petitboot": _petitboot,
    "kboot": _kboot,
    "yaboot": _yaboot,
    "lilo": _lilo,
    "heuristic": _kernels,
}
"""Makers by format: they take how many entries there are to be."""
