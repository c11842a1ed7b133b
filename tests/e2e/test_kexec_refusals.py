"""Why a load was refused: each of the kernel's answers provoked, and what a person is told."""

import re
from pathlib import Path
from typing import NamedTuple

from kexec_calls import Running

from qemu.disks.kexec_tools import OURS, THEIRS, debian_machine, installed
from qemu.shell import Shell

ANSWERS = (Path(__file__).parent / "data/kexec_answers.py").read_text()
LIMITS = (Path(__file__).parent / "data/kexec_limits.py").read_text()
INVALID = "the kernel calls an argument invalid"


class Row(NamedTuple):
    """What the kernel answers, whether the kernel loaded before stays, what a person is told."""

    answer: str
    loaded: bool
    told: str = ""


EXPECTED = {
    "gzip": Row("ENOEXEC", False, "the running kernel does not take this image format (ENOEXEC)"),
    "ELF": Row("ENOEXEC", False, "the running kernel does not take this image format (ENOEXEC)"),
    "kernel and initrd": Row("OK", True),
    # From here on that one stays loaded: its files are closed, and what follows is refused.
    "no NUL counted": Row("EINVAL", True, INVALID),
    "unknown flag": Row("EINVAL", True, INVALID),
    "flag of 6.7": Row("EINVAL", True, INVALID),
    "empty kernel": Row("EINVAL", True, INVALID),
    "empty initrd": Row("EINVAL", True, INVALID),
    "folder": Row("EINVAL", True, INVALID),
    "no initrd, unsaid": Row("EBADF", True, "a file of it is not open for reading (EBADF)"),
    "O_PATH": Row("EBADF", True, "a file of it is not open for reading (EBADF)"),
    "O_WRONLY": Row("EBADF", True, "a file of it is not open for reading (EBADF)"),
    "2018 bytes with NUL": Row("EINVAL", True, INVALID),
    "open for writing": Row("ETXTBSY", True, "a file of it is open for writing (ETXTBSY)"),
    "crash without a reserve": Row(
        "EADDRNOTAVAIL", True, "there is no place in memory for it (EADDRNOTAVAIL)"
    ),
    "2017 bytes with NUL": Row("OK", True),
    "embedded NUL": Row("OK", True),
    "not at offset 0": Row("OK", True),
    "memory file": Row("OK", True),
    "half a kernel": Row("OK", True),
    "flipped bit": Row("OK", True),
    "over half of memory": Row(
        "EINVAL", False, "it needs 287.3 MB with its initrd, over half of the machine's 492."
    ),
}

LONG = "$(printf '%*s' 2017 '' | tr ' ' x)"

# The command, its exit status, what a person is told.
SAID = (
    ("-l -s /t/small --initrd=/t/initrd 3<> /t/initrd", 255,
     "/t/small was not loaded: a file of it is open for writing (ETXTBSY)"),
    ("-l /t/flipped", 0, "warning: /t/flipped does not fit its own checksum: it may be damaged"),
    ("-u", 0, ""),
    ("-l /t/cut", 255, "/t/cut is truncated: it has 141312 bytes, its header says"),
    (f"-l -s /t/small --append={LONG}", 253,
     "the command line for /t/small is 2017 bytes long, and kexec takes 2016"),
    ("-l -s /t/vmlinux", 1, "/t/vmlinux is a kernel as ELF, and x86_64 loads bzImage"),
    ("-l /t/folder", 1, "kernel /t/folder is a folder"),
    ("-l /t/empty", 1, "/t/empty is empty (0 bytes)"),
    ("-l /t/small --initrd=/t/empty", 1, "initrd /t/empty is empty (0 bytes)"),
    ("-l -s /t/small --initrd=/run/half", 253,
     "MB, and kexec takes at most half of this machine's"),
    ("-l /t/small --initrd=/run/half", 255, "MB, and kexec takes at most half of this machine's"),
    ("-l -s /t/small --initrd=/run/free", 253, "MB are free"),
    ("--load-preserve-context --mem-max=0x8000000 /t/small", 255,
     "-cloud-amd64, is built without CONFIG_KEXEC_JUMP, and answers EINVAL\n  hint: leave"),
    ("-p /t/small", 1, "Memory for crashkernel is not reserved"),
    ("-e", 1, "Nothing has been loaded!"),
)  # fmt: skip

DISABLED = "loading is switched off until the next reboot (kernel.kexec_load_disabled is 1) (EPERM)"
LOCKED = "this kernel is locked down (integrity) and finds no signature on the image that it trusts"


