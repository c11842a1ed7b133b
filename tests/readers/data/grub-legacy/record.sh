#!/bin/sh
# Record the menu.lst that Debian 12's grub-legacy writes: its own update-grub, on stand-ins for
# kernels. Needs root, for a private mount namespace in which the package, downloaded and
# unpacked, lies over /usr, and other things over /boot and /etc/default:
#   ./record.sh
# grub-probe, which asks the disks, is a stand-in that tells of two partitions.
#   one: / and /boot on one partition, with Xen, and an old menu that remembers what was booted
#   boot: /boot a partition of its own, with a recovery entry that is locked, and memtest86+
#   example, memtest: the menus that grub-legacy and memtest86+ bring as examples
set -eu
if [ "${1:-}" != inside ]; then
    exec unshare --mount --propagation private "$(realpath "$0")" inside
fi
output=$(dirname "$(realpath "$0")")
work=$(mktemp -d -p /var/tmp)
trap 'cd /; umount -l /usr /boot /etc/default; rm -rf "$work"' EXIT
cd "$work"
apt-get download grub-legacy memtest86+
for package in *.deb; do dpkg -x "$package" unpacked; done
doc=unpacked/usr/share/doc
rm -rf "${output:?}/example" "${output:?}/memtest"
mkdir -p "$output/example/boot/grub" "$output/example/hurd" "$output/memtest/boot/grub"
cp "$doc/grub-legacy/examples/menu.lst" "$output/example/boot/grub"
echo mach > "$output/example/boot/gnumach.gz"
echo hurd > "$output/example/hurd/ext2fs.static"
cp "$doc/memtest86+/examples/grub-menu.lst" "$output/memtest/boot/grub/menu.lst"
echo memtest > "$output/memtest/boot/memtest86+.bin"
mount -t overlay overlay -o "lowerdir=$work/unpacked/usr:/usr" /usr
mount -t tmpfs none /etc/default
mkdir bin
cat > bin/grub-probe <<'END'
#!/bin/sh
case "$*" in
*abstraction*) ;;
*"-t device /boot") echo "${BOOT_DEVICE:-/dev/sda2}" ;;
*"-t device /") echo /dev/sda2 ;;
*"-t drive -d /dev/sda1") echo "(hd0,0)" ;;
*"-t drive -d /dev/sda2") echo "(hd0,1)" ;;
*) exit 1 ;;
esac
END
chmod +x bin/grub-probe
PATH="$work/bin:$PATH:/usr/sbin"
export PATH

kernels() {
    mkdir /boot/grub
    echo "(hd0) /dev/sda" > /boot/grub/device.map
    for version in 6.1.0-9-amd64 6.1.0-10-amd64; do
        echo kernel > "/boot/vmlinuz-$version"
        echo initrd > "/boot/initrd.img-$version"
    done
}

# A folder of the root's own file system is bound over /boot: update-grub compares device numbers.
mkdir "$work/boot"
mount --bind "$work/boot" /boot
kernels
printf 'CONFIG_XEN=y\nCONFIG_XEN_PRIVILEGED_GUEST=y\n' > /boot/config-6.1.0-10-amd64
echo xen > /boot/xen-4.17-amd64.gz
echo 'savedefault=true xenhopt=dom0_mem=1024M defoptions=quiet' > /etc/default/grub
update-grub
sed -i 's/^default\t.*/default\t\tsaved/' /boot/grub/menu.lst
cat >> /boot/grub/menu.lst <<'END'

# This is a divider, added to separate the menu items below from the Debian
# ones.
title		Other operating systems:
root

title		Microsoft Windows XP Professional
rootnoverify	(hd0,0)
savedefault
makeactive
chainloader	+1
END
update-grub
/usr/sbin/grub-set-default 1
rm /boot/grub/menu.lst~
rm -rf "${output:?}/one"
mkdir "$output/one"
cp -r /boot "$output/one/boot"
umount /boot

mount -t tmpfs none /boot
kernels
echo memtest > /boot/memtest86+.bin
echo 'lockalternative=true howmany=1' > /etc/default/grub
BOOT_DEVICE=/dev/sda1 update-grub
rm -rf "${output:?}/boot"
cp -r /boot "$output/boot"
