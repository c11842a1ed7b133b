# What is recorded. Each function names an arrangement and a platform, and does in the system
# at $T what its administrator did: /etc/default/grub, packages, files in /etc/grub.d and /boot.
# /etc/default/grub starts as Debian's package ships it.

set_option() { # NAME VALUE: a line of /etc/default/grub, in the place of the one before
    sed -i "/^$1=/d" "$T/etc/default/grub"; printf '%s=%s\n' "$1" "$2" >>"$T/etc/default/grub"
}

install() { cp -r "/corpus/packages/$1/boot" "/corpus/packages/$1/etc" "$T/" 2>/dev/null || cp -r "/corpus/packages/$1/boot" "$T/"; }

layout_plain_efi() { on plain efi; }
layout_plain_pc() { on dos pc; }
layout_boot_apart() { on boot_apart efi; }
layout_lvm() { on lvm pc; }
layout_raid1() { on raid1 pc; }
layout_lvm_on_raid1() { on lvm_on_raid1 pc; }
layout_luks() { on luks efi; }
layout_cryptodisk() { on cryptodisk efi; }
layout_btrfs() { on btrfs efi; }
layout_btrfs_raid1() { on btrfs_raid1 efi; }
layout_xfs() { on xfs efi; }
layout_boot_on_esp() { on boot_on_esp efi; }

settings_cryptodisk() { set_option GRUB_ENABLE_CRYPTODISK y; }

layout_partuuid() { on plain efi; }
settings_partuuid() {
    set_option GRUB_DISABLE_LINUX_UUID true; set_option GRUB_DISABLE_LINUX_PARTUUID false
}

layout_serial() { on plain efi; }
settings_serial() {
    set_option GRUB_CMDLINE_LINUX '"console=tty0 console=ttyS0,115200n8"'
    set_option GRUB_CMDLINE_LINUX_DEFAULT '""'
    set_option GRUB_TERMINAL '"console serial"'
    set_option GRUB_SERIAL_COMMAND '"serial --speed=115200 --unit=0 --word=8 --parity=no --stop=1"'
}

layout_saved() { on plain efi; }
settings_saved() {
    set_option GRUB_DEFAULT saved; set_option GRUB_SAVEDEFAULT true
    chroot "$T" grub-set-default "gnulinux-advanced-$ROOT>gnulinux-$OLD-advanced-$ROOT"
}

layout_next_entry() { on plain efi; }
settings_next_entry() {
    set_option GRUB_DEFAULT saved
    chroot "$T" grub-set-default 0
    chroot "$T" grub-reboot "1>2"
}

layout_no_submenu() { on plain efi; }
settings_no_submenu() { set_option GRUB_DISABLE_SUBMENU y; }

layout_no_recovery() { on plain efi; }
settings_no_recovery() { set_option GRUB_DISABLE_RECOVERY '"true"'; }

layout_default_by_title() { on plain efi; }
settings_default_by_title() {
    set_option GRUB_DEFAULT \
        "\"Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux $OLD\""
}

layout_default_by_id() { on plain efi; }
settings_default_by_id() {
    set_option GRUB_DEFAULT "\"gnulinux-advanced-$ROOT>gnulinux-$NEW-recovery-$ROOT\""
}

layout_default_by_old_title() { on plain efi; }
settings_default_by_old_title() {
    set_option GRUB_DEFAULT "\"Debian GNU/Linux, with Linux $OLD\""
}

layout_hidden() { on plain efi; }
settings_hidden() { set_option GRUB_TIMEOUT_STYLE hidden; set_option GRUB_TIMEOUT 0; }

layout_wait_for_ever() { on plain efi; }
settings_wait_for_ever() { set_option GRUB_TIMEOUT -1; }

layout_password() { on plain efi; }
settings_password() {
    cat >"$T/etc/grub.d/01_password" <<'END'
#!/bin/sh
cat <<'EOT'
set superusers="root"
password_pbkdf2 root grub.pbkdf2.sha512.10000.9CA4611006FE96BC77A.A9F3
EOT
END
    chmod 755 "$T/etc/grub.d/01_password"
}

layout_microcode() { on plain efi; }
settings_microcode() {
    : >"$T/boot/amd-ucode.img"; : >"$T/boot/extra.cpio"
    set_option GRUB_EARLY_INITRD_LINUX_CUSTOM '"extra.cpio"'
    rm "$T/boot/initrd.img-$OLD"
}

layout_gfxpayload() { on plain efi; }
settings_gfxpayload() {
    set_option GRUB_GFXMODE 1024x768; set_option GRUB_GFXPAYLOAD_LINUX keep
    set_option GRUB_INIT_TUNE '"480 440 1"'; set_option GRUB_PRELOAD_MODULES '"part_gpt"'
    set_option GRUB_CMDLINE_LINUX_DEFAULT '"quiet splash dyndbg=\"file ec.c +p\""'
}

layout_xen_efi() { on plain efi; }
settings_xen_efi() { install xen; }

layout_xen_pc() { on dos pc; }
settings_xen_pc() {
    install xen
    set_option GRUB_CMDLINE_XEN_DEFAULT '"dom0_mem=4G,max:4G"'
    set_option GRUB_CMDLINE_XEN '"com1=115200,8n1 console=com1,vga"'
    set_option GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT '"console=hvc0 earlyprintk=xen"'
    set_option XEN_OVERRIDE_GRUB_DEFAULT 0
}

layout_memtest_efi() { on plain efi; }
settings_memtest_efi() { install memtest86+; }

layout_memtest_pc() { on dos pc; }
settings_memtest_pc() { install memtest86+; }

layout_os_prober() { on neighbours efi; }
settings_os_prober() { set_option GRUB_DISABLE_OS_PROBER false; }

layout_custom() { on plain efi; }
settings_custom() {
    cat >>"$T/etc/grub.d/40_custom" <<END
menuentry 'Rescue system' --unrestricted --hotkey=r --id rescue {
	search --no-floppy --label --set=root rescue
	linux /live/vmlinuz boot=live toram
	initrd /live/initrd.img
}
menuentry "Installer of Debian ISO" {
	set isofile="/srv/debian.iso"
	loopback loop (hd0,gpt2)\$isofile
	linux (loop)/install.amd/vmlinuz iso-scan/filename=\$isofile --- quiet
	initrd (loop)/install.amd/initrd.gz
}
menuentry "iPXE" {
	insmod chain
	search --no-floppy --fs-uuid --set=root $ESP
	chainloader /EFI/ipxe/ipxe.efi
}
submenu 'Machine' --class power {
	menuentry 'Restart' { reboot; }
	menuentry 'Power off' { halt; }
}
END
    mkdir -p "$T/boot/efi/EFI/ipxe"; : >"$T/boot/efi/EFI/ipxe/ipxe.efi"
    cat >"$T/boot/grub/custom.cfg" <<'END'
menuentry 'Kernel under test' --id test {
	linux /boot/vmlinuz-test root=/dev/sda2 ro panic=10 "dyndbg=file ec.c +p"
}
END
}

LAYOUTS="plain_efi partuuid serial saved next_entry no_submenu no_recovery default_by_title \
default_by_id default_by_old_title hidden wait_for_ever password microcode gfxpayload xen_efi \
memtest_efi custom plain_pc xen_pc memtest_pc boot_apart boot_on_esp xfs btrfs btrfs_raid1 lvm \
raid1 lvm_on_raid1 luks cryptodisk os_prober"
