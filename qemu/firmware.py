"""UEFI for machines: which files QEMU gets, and where they come from."""

import shutil
import subprocess
from pathlib import Path

from bootpy.errors import BootError
from qemu.architecture import Architecture
from qemu.machine import Firmware, Machine

_OVMF = Path("/usr/share/OVMF")
# Installed, the package takes 264 MB; this is the one file of it that is wanted.
_AAVMF = "usr/share/qemu-efi-aarch64/QEMU_EFI.fd"


def arguments(machine: Machine, work: Path) -> list[str]:
    """Return QEMU's arguments for the machine's firmware.

    UEFI's variables go into the folder `work`; on arm64 they are lost with the power. BootError:
    the firmware is not there.
    """
    if machine.firmware is Firmware.SEABIOS:
        return []
    if machine.architecture is Architecture.ARM64:
        return ["-bios", str(_aavmf())]
    code = _OVMF / "OVMF_CODE_4M.fd"
    if not code.is_file():
        raise BootError(f"{code} is not there", "Install Debian's package ovmf.")
    variables = work / "OVMF_VARS_4M.fd"
    if not variables.exists():
        shutil.copyfile(_OVMF / variables.name, variables)
    drive = "if=pflash,format=raw,unit"
    return [
        "-drive",
        f"{drive}=0,readonly=on,file={code}",
        "-drive",
        f"{drive}=1,file={variables}",
    ]


def _aavmf() -> Path:
    """Return UEFI for arm64, taken out of Debian's package."""
    from qemu.disks.cache import made
    from qemu.disks.target import debian_packages

    archive = debian_packages("arm64")
    (package,) = archive.fetch(["qemu-efi-aarch64"])

    def make(file: Path) -> None:
        command = ["dpkg-deb", "--fsys-tarfile", str(package.deb)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as source:
            taking = ["tar", "-x", "-O", "-f", "-", f"./{_AAVMF}"]
            with file.open("wb") as target:
                done = subprocess.run(taking, stdin=source.stdout, stdout=target, check=False)
        if done.returncode or not file.stat().st_size:
            raise BootError(f"{package} has no {_AAVMF}", "make update fetches a newer one.")

    return made("aavmf", [package.name, package.version], make, suffix=".fd", only_newest=True)
