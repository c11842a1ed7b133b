"""The kernel's arguments that the root's line of /etc/fstab stands for. Source: fstab(5)."""

import re


def root_arguments(device: str, kind: str = "", options: str = "") -> str:
    """Make the kernel's arguments of fstab's fields; "" where they name no device."""
    device = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8) & 0x7F), device)
    if kind == "zfs":
        device = f"ZFS={device}"
    elif not re.match(r"(UUID|LABEL|PARTUUID|PARTLABEL)=.|/dev/(?!root$).", device):
        return ""
    if any(not letter.isprintable() for letter in device):
        return ""
    words = [f'"root={device}"' if " " in device else f"root={device}", "ro"]
    if kind not in {"", "auto", "zfs"} and re.fullmatch(r"[a-z0-9]+", kind):
        words.append(f"rootfstype={kind}")
    chosen = {one.partition("=")[0]: one for one in options.split(",") if one.isprintable()}
    subvolume = chosen.get("subvol") or chosen.get("subvolid")
    if subvolume:
        words.append(f"rootflags={subvolume}")
    return " ".join(words)
