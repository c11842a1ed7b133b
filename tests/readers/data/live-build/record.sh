#!/bin/sh
# Record what live-build of Debian 12 writes for its boot loaders: lb config, then its own scripts
# binary_syslinux, binary_grub_cfg and binary_grub-legacy, on a tree of stand-ins. Needs root, for a private mount
# namespace in which the packages, downloaded and unpacked, lie over /usr:
#   ./record.sh
# dpkg-query, rsvg-convert and chroot are stand-ins too: nothing is installed, nothing is built.
set -eu
if [ "${1:-}" != inside ]; then
    exec unshare --mount --propagation private "$(realpath "$0")" inside
fi
output=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
trap 'cd /; umount -l /usr; rm -rf "$work"' EXIT
cd "$work"
apt-get download live-build isolinux syslinux extlinux pxelinux syslinux-common grub-legacy
for package in *.deb; do dpkg -x "$package" unpacked; done
mount -t overlay overlay -o "lowerdir=$work/unpacked/usr:/usr" /usr

mkdir bin
printf '#!/bin/sh\necho "Status: install ok installed"\n' > bin/dpkg-query
printf '#!/bin/sh\necho "  Installed: 1"\n' > bin/chroot
printf '#!/bin/sh\nfor last; do :; done\necho picture > "$last"\n' > bin/rsvg-convert
chmod +x bin/*
PATH="$work/bin:$PATH"
export PATH

record() { # NAME IMAGE-TYPE FILE-SYSTEM INSTALLER FLAVOURS LOADERS SCRIPTS
    mkdir "$work/$1"
    cd "$work/$1"
    lb config --distribution bookworm --architectures amd64 --binary-images "$2" \
        --binary-filesystem "$3" --debian-installer "$4" --debian-installer-gui true \
        --linux-flavours "$5" --bootloaders "$6" --memtest memtest86+ --build-with-chroot false \
        --bootappend-live "boot=live components quiet splash" > /dev/null
    mkdir -p .build chroot/boot chroot/usr/share/grub binary/live
    touch .build/bootstrap .build/config
    for flavour in $5; do
        for file in vmlinuz initrd.img; do
            echo "$file" > "binary/live/$file-6.1.0-10-$flavour"
            echo "$file" > "chroot/boot/$file-6.1.0-10-$flavour"
        done
    done
    if [ "$4" != none ]; then
        mkdir -p binary/install/gtk
        for file in vmlinuz initrd.gz gtk/vmlinuz gtk/initrd.gz; do
            echo "$file" > "binary/install/$file"
        done
    fi
    echo memtest > binary/live/memtest.bin
    cp binary/live/memtest.bin binary/live/memtest
    for script in $7; do lb "binary_$script"; done
    if [ "$7" != grub-legacy ]; then rm binary/live/memtest; fi
    rm -rf "${output:?}/$1"
    if [ "$2" = netboot ]; then
        mv tftpboot "$output/$1"
        mv binary/live "$output/$1/live"
    else
        mv binary "$output/$1"
    fi
    find "$output/$1" -type f \( -name '*.c32' -o -name '*.0' -o -name '*.bin' -o -name '*.png' -o \
        -name 'stage2*' -o -name '*.xpm.gz' \) |
        while read -r file; do echo stand-in > "$file"; done
    find "$output/$1" -type f -name '*.pf2' -delete
}

record isolinux iso-hybrid fat32 live amd64 "syslinux grub-efi" "syslinux grub_cfg"
record syslinux hdd fat32 none amd64 syslinux syslinux
record extlinux hdd ext4 none "amd64 rt-amd64" syslinux syslinux
record pxelinux netboot fat32 none amd64 syslinux syslinux
record grub-legacy iso fat32 live amd64 grub-legacy grub-legacy
