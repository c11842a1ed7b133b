"""UEFI's variables as a running Debian sees them in efivarfs, by its runtime services."""

from qemu.guest import Guest

FOLDER = "/sys/firmware/efi/efivars"
OURS = "BootpyTest-5bd5c7a7-7c8e-4f0d-9b35-2c1f0a6f7d11"
COUNTER = "MTC-eb704011-1402-11d3-8e77-00a0c969723b"
"""EDK II counts here how often it has run (MonotonicCounterRuntimeDxe)."""

# Non-volatile, and for boot and runtime services.
_ATTRIBUTES = r"\007\000\000\000"


def write(guest: Guest, value: str) -> None:
    """Write our own variable, or make it: attributes and value in one write(2)."""
    guest.shell.run(f"printf '{_ATTRIBUTES}{value}' > {FOLDER}/{OURS}")


def read(guest: Guest, name: str = OURS) -> str:
    """Return a variable's value as it is in the firmware, without its attributes."""
    # These files cannot be seeked in, which tail does where it is given one.
    return guest.shell.run(f"cat {FOLDER}/{name} | tail -c +5")


def delete(guest: Guest) -> None:
    """Delete our own variable; Linux guards it against that."""
    guest.shell.run(f"chattr -i {FOLDER}/{OURS}; rm {FOLDER}/{OURS}")


def names(guest: Guest) -> list[str]:
    """Mount efivarfs anew, which asks the firmware for all names, and return them."""
    guest.shell.run(f"umount {FOLDER}; mount -t efivarfs efivarfs {FOLDER}")
    return guest.shell.run(f"ls {FOLDER}").split()


def times_firmware_ran(guest: Guest) -> int:
    """Return EDK II's own count, which it raises each time that it runs."""
    return int(guest.shell.run(f"cat {FOLDER}/{COUNTER} | od -A n -t u4 -j 4"))
