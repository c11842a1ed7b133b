"""Load a planned kernel with one of the kernel's two calls, and take it out again."""

import errno

from bootpy.errors import BootError
from bootpy.kexec.choice import CALLS
from bootpy.kexec.planned import ANYWHERE, Plan, Terms
from bootpy.linux import syscalls

# include/uapi/linux/kexec.h
_UNLOAD = 0x1
_ON_CRASH = 0x2
_NO_INITRAMFS = 0x4
_CLASSIC_ON_CRASH = 0x1  # kexec_load's own

_LOADED = "/sys/kernel/kexec_loaded"
_CRASH_LOADED = "/sys/kernel/kexec_crash_loaded"

# Where kexec_load answers so, kexec_file_load may do. Other answers (no memory, a disk that
# fails) would be the same again, or worse.
_WORTH_ANOTHER_CALL = {
    errno.ENOSYS,
    errno.EINVAL,
    errno.EADDRNOTAVAIL,
    errno.EPERM,
    errno.EACCES,
    errno.ENODEV,
}


def load(plan: Plan, record: bytes = b"", terms: Terms = ANYWHERE) -> list[str]:
    """Load the kernel for `bootpy.kexec.jump.jump`, in place of one that was loaded before.

    `record` is the timeline's (`Timeline.record`), for the next system; kexec_file_load has no
    place for it. `terms` hold for kexec_load alone.

    Returns remarks on how that went otherwise than planned. BootError says in words why the
    kernel refused, each call where it was asked both; what was loaded before then stays.
    """
    if plan.calls == ("file",):
        _load_file(plan)
        return []
    try:
        return _load_segments(plan, record, terms)
    except _OtherCallError as refused:
        first = refused.reason
    if "file" not in plan.calls:
        raise first
    try:
        _fall_back(plan)
    except BootError as second:
        if getattr(second, "number", 0) == errno.ENOSYS:  # there is but one call here
            raise first from None
        if second.message == first.message:
            raise
        raise BootError(
            f"{second.message}; before that, {CALLS['load']}: {first.message}", second.hint
        ) from None
    remarks = [f"loaded with {CALLS['file']} instead of {CALLS['load']}: {first.message}"]
    if plan.devicetree >= 0:
        remarks.append(f"{plan.devicetree_name} is not handed over: {CALLS['file']} takes no tree")
    return remarks


class _OtherCallError(Exception):
    """kexec_load could not, and the other call might; `reason` says why in words."""

    def __init__(self, reason: BootError) -> None:
        super().__init__(reason)
        self.reason = reason


def _load_segments(plan: Plan, record: bytes, terms: Terms) -> list[str]:
    from bootpy.linux.kernel_log import KernelLog

    if plan.format == "Image":
        from bootpy.kexec.arm64 import load_segments
    elif plan.loader:
        from bootpy.kexec.multiboot.segments import load_segments
    else:
        from bootpy.kexec.segments import load_segments

    log = KernelLog()
    try:
        return load_segments(plan, record, terms)
    except BootError as error:
        raise _OtherCallError(error) from error
    except OSError as error:
        from bootpy.kexec.refusal import explain, look

        number = error.errno or 0
        needed = plan.kernel_size + plan.initrd_size
        seen = look(tuple(log.lines()))
        refused = explain(number, plan.name, seen, needed, plan.unwrapped, call="load")
        if number in _WORTH_ANOTHER_CALL:
            raise _OtherCallError(refused) from error
        raise refused from error
    finally:
        log.close()


def _fall_back(plan: Plan) -> None:
    """Load with the file call, which needs more memory than was looked for, and a shorter line."""
    from bootpy.kexec import cmdline
    from bootpy.kexec.image import examine
    from bootpy.kexec.machine import cmdline_limit, refuse_too_big, this_machine

    cmdline.check(plan.cmdline, cmdline_limit(examine(plan.kernel, plan.name)), plan.name)
    refuse_too_big(plan.kernel_size, plan.memory, plan.initrd_size, this_machine(), call="file")
    _load_file(plan)


def load_crash(plan: Plan) -> None:
    """Load a crash kernel into the memory kept for one, for the next panic to start.

    By kexec_file_load, which tells it what of memory was in use (elfcorehdr=). BootError as
    of `load`.
    """
    _load_file(plan, _ON_CRASH)


def _load_file(plan: Plan, flags: int = 0) -> None:
    from bootpy.linux.kernel_log import KernelLog

    flags |= _NO_INITRAMFS if plan.initrd < 0 else 0
    log = KernelLog()
    try:
        syscalls.kexec_file_load(plan.kernel, plan.initrd, plan.cmdline, flags)
    except OSError as error:
        from bootpy.kexec.refusal import explain, look

        seen = look(tuple(log.lines()), crash=bool(flags & _ON_CRASH))
        needed = (plan.memory or plan.kernel_size) + plan.initrd_size
        raise explain(error.errno or 0, plan.name, seen, needed, plan.unwrapped) from error
    finally:
        log.close()


def loaded(crash: bool = False) -> bool:
    """Whether a kernel is loaded and waits for the jump; False where /sys does not say.

    With `crash`, whether one waits for a panic.
    """
    try:
        with open(_CRASH_LOADED if crash else _LOADED, encoding="ascii") as file:
            return file.read().strip() == "1"
    except OSError:
        return False


def unload(crash: bool = False) -> None:
    """Take a loaded kernel out of memory, whichever call loaded it; nothing where none is.

    With `crash`, the crash kernel.
    """
    try:
        try:
            syscalls.kexec_file_load(-1, -1, "", _UNLOAD | (_ON_CRASH if crash else 0))
        except OSError as error:
            if error.errno not in {errno.ENOSYS, errno.EOPNOTSUPP}:
                raise
            from bootpy.linux.kexec import kexec_load

            kexec_load(0, (), _CLASSIC_ON_CRASH if crash else 0)
    except OSError as error:
        from bootpy.kexec.refusal import RefusedError, explain, look

        name = "the crash kernel" if crash else "the loaded kernel"
        refused = explain(error.errno or 0, name, look(crash=crash))
        message = refused.message.replace("loaded:", "unloaded:")
        raise RefusedError(message, refused.hint, refused.number) from error
