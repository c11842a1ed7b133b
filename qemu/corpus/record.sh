# Records one layout: arrange, populate, grub-install, grub-mkconfig, and what lies where.
# Runs as root on the tools' file system, in a machine whose disks nobody needs.

OUT=/corpus/out
LIBRARY="/usr/bin /usr/sbin /usr/lib /usr/lib64 /usr/libexec /usr/share/os-prober /usr/share/shim"

on() { arrangement=$1 platform=$2; }

undo() {
    # It hides a mount below it, which umount -R would stumble over.
    umount -q "$T/sys/firmware" 2>/dev/null || true
    while umount -q -R "$T" 2>/dev/null; do :; done
    vgchange -q -an 2>/dev/null || true
    for name in sda2_crypt sda3_crypt; do cryptsetup close "$name" 2>/dev/null || true; done
    mdadm --stop --scan 2>/dev/null || true
    udevadm settle
    for device in /dev/sda? /dev/sdb? /dev/sda /dev/sdb; do
        [ ! -b "$device" ] || wipefs -q -a -f "$device"
    done
    for disk in /dev/sda /dev/sdb; do sfdisk -q --delete "$disk" 2>/dev/null || true; done
    rm -rf /etc/lvm/backup /etc/lvm/archive "${T:?}"/*
}

populate() { # a Debian of this much: what the generator and the installer look at
    for name in bin sbin lib lib64; do ln -s "usr/$name" "$T/$name"; done
    mkdir -p "$T/usr/share/grub" "$T/etc" "$T/tmp" "$T/var/lib/os-prober" "$T/boot"
    cp -a /usr/share/grub/. "$T/usr/share/grub"
    for folder in $LIBRARY; do
        [ ! -d "$folder" ] || { mkdir -p "$T$folder"; mount --bind "$folder" "$T$folder"; }
    done
    for folder in /dev /proc /sys /run; do mkdir -p "$T$folder"; mount --rbind "$folder" "$T$folder"; done
    [ "$platform" = efi ] || mount -t tmpfs none "$T/sys/firmware"
    system_files
    case $platform in
        efi) chroot "$T" grub-install --target=x86_64-efi --no-nvram \
            --efi-directory="$(cd "$T" && ls -d boot/efi 2>/dev/null || echo boot)" ;;
        pc) chroot "$T" grub-install --target=i386-pc /dev/sda ;;
    esac
}

system_files() { # as after a fresh installation
    rm -rf "$T/etc/grub.d" "$T/etc/default"
    cp -a /etc/. "$T/etc/"
    cp /usr/share/grub/default/grub "$T/etc/default/grub"
    find "$T/boot" -maxdepth 1 -type f -delete
    rm -f "$T/boot/grub/custom.cfg" "$T/boot/grub/grub.cfg"
    rm -rf "$T/boot/efi/EFI/ipxe"
    for version in "$OLD" "$NEW"; do
        : >"$T/boot/vmlinuz-$version"; : >"$T/boot/initrd.img-$version"
        printf 'CONFIG_XEN=y\nCONFIG_XEN_DOM0=y\n' >"$T/boot/config-$version"
    done
    [ ! -d "$T/boot/grub" ] || rm -f "$T/boot/grub/grubenv"
    [ ! -d "$T/boot/grub" ] || chroot "$T" grub-editenv /boot/grub/grubenv create
    if [ "$layout" = cryptodisk ]; then settings_cryptodisk; fi
}

look() { # SOURCE: one file system's names, files, and the texts that a loader reads
    device=${1%%[*} kname=$(lsblk -n -d -o KNAME "${1%%[*}")
    volume=$OUT/$layout/$kname
    [ ! -d "$volume" ] || return 0
    mkdir -p "$volume" /v
    blkid -p -o export "$device" >"$volume/names"
    udevadm info -q property -n "$device" | grep -E '^(ID_PART_ENTRY|DM_NAME)' >>"$volume/names" || true
    mount -o ro "$device" /v 2>/dev/null || mount "$device" /v
    [ "$(blkid -o value -s TYPE "$device")" != btrfs ] || { umount /v; mount -o subvolid=5 "$device" /v; }
    (cd /v && find . \( -path ./usr -o -path ./etc -o -path ./@rootfs/usr \
        -o -path ./@rootfs/etc -o -path ./lib64 \) -prune -o -type f -print |
        grep -v -E '\.(mod|mo|lst|img\.[0-9])$|/(modinfo.sh|lost\+found|config-.*)$' | sort) >"$volume/files"
    grep -E '/(grub\.cfg|grubenv|custom\.cfg)$' "$volume/files" | while read -r file; do
        mkdir -p "$volume/texts/$(dirname "$file")"; cp "/v/$file" "$volume/texts/$file"
    done
    umount /v
}

record() {
    layout=$1
    "layout_$layout"
    if [ "$(cat /run/arranged 2>/dev/null)" != "$arrangement $platform" ]; then
        rm -f /run/arranged; undo
        "arrange_$arrangement"; populate
        echo "$arrangement $platform" >/run/arranged
    else
        system_files
    fi
    settings=settings_$layout
    if command -v "$settings" >/dev/null; then "$settings"; fi
    rm -rf "${OUT:?}/$layout"; mkdir -p "$OUT/$layout"
    chroot "$T" grub-mkconfig -o /boot/grub/grub.cfg 2>"$OUT/$layout/stderr" ||
        { cat "$OUT/$layout/stderr"; return 1; }
    cp "$T/etc/default/grub" "$OUT/$layout/default-grub"
    printf '%s\n' "$platform" >"$OUT/$layout/platform"
    sync
    findmnt -R -n -r -o SOURCE "$T" | grep '^/dev/' | grep -v '^/dev/vda' | sort -u >/run/sources
    [ "$arrangement" != neighbours ] || echo /dev/sdb1 >>/run/sources
    while read -r source; do look "$source"; done </run/sources
}
