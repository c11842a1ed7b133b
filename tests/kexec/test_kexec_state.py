"""What the kernel says of loaded kernels, from recorded trees of /sys and /proc."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bootpy.errors import BootError
from bootpy.kexec.state import State, look, refuse_without_kexec

LaidOut = Callable[[Mapping[str, str]], str]

# As read on Debian's 6.1 and 6.12, with `crashkernel=128M`, a loaded kernel, and lockdown.
DEBIAN_12 = {
    "sys/kernel/kexec_loaded": "0\n",
    "sys/kernel/kexec_crash_loaded": "0\n",
    "sys/kernel/kexec_crash_size": "0\n",
    "sys/kernel/security/lockdown": "[none] integrity confidentiality\n",
    "proc/sys/kernel/kexec_load_disabled": "0\n",
}
LIMITS = {
    "proc/sys/kernel/kexec_load_limit_panic": "0\n",
    "proc/sys/kernel/kexec_load_limit_reboot": "-1\n",
}


def test_nothing_loaded(laid_out: LaidOut) -> None:
    assert look(laid_out(DEBIAN_12)) == State(True, lockdown="none")


def test_all_of_it(laid_out: LaidOut) -> None:
    changed = {
        "sys/kernel/kexec_loaded": "1\n",
        "sys/kernel/kexec_crash_loaded": "1\n",
        "sys/kernel/kexec_crash_size": "134217728\n",
        "sys/kernel/security/lockdown": "none [integrity] confidentiality\n",
        "proc/sys/kernel/kexec_load_disabled": "1\n",
    }
    found = look(laid_out(DEBIAN_12 | LIMITS | changed))
    assert found == State(True, True, True, 128 << 20, None, 0, True, "integrity")


def test_a_kernel_without_kexec(tmp_path: Path) -> None:
    found = look(str(tmp_path))
    assert found == State(False)
    with pytest.raises(BootError, match="has no kexec") as refused:
        refuse_without_kexec(found)
    assert "CONFIG_KEXEC" in refused.value.hint
    refuse_without_kexec(State(True))
