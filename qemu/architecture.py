"""What differs from one kind of processor to another: QEMU's program, its machine, the console."""

from dataclasses import dataclass
from enum import StrEnum


class Architecture(StrEnum):
    """A kind of processor, by Debian's name."""

    AMD64 = "amd64"
    ARM64 = "arm64"


@dataclass(frozen=True)
class Platform:
    """How QEMU makes a machine: its `program`, which Debian's `package` has, and the `machine`.

    `cpu` is what it emulates; `console` is the name that Linux has for the serial port, and
    `second_port` are the device that makes another one, and its name.
    """

    program: str
    package: str
    machine: str
    cpu: str
    console: str
    second_port: tuple[str, str]


PLATFORMS = {
    # The CPU's five-level page tables cost TCG time at each page walk, and serve nothing here.
    Architecture.AMD64: Platform(
        "qemu-system-x86_64",
        "qemu-system-x86",
        "q35",
        "max,la57=off",
        "ttyS0",
        # By its number: the console, which is added later, stays the first.
        ("isa-serial,index=1", "ttyS1"),
    ),
    # "max" would sign pointers, which costs TCG a third of its time.
    Architecture.ARM64: Platform(
        "qemu-system-aarch64",
        "qemu-system-arm",
        "virt",
        "cortex-a72",
        "ttyAMA0",
        ("pci-serial", "ttyS0"),
    ),
}
