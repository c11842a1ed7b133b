"""Which accelerator works here: KVM where a guest really runs under it, else TCG."""

import json
import os
import select
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from bootpy.errors import BootError
from initramfs.progress import say, step
from qemu.architecture import PLATFORMS, Architecture, Platform
from qemu.places import BUILD

_PC = PLATFORMS[Architecture.AMD64]
QEMU = _PC.program
PATIENCE = 8.0
"""Seconds within which Linux under KVM must be through its start: it takes one."""

# Without "enhanced rep movsb", with which Linux copies and clears memory byte by byte: TCG takes as
# long for one as for eight, and far longer where it has translated an earlier kernel's code.
_CPU = {"kvm": "host", "tcg": f"{_PC.cpu},erms=off"}


def arguments(accelerator: str, platform: Platform = _PC) -> list[str]:
    """Return QEMU's arguments for `accelerator`, "kvm" or "tcg"; "" takes what works.

    That is TCG for what is no PC.
    """
    name = accelerator or (working() if platform is _PC else "tcg")
    cpu = _CPU[name] if platform is _PC else platform.cpu
    # One thread for all of a guest's processors: two machines side by side on two of the host's, as
    # the tests run, come up a fifth sooner than with one for each.
    return ["-accel", "tcg,thread=single" if name == "tcg" else name, "-cpu", cpu]


def counted_arguments(platform: Platform = _PC) -> list[str]:
    """Return QEMU's arguments for guest time that counts instructions: one thread of TCG."""
    return ["-accel", "tcg,thread=single", "-cpu", platform.cpu, "-icount", "shift=0"]


def working(cache: Path = BUILD / "accelerator.json", kernel: Path | None = None) -> str:
    """Return "kvm" or "tcg". Probed once after each start of the host, and kept in `cache`.

    The probe starts `kernel`, without one the kernel of the bench's own disks.
    """
    if shutil.which(QEMU) is None:
        raise BootError(f"{QEMU} is not installed", f"Install Debian's package {_PC.package}.")
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    try:
        kept = json.loads(cache.read_text())
        if kept["boot"] == boot and kept["accelerator"] in _CPU:
            return str(kept["accelerator"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    if kernel is None:
        from qemu.disks.target import cloud_kernel

        kernel = cloud_kernel().image
    with step("Trying whether a guest runs under KVM"):
        name = "kvm" if runs_under("kvm", kernel) else "tcg"
    say(f"  Machines run under {name.upper()}")
    new = cache.with_name(f"{cache.name}.{os.getpid()}")
    with suppress(OSError):  # another user's: then it is tried each time
        cache.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps({"boot": boot, "accelerator": name}) + "\n")
        new.replace(cache)
    return name


def runs_under(name: str, kernel: Path, patience: float = PATIENCE) -> bool:
    """Say whether Linux under this accelerator gets through its start within `patience` seconds.

    A /dev/kvm that opens proves nothing, and neither does a firmware that speaks: in some
    nested virtual machines a guest stands still where it enters long mode. So `kernel` is
    started with nothing to mount, and has to get to where it says so.
    """
    command = [QEMU, "-machine", "q35", "-accel", name, "-cpu", _CPU[name].split(",")[0]]
    command += ["-m", "256", "-smp", "2", "-nodefaults", "-no-user-config", "-no-reboot"]
    command += ["-display", "none", "-serial", "stdio", "-kernel", str(kernel)]
    command += ["-append", "console=ttyS0 panic=-1"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as guest:
        assert guest.stdout is not None
        deadline = time.monotonic() + patience
        said = b""
        try:
            while (rest := deadline - time.monotonic()) > 0:
                ready, _, _ = select.select([guest.stdout], [], [], rest)
                chunk = os.read(guest.stdout.fileno(), 65536) if ready else b""
                if not chunk:
                    return False
                said += chunk
                if b"VFS: " in said:
                    return True
            return False
        finally:
            guest.kill()
