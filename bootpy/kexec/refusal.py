"""Put the kernel's bare error number for a refused load into words.

EPERM and EINVAL have many causes each, so what the machine says about itself is looked at
afterwards. Source: kernel/kexec_file.c, kernel/kexec_core.c and security/lockdown of Linux
6.1, and answers measured on it.
"""

import errno
from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.kexec.choice import CALLS, Call, disabled, first_line, lockdown

_CAP_SYS_BOOT = 22


class RefusedError(BootError):
    """The kernel's refusal in words; `number` is its errno."""

    def __init__(self, message: str, hint: str, number: int) -> None:
        super().__init__(message, hint)
        self.number = number


class Circumstances(NamedTuple):
    """What bears on a refused load.

    `lockdown` is "none", "integrity", "confidentiality" or "" where unknown; `disabled` is
    the sysctl kernel.kexec_load_disabled; `limit` is kernel.kexec_load_limit_reboot (_panic where
    it is about a `crash` kernel), attempts left, -1 for no limit; `privileged` tells whether
    the process may load kernels; `total` is the machine's memory in bytes, 0 where unknown;
    `log` are lines that the kernel logged during the call.
    """

    lockdown: str = ""
    disabled: bool = False
    limit: int = -1
    privileged: bool = True
    total: int = 0
    log: tuple[str, ...] = ()
    crash: bool = False


def look(log: tuple[str, ...] = (), root: str = "", *, crash: bool = False) -> Circumstances:
    """Look at this machine (or a folder `root` laid out like its / ) and describe it.

    `crash` tells whether a crash kernel is to be loaded.
    """
    from bootpy.linux.memory import memory

    capabilities = _value(f"{root}/proc/self/status", "CapEff:")
    limit = first_line(f"{root}/proc/sys/kernel/{_limit(crash)}")
    return Circumstances(
        lockdown(root or "/"),
        disabled(root or "/"),
        int(limit) if limit.lstrip("-").isdigit() else -1,
        not capabilities or bool(int(capabilities, 16) >> _CAP_SYS_BOOT & 1),
        memory(f"{root}/proc/meminfo").total,
        log,
        crash,
    )


def _limit(crash: bool) -> str:
    return f"kexec_load_limit_{'panic' if crash else 'reboot'}"


def explain(
    number: int,
    name: str,
    circumstances: Circumstances,
    needed: int = 0,
    unwrapped: tuple[str, ...] = (),
    *,
    call: Call = "file",
) -> RefusedError:
    """Make the error for errno `number` of a system call for the kernel `name`.

    `needed` is what kernel and initrd take up in memory, in bytes; `unwrapped` what the
    kernel was taken out of (see `bootpy.kexec.planned.Plan`).
    """
    reason, hint = _reason(number, circumstances, needed, unwrapped, call)
    said = "; ".join(line for line in circumstances.log if _concerns_kexec(line))
    quoted = f'; the kernel log says "{said}"' if said else ""
    code = errno.errorcode.get(number, str(number))
    return RefusedError(f"{name} was not loaded: {reason} ({code}){quoted}", hint, number)


def _reason(
    number: int, seen: Circumstances, needed: int, unwrapped: tuple[str, ...], call: Call
) -> tuple[str, str]:
    if number == errno.EPERM:
        return _not_permitted(seen, unwrapped)
    if number == errno.EINVAL:
        return _invalid(seen, needed)
    if number == errno.ENOSYS:
        option = "CONFIG_KEXEC" if call == "load" else "CONFIG_KEXEC_FILE"
        return f"the running kernel has no {CALLS[call]}", f"build it with {option}"
    return _REASONS.get(number, ("the kernel refused", "see the kernel log (dmesg)"))


