# How disks can be arranged: each function makes file systems on /dev/sda and /dev/sdb, and
# mounts them below $T as the system that is recorded sees them. UUIDs are pinned.

T=/t
ESP_TYPE=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
BIOS_TYPE=21686148-6449-6E6F-744E-656564454649

table() { # DISK UUID LINE...: a GUID partition table
    disk=$1 id=$2; shift 2
    { echo "label: gpt"; echo "label-id: $id"; printf '%s\n' "$@"; } |
        sfdisk -q --wipe always --wipe-partitions always "$disk"
    udevadm settle
}

esp_line="size=64MiB, type=$ESP_TYPE, uuid=$PART_ESP, name=\"EFI System Partition\""
bios_line="size=1MiB, type=$BIOS_TYPE, uuid=$PART_BIOS"
root_line="type=linux, uuid=$PART_ROOT"

esp() { mkfs.vfat -F 32 -i "$(echo "$ESP" | tr -d -)" -n EFI "$1" >/dev/null; }
ext4() { mkfs.ext4 -q -F -U "$1" ${3:+-L "$3"} "$2"; }
put() { mkdir -p "$T$2"; udevadm settle; mount "$1" "$T$2"; }

arrange_plain() { # d-i's default: ESP and one ext4
    table /dev/sda "$DISK_A" "$esp_line" "$root_line"
    esp /dev/sda1; ext4 "$ROOT" /dev/sda2
    put /dev/sda2 /; put /dev/sda1 /boot/efi
}

arrange_dos() { # an old PC: a DOS partition table, ext4 alone
    printf 'label: dos\nlabel-id: 0xd15c000a\ntype=83, bootable\n' |
        sfdisk -q --wipe always --wipe-partitions always /dev/sda
    udevadm settle
    ext4 "$ROOT" /dev/sda1 debian
    put /dev/sda1 /
}

arrange_boot_apart() { # /boot is a file system of its own
    table /dev/sda "$DISK_A" "$esp_line" "size=128MiB, type=linux, uuid=$PART_BOOT" "$root_line"
    esp /dev/sda1; ext4 "$BOOT" /dev/sda2 boot; ext4 "$ROOT" /dev/sda3 root
    put /dev/sda3 /; put /dev/sda2 /boot; put /dev/sda1 /boot/efi
}

volume_group() { # DEVICE: a group and one volume with known UUIDs, which LVM has no options for
    modprobe dm-mod
    pvcreate -q -ff -y --norestorefile --uuid "$PV" "$1"
    vgcreate -q debian-vg "$1"; lvcreate -q -y -W n -l 100%FREE -n root debian-vg
    vgcfgbackup -q -f /tmp/vg debian-vg; vgchange -q -an debian-vg
    vg=$(vgs --noheadings -o vg_uuid debian-vg | tr -d ' ')
    lv=$(lvs --noheadings -o lv_uuid debian-vg | tr -d ' ')
    sed -i "s/$vg/$VG/; s/$lv/$LV/" /tmp/vg
    vgremove -q -f debian-vg
    pvcreate -q -ff -y --restorefile /tmp/vg --uuid "$PV" "$1"
    vgcfgrestore -q -f /tmp/vg debian-vg; vgchange -q -ay debian-vg
    udevadm settle
}

arrange_lvm() { # the root on LVM, /boot within
    table /dev/sda "$DISK_A" "$bios_line" "$root_line"
    volume_group /dev/sda2
    ext4 "$ROOT" /dev/debian-vg/root
    put /dev/mapper/debian--vg-root /
}

mirror() { # two disks, a RAID 1 of their second partitions
    modprobe raid1
    table /dev/sda "$DISK_A" "$bios_line" "$root_line"
    table /dev/sdb "$DISK_B" "size=1MiB, type=$BIOS_TYPE" "type=linux, uuid=$PART_TWIN"
    mdadm --create /dev/md0 --run --quiet --level=1 --raid-devices=2 --metadata=1.2 \
        --homehost=debian --name=0 --uuid="$ARRAY" --assume-clean /dev/sda2 /dev/sdb2
    udevadm settle
}

arrange_raid1() {
    mirror
    ext4 "$ROOT" /dev/md0
    put /dev/md0 /
}

arrange_lvm_on_raid1() {
    mirror
    volume_group /dev/md0
    ext4 "$ROOT" /dev/debian-vg/root
    put /dev/mapper/debian--vg-root /
}

