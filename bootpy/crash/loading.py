"""Loading the capture kernel: the running kernel once more, with the image that saves a dump."""

import os
import tempfile
from typing import NamedTuple

from bootpy.crash import image
from bootpy.crash.image import Place
from bootpy.crash.place import disk_place
from bootpy.crash.server import is_server, server_place
from bootpy.crash.settings import Settings
from bootpy.errors import BootError

_FOLDER = "/run/bootpy"

# Words of the running kernel's command line that are not for one of little memory, which runs an
# init of its own. docs/crash.md says why each.
_LEFT_OUT = (
    "BOOT_IMAGE=",
    "crashkernel=",
    "cma=",
    "default_hugepagesz=",
    "hugepages=",
    "hugepagesz=",
    "hugetlb_cma=",
    "initrd=",
    "log_buf_len=",
    "mem=",
    "nr_cpus=",
    "panic=",
    "rdinit=",
    "slub_debug",
    "swiotlb=",
)
_ADDED = (
    "reset_devices",
    "nr_cpus=1",
    "irqpoll",
    "acpi_no_memhotplug",
    "cgroup_disable=memory",
    "numa=off",
    "transparent_hugepage=never",
    "novmcoredd",
    "panic=10",
)
_NO_USB = "usbcore.nousb"


class Loaded(NamedTuple):
    """What was loaded: the kernel's file, the image's bytes, where dumps go, makedumpfile's path.

    `warnings` is what was found on the way.
    """

    kernel: str
    image: int
    place: Place
    program: str
    warnings: tuple[str, ...]


def load(settings: Settings, *, force: bool = False) -> Loaded:
    """Make the image and load it with its kernel, in place of what was loaded before.

    With `force` also where it would run out of memory. BootError: why it is not loaded; what was
    loaded before then stays.
    """
    from bootpy.crash.sizing import as_word, sizes
    from bootpy.kexec.crash import refuse_too_big
    from bootpy.kexec.given import entry_of_files, this_system
    from bootpy.kexec.load import load_crash
    from bootpy.kexec.machine import this_machine
    from bootpy.kexec.plan import prepare
    from bootpy.kexec.state import look, refuse_without_kexec
    from bootpy.linux.memory import memory
    from bootpy.volume import Volumes

    state = look()
    refuse_without_kexec(state)
    if not state.reserved:
        raise BootError(
            "no memory is kept for a capture kernel",
            "boot with crashkernel= on the kernel command line; bootpy crash status says how much",
        )
    place = place_of(settings)
    kernel = settings.kernel or running_kernel()
    os.makedirs(_FOLDER, exist_ok=True)
    found = image.contents(settings, place)
    if place.kind == "ssh":
        from bootpy.crash import remote

        remote.check(found.orders)
    # Gone when the load is over: the kernel has its copy.
    with tempfile.TemporaryDirectory(dir=_FOLDER, prefix="capture-") as folder:
        made = os.path.join(folder, "capture.img")
        archive = image.archive(found)
        with open(made, "wb") as file:
            archive.write(file)
        entry = entry_of_files(kernel, [made], command_line(settings, place))
        # It has memory of its own.
        machine = this_machine()._replace(total=0, available=0)
        plan = prepare(entry, Volumes([this_system()]), machine=machine, call="file")
        try:
            refuse_too_big(plan, state.reserved)
            takes = sizes(plan.memory, plan.initrd_size, archive.size, memory().total)
            if state.reserved < takes.least and not force:
                raise BootError(
                    f"saving a dump takes {takes.least >> 20} MiB, and {state.reserved >> 20} "
                    "are kept for it",
                    f"boot with {as_word(takes.recommended)}; --force loads it all the same",
                )
            load_crash(plan)
        finally:
            plan.close()
    return Loaded(kernel, plan.initrd_size, place, found.orders.program, plan.warnings)


def place_of(settings: Settings) -> Place:
    """Find the place that dumps are to go to. BootError: a capture kernel could not reach it."""
    return server_place(settings.to) if is_server(settings.to) else disk_place(settings.to)


def running_kernel(root: str = "/") -> str:
    """Return the path of the running kernel's file. BootError: it is in none of the usual places.

    The capture kernel is that one, as it is known to drive this machine.
    """
    release = os.uname().release
    names = (
        f"boot/vmlinuz-{release}",
        f"lib/modules/{release}/vmlinuz",
        f"boot/vmlinux-{release}",
        f"boot/Image-{release}",
    )
    for name in names:
        if os.path.isfile(os.path.join(root, name)):
            return os.path.join(root, name)
    raise BootError(
        f"the running kernel {release} is not in /boot, nor in /lib/modules",
        "reboot, if an upgrade has removed it; else: kernel = in /etc/bootpy/crash.toml",
    )


def command_line(settings: Settings, place: Place, running: str | None = None) -> str:
    """Return the capture kernel's command line, made of the running one's."""
    from bootpy.kexec.given import running_cmdline, words_of

    words = words_of(running_cmdline() if running is None else running)
    kept = [word for word in words if not word.startswith(_LEFT_OUT)]
    # A USB controller takes memory and seconds, and may be what crashed.
    added = [*_ADDED, *([] if "/usb" in os.path.realpath(place.sysfs) else [_NO_USB])]
    return " ".join([*kept, *added, *settings.append.split()])
