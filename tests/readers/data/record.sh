#!/bin/sh
# Record what Debian's own tools write. Needs root (for a private mount namespace), systemd's
# kernel-install, and the unpacked packages u-boot-menu and linux-base:
#   apt-get download u-boot-menu linux-base; for p in *.deb; do dpkg -x "$p" unpacked; done
#   ./record.sh unpacked OUTPUT
# Nothing of the host's /boot and /etc is touched: tmpfs and bind mounts hide them.
set -eu
if [ "${3:-}" != inside ]; then
    unpacked=$(realpath "$1"); mkdir -p "$2"; output=$(realpath "$2")
    exec unshare --mount --propagation private "$0" "$unpacked" "$output" inside
fi
unpacked=$1 output=$2
work=$(mktemp -d)
mount -t tmpfs none "$work"

cat > "$work/os-release" <<END
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
ID=debian
END
echo "UUID=6bdb0a5a-1f5c-4c3c-9d35-0123456789ab / ext4 errors=remount-ro 0 1" > "$work/fstab"
mount --bind "$work/os-release" "$(realpath /etc/os-release)"
mount --bind "$work/fstab" /etc/fstab

kernels() {
    for version in 6.1.0-9-amd64 6.1.0-10-amd64; do
        echo "kernel $version" > "/boot/vmlinuz-$version"
        echo "initrd $version" > "/boot/initrd.img-$version"
    done
}

# u-boot-menu, with /boot a file system of its own.
mount -t tmpfs none /boot
kernels
PERL5LIB="$unpacked/usr/share/perl5" PATH="$unpacked/usr/bin:$PATH" \
    sh "$unpacked/usr/sbin/u-boot-update"
rm -rf "$output/u-boot-menu"; cp -r /boot "$output/u-boot-menu"
umount /boot

# kernel-install, as an ESP at /boot: one entry with boot counting, one without.
mount -t tmpfs none /boot
mkdir "$work/conf"
echo debian > "$work/conf/entry-token"
printf 'layout=bls\nBOOT_ROOT=/boot\nMACHINE_ID=6a9857a393724b7a981ebb5b8495b9ea\n' \
    > "$work/conf/install.conf"
echo "root=UUID=6bdb0a5a-1f5c-4c3c-9d35-0123456789ab ro quiet" > "$work/conf/cmdline"
kernels
export KERNEL_INSTALL_CONF_ROOT="$work/conf"
kernel-install add 6.1.0-9-amd64 /boot/vmlinuz-6.1.0-9-amd64 /boot/initrd.img-6.1.0-9-amd64
echo 3 > "$work/conf/tries"
kernel-install add 6.1.0-10-amd64 /boot/vmlinuz-6.1.0-10-amd64 /boot/initrd.img-6.1.0-10-amd64
rm /boot/vmlinuz-* /boot/initrd.img-*
rm -rf "$output/kernel-install"; cp -r /boot "$output/kernel-install"
umount /boot "$(realpath /etc/os-release)" /etc/fstab "$work"
rmdir "$work"