locked() { # TYPE DEVICE NAME: LUKS, opened
    modprobe dm-crypt
    printf secret | cryptsetup luksFormat -q --type "$1" --uuid "$LUKS" \
        --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --use-urandom "$2" -
    printf secret | cryptsetup open --key-file - "$2" "$3"
    udevadm settle
}

arrange_luks() { # d-i's "encrypted LVM": LVM within LUKS, /boot outside
    table /dev/sda "$DISK_A" "$esp_line" "size=128MiB, type=linux, uuid=$PART_BOOT" "$root_line"
    esp /dev/sda1; ext4 "$BOOT" /dev/sda2
    locked luks2 /dev/sda3 sda3_crypt
    volume_group /dev/mapper/sda3_crypt
    ext4 "$ROOT" /dev/debian-vg/root
    put /dev/mapper/debian--vg-root /; put /dev/sda2 /boot; put /dev/sda1 /boot/efi
}

arrange_cryptodisk() { # all within LUKS, /boot too: GRUB itself asks for the passphrase
    table /dev/sda "$DISK_A" "$esp_line" "$root_line"
    esp /dev/sda1
    locked luks1 /dev/sda2 sda2_crypt
    ext4 "$ROOT" /dev/mapper/sda2_crypt
    put /dev/mapper/sda2_crypt /; put /dev/sda1 /boot/efi
}

subvolume() { # DEVICE: the root in @rootfs, as d-i makes it
    mkdir -p /v; mount "$1" /v; btrfs -q subvolume create /v/@rootfs; umount /v
    mkdir -p "$T"; mount -o subvol=@rootfs "$1" "$T"
}

arrange_btrfs() {
    table /dev/sda "$DISK_A" "$esp_line" "$root_line"
    esp /dev/sda1; mkfs.btrfs -q -f -U "$ROOT" /dev/sda2
    subvolume /dev/sda2; put /dev/sda1 /boot/efi
}

arrange_btrfs_raid1() { # btrfs's own RAID 1 over two disks
    table /dev/sda "$DISK_A" "$esp_line" "$root_line"
    table /dev/sdb "$DISK_B" "type=linux, uuid=$PART_TWIN"
    esp /dev/sda1; mkfs.btrfs -q -f -U "$ROOT" -m raid1 -d raid1 /dev/sda2 /dev/sdb1
    udevadm settle; btrfs device scan >/dev/null
    subvolume /dev/sda2; put /dev/sda1 /boot/efi
}

arrange_xfs() {
    table /dev/sda "$DISK_A" "$esp_line" "$root_line"
    esp /dev/sda1; mkfs.xfs -q -f -m "uuid=$ROOT" /dev/sda2
    put /dev/sda2 /; put /dev/sda1 /boot/efi
}

arrange_boot_on_esp() { # the ESP is /boot
    table /dev/sda "$DISK_A" "size=256MiB, ${esp_line#*, }" "$root_line"
    esp /dev/sda1; ext4 "$ROOT" /dev/sda2
    put /dev/sda2 /; put /dev/sda1 /boot
}

arrange_neighbours() { # beside Debian: a Windows on the same ESP, a Linux on the second disk
    arrange_plain
    table /dev/sdb "$DISK_B" "type=linux, uuid=$PART_OTHER"
    ext4 "$OTHER" /dev/sdb1
    mkdir -p /v; mount /dev/sdb1 /v
    mkdir -p /v/etc /v/lib64 /v/boot/grub
    : >/v/lib64/ld-linux-x86-64.so.2
    for name in vmlinuz-linux initramfs-linux.img intel-ucode.img; do echo "$name" >"/v/boot/$name"; done
    printf 'NAME="Arch Linux"\nPRETTY_NAME="Arch Linux"\nID=arch\n' >/v/etc/os-release
    cat >/v/boot/grub/grub.cfg <<END
set timeout=5
menuentry 'Arch Linux' --class arch --class gnu-linux --class gnu --class os \$menuentry_id_option 'gnulinux-simple-$OTHER' {
	search --no-floppy --fs-uuid --set=root $OTHER
	linux	/boot/vmlinuz-linux root=UUID=$OTHER rw  loglevel=3 quiet
	initrd	/boot/intel-ucode.img /boot/initramfs-linux.img
}
END
    umount /v
    mkdir -p "$T/boot/efi/EFI/Microsoft/Boot"
    : >"$T/boot/efi/EFI/Microsoft/Boot/BCD"; : >"$T/boot/efi/EFI/Microsoft/Boot/bootmgfw.efi"
}