def _not_permitted(seen: Circumstances, unwrapped: tuple[str, ...]) -> tuple[str, str]:
    if not seen.privileged:
        return "this process lacks CAP_SYS_BOOT", "run it as root"
    if seen.disabled:
        return (
            "loading is switched off until the next reboot (kernel.kexec_load_disabled is 1)",
            "restart the machine; find out what sets that sysctl",
        )
    logged_lockdown = any("Lockdown:" in line for line in seen.log)
    # The limit counts down at each attempt, so 0 alone is no proof where lockdown spoke.
    if seen.limit == 0 and not logged_lockdown:
        return (
            f"no more {'crash ' * seen.crash}kernels may be loaded or unloaded until the next "
            f"reboot (kernel.{_limit(seen.crash)} is 0)",
            "restart the machine; what sets that sysctl has to allow more attempts: those that "
            "fail count, too",
        )
    if seen.lockdown in {"integrity", "confidentiality"} or logged_lockdown:
        mode = f" ({seen.lockdown})" if seen.lockdown not in {"", "none"} else ""
        if unwrapped:
            return (
                f"this kernel is locked down{mode}, and taking the kernel out of its "
                f"{unwrapped[0]} lost the signature",
                "use a signed vmlinuz in place of it, or switch Secure Boot off",
            )
        return (
            f"this kernel is locked down{mode} and finds no signature on the image that it trusts",
            "use a kernel signed with a key that this machine trusts, or switch Secure Boot off",
        )
    return "a security module forbids it", "see its policy (SELinux, AppArmor, IMA)"


def _invalid(seen: Circumstances, needed: int) -> tuple[str, str]:
    if seen.total and needed > seen.total // 2:
        return (
            f"it needs {needed / 1e6:.1f} MB with its initrd, over half of the machine's "
            f"{seen.total / 1e6:.1f} MB",
            "give the machine more memory, or use a smaller initrd",
        )
    return (
        "the kernel calls an argument invalid: a command line too long for it, an empty file, "
        "or no memory where the segments have to go",
        "see the kernel log (dmesg)",
    )


_INSTALL = "install that kernel again, or choose another entry"
_SIGNATURE = "use a kernel signed with a key that this machine trusts"
_UNREADABLE = (
    "the disk failed while it was read",
    "the disk is damaged: the kernel log says more (dmesg)",
)

_REASONS = {
    errno.ENOEXEC: ("the running kernel does not take this image format", _INSTALL),
    errno.EOPNOTSUPP: ("the running kernel cannot load kernels", "build it with CONFIG_KEXEC_FILE"),
    errno.ENOMEM: (
        "there is too little free memory",
        "give the machine more memory, or use a smaller initrd",
    ),
    errno.EADDRNOTAVAIL: (
        "there is no place in memory for it",
        "for a crash kernel, boot with crashkernel= to reserve one",
    ),
    errno.ETXTBSY: (
        "a file of it is open for writing",
        "wait until the program that writes it is done",
    ),
    errno.EBUSY: ("another load is under way", "try again"),
    errno.EIO: _UNREADABLE,
    errno.EFAULT: _UNREADABLE,  # where the call reads files through this process's memory
    errno.EFBIG: ("a file of it is too large", "no file of 4 GiB or more can be loaded"),
    errno.EBADF: ("a file of it is not open for reading", "report this as a defect of bootpy"),
    errno.EACCES: ("a security module forbids it", "see its policy (SELinux, AppArmor, IMA)"),
    errno.EKEYREJECTED: ("its signature was made by a key that is not trusted", _SIGNATURE),
    errno.ENOKEY: ("its signature was made by an unknown key", _SIGNATURE),
    errno.EKEYEXPIRED: ("the key of its signature has expired", _SIGNATURE),
    errno.EBADMSG: ("its signature does not fit its content", _INSTALL),
    errno.ELIBBAD: ("its PE header is damaged", _INSTALL),
    errno.ENODATA: ("it carries no signature, and this kernel demands one", _SIGNATURE),
    errno.ENOPKG: ("its signature uses a method that this kernel does not know", _SIGNATURE),
}


def _concerns_kexec(line: str) -> bool:
    lowered = line.lower()
    return any(word in lowered for word in ("kexec", "lockdown", "bzimage", "signature", "oom"))


def _value(path: str, key: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return next((line.split()[1] for line in file if line.startswith(key)), "")
    except OSError:
        return ""