def test_each_answer_of_the_kernel(running: Running, tmp_path: Path) -> None:
    machine = debian_machine(tmp_path, {"answers.py": ANSWERS}, memory=512)
    shell = installed(running(machine))
    command = "PYTHONPATH=/usr/lib/bootpy python3.11 /t/answers.py"
    printed = shell.run(command, timeout=600)
    found = {
        one[1]: Row(one[2], one[3] == "1", one[4])
        for one in re.finditer(r"@(.*): (OK|E[A-Z]+) ([01]) (.*)", printed)
    }
    assert found.keys() == EXPECTED.keys(), printed
    for name, expected in EXPECTED.items():
        assert found[name][:2] == expected[:2], (name, found[name])
        if expected.told:
            assert f"{name} was not loaded: {expected.told}" in found[name].told
    assert "@jump: cannot jump into the loaded kernel: no kernel is loaded" in printed

    shell.run("truncate -s 250M /run/half; truncate -s 225M /run/free")
    for words, status, told in SAID:
        said = shell.run(f"{OURS} {words}; echo status $?", timeout=120)
        assert told in said, (words, said)
        assert said.endswith(f"status {status}"), (words, said)
    # There and back: with Debian's program it is the same, without the reason.
    call = f"{THEIRS} --load-preserve-context --mem-max=0x8000000 /t/small 2>&1 | head -n 1"
    assert shell.run(call, timeout=120) == "kexec_load failed: Invalid argument"

    beyond_memory(shell)

    shell.run(f"{OURS} -l /t/small; echo 1 > /proc/sys/kernel/kexec_load_disabled")
    for words in ("-l /t/small", "-l -s /t/small", "-l -a /t/small", "-u"):
        said = shell.run(f"{OURS} {words}; echo status $?", timeout=120)
        assert DISABLED in said, (words, said)
        assert said.endswith("status 255")
    assert shell.run("cat /sys/kernel/kexec_loaded") == "1"


def beyond_memory(shell: Shell) -> None:
    """An initrd of 150 MB in 512 MB: with Debian's program the caller is killed for it."""
    shell.run(f"{OURS} -u; rm /run/half /run/free; mount -o remount,size=300M /run")
    shell.run("dd if=/dev/zero of=/run/big bs=1M count=150 2> /run/dd")
    call = "-l -s /t/vmlinuz --initrd=/run/big"
    told = shell.run(f"{OURS} {call}; echo status $?", timeout=120)
    assert re.search(r"initrd \(157\.3 MB\) needs 3\d\d\.\d MB for a moment, and only \d+", told), (
        told
    )
    assert "MB are free\n  hint: give the machine more memory, or choose an entry with a" in told
    assert told.endswith("status 253")
    killed = shell.run(f"dmesg -c > /run/before; {THEIRS} {call}; echo status $?", timeout=300)
    assert killed.endswith("status 137")
    assert "Out of memory: Killed process" in shell.run("dmesg | grep '(kexec)'")
    assert shell.run("rm /run/big; cat /sys/kernel/kexec_loaded") == "0"


# Each attempt counts: one that fails, too, and an unload.
LEFT = {
    "file, third": ("OK", "2"),
    "file, a text": ("ENOEXEC", "1"),
    "load, last": ("OK", "0"),
    "file, none left": ("EPERM", "0"),
    "load, none left": ("EPERM", "0"),
    "unload": ("EPERM", "0"),
}
NO_MORE = {
    kind: f"no more {what} may be loaded or unloaded until the next reboot "
    f"(kernel.kexec_load_limit_{kind} is 0) (EPERM)"
    for kind, what in (("reboot", "kernels"), ("panic", "crash kernels"))
}
COUNTED = (
    "hint: restart the machine; what sets that sysctl has to allow more attempts: those that fail "
    "count, too"
)


def test_limits_of_loads(running: Running, tmp_path: Path) -> None:
    """kernel.kexec_load_limit_reboot and _panic, which Linux has since 6.3."""
    scripts = {"limits.py": LIMITS}
    machine = debian_machine(tmp_path, scripts, newer=True, words="crashkernel=128M")
    shell = installed(running(machine))
    printed = shell.run("PYTHONPATH=/usr/lib/bootpy python3.11 /t/limits.py", timeout=300)
    for kind, told in NO_MORE.items():
        lines = re.findall(rf"@{kind} (.*): (OK|E[A-Z]+) (\d) (.*)", printed)
        assert {name: (answer, left) for name, answer, left, _ in lines} == LEFT, printed
        for name, answer, _, words in lines:
            if answer == "EPERM":
                assert told in words, (name, words)
                assert COUNTED in words or name == "unload"
    for words, kind in (("-l /t/small", "reboot"), ("-p /t/small", "panic")):
        said = shell.run(f"{OURS} {words}; echo status $?", timeout=120)
        # Once, though both calls were asked for the first.
        assert said.count(NO_MORE[kind]) == 1, (words, said)
        assert said.endswith(f"  {COUNTED}\nstatus 255")


def test_a_kernel_that_is_locked_down(running: Running, tmp_path: Path) -> None:
    shell = installed(running(debian_machine(tmp_path, words="lockdown=integrity")))
    shell.run("mount -t securityfs securityfs /sys/kernel/security")
    for call in ("-l", "-l -c", "-l -s", "-l -a"):
        said = shell.run(f"{OURS} {call} /t/small; echo status $?", timeout=120)
        assert LOCKED in said, (call, said)
        assert "(EPERM)" in said
        assert said.endswith("status 255")
    wrapped = shell.run(f"{OURS} -l -s /t/small.gz; echo status $?", timeout=120)
    assert "locked down (integrity), and taking the kernel out of its gzip lost the" in wrapped
    # kexec_load's way of unloading is refused, too, and kexec_file_load's is not.
    assert shell.run(f"{THEIRS} -u; echo status $?").endswith("status 255")
    assert shell.run(f"{OURS} -u; echo status $?").endswith("status 0")
