"""Load a planned kernel with kexec_file_load(2), and take it out again."""

from bootpy.errors import BootError
from bootpy.kexec.plan import Plan
from bootpy.linux import syscalls

# include/uapi/linux/kexec.h
_UNLOAD = 0x1
_NO_INITRAMFS = 0x4

_LOADED = "/sys/kernel/kexec_loaded"


def load(plan: Plan) -> None:
    """Load the kernel for `bootpy.kexec.jump.jump`, in place of one that was loaded before.

    BootError says in words why the kernel refused; what was loaded before then stays.
    """
    from bootpy.linux.kernel_log import KernelLog

    flags = _NO_INITRAMFS if plan.initrd < 0 else 0
    log = KernelLog()
    try:
        syscalls.kexec_file_load(plan.kernel, plan.initrd, plan.cmdline, flags)
    except OSError as error:
        from bootpy.kexec.refusal import explain, look

        seen = look(tuple(log.lines()))
        needed = (plan.memory or plan.kernel_size) + plan.initrd_size
        raise explain(error.errno or 0, plan.name, seen, needed, plan.unwrapped) from error
    finally:
        log.close()


def loaded() -> bool:
    """Whether a kernel is loaded and waits for the jump; False where /sys does not say."""
    try:
        with open(_LOADED, encoding="ascii") as file:
            return file.read().strip() == "1"
    except OSError:
        return False


def unload() -> None:
    """Take a loaded kernel out of memory; nothing happens where none is loaded."""
    try:
        syscalls.kexec_file_load(-1, -1, "", _UNLOAD)
    except OSError as error:
        from bootpy.kexec.refusal import explain, look

        refused = explain(error.errno or 0, "the loaded kernel", look())
        raise BootError(refused.message.replace("loaded:", "unloaded:"), refused.hint) from error
