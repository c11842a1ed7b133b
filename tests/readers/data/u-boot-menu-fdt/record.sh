#!/bin/sh
# Record what Debian 12's u-boot-menu writes for boards with device trees: its own u-boot-update,
# on stand-ins for kernels. Needs root, for a private mount namespace in which the packages,
# downloaded and unpacked, lie over /usr, and other things over /boot, /etc/default, /etc/fstab:
#   ./record.sh
#   folder: / and /boot on one partition; which device tree is for U-Boot to find (fdtdir)
#   file: the same with one device tree and two overlays named in /etc/default/u-boot
#   boot: /boot a partition of its own with one device tree for all, as flash-kernel puts it
set -eu
if [ "${1:-}" != inside ]; then
    exec unshare --mount --propagation private "$(realpath "$0")" inside
fi
output=$(dirname "$(realpath "$0")")
work=$(mktemp -d -p /var/tmp)
trap 'cd /; umount -l /usr /boot /etc/default /etc/fstab; rm -rf "$work"' EXIT
cd "$work"
apt-get download u-boot-menu linux-base
for package in *.deb; do dpkg -x "$package" unpacked; done
for version in 6.1.0-9-arm64 6.1.0-10-arm64; do
    for tree in broadcom/bcm2711-rpi-4-b.dtb rockchip/rk3399-rockpro64.dtb; do
        mkdir -p "unpacked/usr/lib/linux-image-$version/${tree%/*}"
        echo "device tree" > "unpacked/usr/lib/linux-image-$version/$tree"
    done
done
printf 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' > unpacked/usr/lib/os-release
mount -t overlay overlay -o "lowerdir=$work/unpacked/usr:/usr" /usr
mount -t tmpfs none /etc/default
echo "LABEL=root / ext4 defaults 0 1" > fstab
mount --bind fstab /etc/fstab

kernels() {
    for version in 6.1.0-9-arm64 6.1.0-10-arm64; do
        echo kernel > "/boot/vmlinuz-$version"
        echo initrd > "/boot/initrd.img-$version"
    done
}

same() { # NAME: what is written with / and /boot on one file system
    mkdir "boot-$1"
    mount --bind "boot-$1" /boot
    kernels
    if [ "$1" = file ]; then
        mkdir /boot/dtbo
        for name in i2c.dtbo spi.dtbo unused.dtbo; do echo overlay > "/boot/dtbo/$name"; done
    fi
    u-boot-update
    rm -rf "${output:?}/$1"
    mkdir -p "$output/$1/usr/lib"
    cp -r /boot "$output/$1/boot"
    cp -r /usr/lib/linux-image-6.1.0-* "$output/$1/usr/lib"
    umount /boot
}

same folder
cat > /etc/default/u-boot <<END
U_BOOT_ALTERNATIVES="default"
U_BOOT_ENTRIES="1"
U_BOOT_TIMEOUT="20"
U_BOOT_PARAMETERS="ro console=ttyS2,1500000n8"
U_BOOT_FDT="rockchip/rk3399-rockpro64.dtb"
U_BOOT_FDT_OVERLAYS="i2c.dtbo spi.dtbo"
END
same file
echo 'U_BOOT_ENTRIES="1"' > /etc/default/u-boot
mount -t tmpfs none /boot
kernels
echo "device tree" > /boot/dtb-6.1.0-10-arm64
u-boot-update
rm -rf "${output:?}/boot"
cp -r /boot "$output/boot"
