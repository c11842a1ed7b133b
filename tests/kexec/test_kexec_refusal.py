import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from kernel_images import memory_file

from bootpy.errors import BootError
from bootpy.kexec.load import load
from bootpy.kexec.planned import Plan
from bootpy.kexec.refusal import Circumstances, explain, look
from bootpy.linux.kernel_log import KernelLog
from bootpy.linux.memory import Memory, memory

LaidOut = Callable[[Mapping[str, str]], str]

LOCKDOWN_LINE = "Lockdown: init: kexec of unsigned images is restricted; see man kernel_lockdown.7"
MB = 1_000_000


@pytest.mark.parametrize(
    ("number", "seen", "reason", "hint"),
    [
        (errno.EPERM, Circumstances(privileged=False, disabled=True), "CAP_SYS_BOOT", "root"),
        (errno.EPERM, Circumstances(disabled=True), "kernel.kexec_load_disabled is 1", "restart"),
        (errno.EPERM, Circumstances(limit=0), "kernel.kexec_load_limit_reboot is 0", "restart"),
        (
            errno.EPERM,
            Circumstances(limit=0, crash=True),
            "no more crash kernels may be loaded or unloaded until the next reboot "
            "(kernel.kexec_load_limit_panic is 0)",
            "allow more attempts",
        ),
        # One attempt was allowed, and lockdown refused it: the count is at 0 all the same.
        (
            errno.EPERM,
            Circumstances("integrity", limit=0, log=(LOCKDOWN_LINE,)),
            "locked down (integrity) and finds no signature",
            "signed",
        ),
        (errno.EPERM, Circumstances("confidentiality"), "(confidentiality)", "Secure Boot"),
        (errno.EPERM, Circumstances(log=(LOCKDOWN_LINE,)), "this kernel is locked down", "signed"),
        (errno.EPERM, Circumstances("none", limit=3), "a security module", "policy"),
        (
            errno.EINVAL,
            Circumstances(total=400 * MB),
            "200.1 MB with its initrd, over half of the machine's 400.0 MB",
            "more memory",
        ),
        (errno.EINVAL, Circumstances(total=400_200_000), "calls an argument invalid", "dmesg"),
        (errno.EINVAL, Circumstances(), "calls an argument invalid", "dmesg"),
        (errno.ENOEXEC, Circumstances(), "does not take this image format", "install"),
        (errno.ETXTBSY, Circumstances(), "open for writing", "wait"),
        (errno.EADDRNOTAVAIL, Circumstances(), "no place in memory", "crashkernel="),
        (errno.ENOSYS, Circumstances(), "has no kexec_file_load", "CONFIG_KEXEC_FILE"),
        (errno.EKEYREJECTED, Circumstances(), "key that is not trusted", "signed"),
        (errno.EIO, Circumstances(), "the disk failed", "damaged"),
        (errno.EXDEV, Circumstances(), "the kernel refused", "dmesg"),
    ],
)
def test_reasons(number: int, seen: Circumstances, reason: str, hint: str) -> None:
    error = explain(number, "(sda2)/vmlinuz", seen, needed=200_100_000)
    assert error.message.startswith("(sda2)/vmlinuz was not loaded: ")
    assert reason in error.message
    assert f"({errno.errorcode[number]})" in error.message
    assert hint in error.hint


def test_unwrapping_loses_the_signature() -> None:
    error = explain(errno.EPERM, "x", Circumstances("integrity"), unwrapped=("UKI", "zboot"))
    assert "(integrity), and taking the kernel out of its UKI lost the signature" in error.message


def test_kernel_log_is_quoted_where_it_concerns_the_load() -> None:
    log = ("usb 1-1: new device", "kexec-bzImage64: Not a bzImage", LOCKDOWN_LINE)
    message = explain(errno.ENOEXEC, "x", Circumstances(log=log)).message
    assert message.endswith(f'"kexec-bzImage64: Not a bzImage; {LOCKDOWN_LINE}"')
    assert "log" not in explain(errno.ENOEXEC, "x", Circumstances(log=log[:1])).message


def test_look_at_a_machine(laid_out: LaidOut) -> None:
    root = laid_out(
        {
            "proc/self/status": "Name:\tinit\nCapPrm:\t0\nCapEff:\t000001ffffffffff\n",
            "proc/meminfo": "MemTotal:         480284 kB\nMemAvailable:     417992 kB\n",
            "proc/sys/kernel/kexec_load_disabled": "1\n",
            "proc/sys/kernel/kexec_load_limit_reboot": "-1\n",
            "sys/kernel/security/lockdown": "none [integrity] confidentiality\n",
        },
    )
    assert look(("said",), root) == Circumstances(
        "integrity", True, -1, True, 480_284 * 1024, ("said",)
    )


def test_look_at_other_machines(laid_out: LaidOut, tmp_path: Path) -> None:
    root = laid_out(
        {
            "proc/self/status": "CapEff:\t000001ffffbfffff\n",  # all but CAP_SYS_BOOT
            "proc/sys/kernel/kexec_load_disabled": "0\n",
            "proc/sys/kernel/kexec_load_limit_reboot": "0\n",
            "sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
        },
    )
    assert look((), root) == Circumstances("none", False, 0, False, 0, ())
    assert look((), str(tmp_path / "nothing")) == Circumstances()


def test_crash_kernels_have_a_limit_of_their_own(laid_out: LaidOut) -> None:
    limits = {"reboot": "-1\n", "panic": "2\n"}
    root = laid_out({f"proc/sys/kernel/kexec_load_limit_{k}": text for k, text in limits.items()})
    assert look((), root) == Circumstances(limit=-1)
    assert look((), root, crash=True) == Circumstances(limit=2, crash=True)


def test_memory_of_this_machine(tmp_path: Path) -> None:
    here = memory()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert here.total == pages
    assert 0 < here.available <= here.total
    assert memory(str(tmp_path / "none")) == Memory(0, 0)


def test_a_text_file_is_refused_by_the_kernel_itself() -> None:
    """Whatever machine this runs on, no kernel loads this: the answer is put into words."""
    kernel = memory_file(b"no kernel\n" * 200)
    plan = Plan(kernel, -1, "quiet", "(x)/text", "bzImage", "", 2000, 0, 0)
    with pytest.raises(BootError) as refused:
        load(plan)
    plan.close()
    assert refused.value.message.startswith("(x)/text was not loaded: ")
    assert refused.value.hint


def test_kernel_log_since_a_moment() -> None:
    try:
        device = os.open("/dev/kmsg", os.O_WRONLY)
    except OSError as error:
        pytest.skip(f"the kernel log is not writable here: {error}")
    os.write(device, b"<7>bootpy test: before\n")
    log = KernelLog()
    os.write(device, b"<7>bootpy test: after; with a semicolon\n")
    lines = [line for line in log.lines() if line.startswith("bootpy test")]
    log.close()
    log.close()
    os.close(device)
    assert lines == ["bootpy test: after; with a semicolon"]
    assert log.lines() == []


def test_kernel_log_that_cannot_be_opened(tmp_path: Path) -> None:
    log = KernelLog(str(tmp_path / "kmsg"))
    assert log.lines() == []
    log.close()


def test_the_number_stays_with_the_words() -> None:
    refused = explain(errno.ENOEXEC, "x", Circumstances())
    assert (refused.number, refused.message.endswith("(ENOEXEC)")) == (errno.ENOEXEC, True)
