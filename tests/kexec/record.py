"""Record what Linux shows of real machines' memory, for the tests: tests/kexec/data.

`python -m tests.kexec.record` starts Debian's cloud kernel on each firmware and reads the
files that a loader by kexec_load(2) reads. Bytes stand as hexadecimal digits.
"""

import json
from pathlib import Path

from qemu.disks.target import READY, cloud_kernel, target_initrd
from qemu.machine import Firmware, Machine
from qemu.shell import Shell

DATA = Path(__file__).parent / "data"
FILES = (
    "/proc/iomem",
    "/sys/firmware/memmap",
    "/sys/kernel/boot_params/data",
    "/sys/firmware/efi/runtime-map",
    "/sys/firmware/efi/fw_vendor",
    "/sys/firmware/efi/runtime",
    "/sys/firmware/efi/config_table",
    "/sys/firmware/efi/systab",
)
# A display, so that there is a frame buffer to hand over; more memory than fits below 4 GiB.
DISPLAY = ("-device", "VGA")
MEMORY = 4096


def machine(firmware: Firmware) -> Machine:
    """Describe the machine that is recorded."""
    return Machine(
        kernel=cloud_kernel().image,
        initrd=target_initrd(),
        append="console=ttyS0 quiet",
        firmware=firmware,
        memory=MEMORY,
        cpus=1,
        extra=DISPLAY,
    )


def files(shell: Shell) -> dict[str, str]:
    """Read the files of a running machine: hexadecimal digits by path, without the first /."""
    names = shell.run(f"find {' '.join(FILES)} -type f 2>/dev/null", check=False).split()
    script = "for f in {}; do echo $f $(od -An -v -tx1 $f | tr -d ' \\n'); done"
    found: dict[str, str] = {}
    for start in range(0, len(names), 8):  # a console's line has 4,096 bytes at most
        for line in shell.run(script.format(" ".join(names[start : start + 8]))).splitlines():
            name, _, digits = line.partition(" ")
            found[name.removeprefix("/")] = digits
    return found


def main() -> None:
    """Record every firmware's machine."""
    for firmware in Firmware:
        with machine(firmware).start() as guest:
            guest.expect(READY, timeout=240)
            guest.expect("target# ", timeout=60)
            content = json.dumps(files(guest.shell), indent=0, sort_keys=True)
        (DATA / f"{firmware}.json").write_text(content + "\n")


if __name__ == "__main__":
    main()
