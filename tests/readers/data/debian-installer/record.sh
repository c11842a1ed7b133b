#!/bin/sh
# Record the boot configurations of Debian's installer from Debian 12's own packages, which are
# downloaded and unpacked, not installed:
#   ./record.sh
# netboot-text, netboot-gtk: what a TFTP server hands out (debian-installer-12-netboot-amd64):
#   configurations and links whole, every other file a stand-in of one line with its size.
# cd: the tree of a CD. Its isolinux configuration comes from the installer's own build, in no
#   package; it is the same set of files as netboot-gtk's with other names of files, so that
#   those are rewritten here. From it debian-cd's own parse_isolinux makes grub.cfg.
set -eu
output=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download debian-installer-12-netboot-amd64 debian-cd
for package in *.deb; do dpkg -x "$package" unpacked; done
images=unpacked/usr/lib/debian-installer/images/12/amd64

for kind in text gtk; do
    target="$output/netboot-$kind"
    rm -rf "$target"
    mkdir "$target"
    (cd "$images/$kind"; find . -type f -o -type l | sort) | while read -r path; do
        mkdir -p "$target/$(dirname "$path")"
        source="$images/$kind/$path"
        case "$path" in
        *.mod | *.lst | */f[0-9]*.txt) ;;
        *)
            if [ -L "$source" ] || [ "${path%.cfg}" != "$path" ]; then
                cp -P "$source" "$target/$path"
            else
                echo "$(stat -c %s "$source") bytes" > "$target/$path"
            fi
            ;;
        esac
    done
    find "$target" -type d -empty -delete
done

cd=$output/cd
rm -rf "$cd"
mkdir -p "$cd/isolinux" "$cd/boot/grub" "$cd/install.amd/gtk"
for path in "$images"/gtk/debian-installer/amd64/boot-screens/*.cfg; do
    sed -e 's#debian-installer/amd64/boot-screens/##g' \
        -e 's#debian-installer/amd64/linux#/install.amd/vmlinuz#g' \
        -e 's#debian-installer/amd64/initrd.gz#/install.amd/gtk/initrd.gz#g' \
        "$path" > "$cd/isolinux/$(basename "$path")"
done
# prompt.cfg returns to the menu by this name, which is a CD's main configuration.
mv "$cd/isolinux/syslinux.cfg" "$cd/isolinux/isolinux.cfg"
sed -i 's/syslinux\.cfg/isolinux.cfg/' "$cd/isolinux/exithelp.cfg"
for path in vmlinuz initrd.gz gtk/vmlinuz gtk/initrd.gz; do
    echo "stand-in" > "$cd/install.amd/$path"
done
debian_cd=unpacked/usr/share/debian-cd
sed '/^menuentry/Q' "$images/gtk/debian-installer/amd64/grub/grub.cfg" > "$cd/boot/grub/grub.cfg"
"$debian_cd/tools/boot/bookworm/parse_isolinux" "$cd/isolinux" "$work/theme" \
    "$debian_cd/data/bookworm/grub-theme.in" Debian GNU/Linux 12 >> "$cd/boot/grub/grub.cfg"
