import errno
import os
from pathlib import Path

import pytest
from kernel_images import bzimage, memory_file

from bootpy.diagnostics import Source
from bootpy.entry import Entry, File
from bootpy.errors import BootError
from bootpy.kexec.choice import Situation
from bootpy.kexec.load import load
from bootpy.kexec.machine import Machine, this_machine
from bootpy.kexec.plan import prepare
from bootpy.kexec.planned import Plan
from bootpy.kexec.refusal import Circumstances, explain
from bootpy.volume import FolderVolume, Volumes

MB = 1_000_000


def without_room(*calls: str) -> Plan:
    """Make a plan with an initrd that no machine has room for: nothing can come of it."""
    kernel = memory_file(bzimage())
    size = os.fstat(kernel).st_size
    plan = Plan(kernel, -1, "quiet", "(x)/vmlinuz", "bzImage", "", size, 1 << 60, 1 << 20)
    return plan._replace(calls=calls)  # type: ignore[arg-type]


def refusal(plan: Plan) -> str:
    with pytest.raises(BootError) as refused:
        load(plan)
    plan.close()
    assert refused.value.hint
    return refused.value.message


def test_where_both_calls_fail_both_say_why() -> None:
    message = refusal(without_room("load", "file"))
    assert "kexec takes at most half of this machine's" in message
    assert "; before that, kexec_load: there is no place in memory for" in message


def test_a_line_that_the_other_call_has_no_room_for() -> None:
    message = refusal(without_room("load", "file")._replace(cmdline="x" * 2017))
    assert "is 2017 bytes long, and kexec takes 2016; before that, kexec_load: there is" in message


def test_without_another_call_its_reason_stands_alone() -> None:
    message = refusal(without_room("load"))
    assert message.startswith("there is no place in memory for")
    assert "before" not in message


def test_a_missing_call_is_called_by_its_name() -> None:
    for call, name, option in (
        ("load", "kexec_load", "CONFIG_KEXEC"),
        ("file", "kexec_file_load", "CONFIG_KEXEC_FILE"),
    ):
        error = explain(errno.ENOSYS, "x", Circumstances(), call=call)  # type: ignore[arg-type]
        assert f"has no {name} (ENOSYS)" in error.message
        assert error.hint == f"build it with {option}"
    assert "the disk failed" in explain(errno.EFAULT, "x", Circumstances(), call="load").message


def planned(folder: Path, machine: Machine, initrd: int = 0, **more: str) -> Plan:
    (folder / "vmlinuz").write_bytes(bzimage(init_size=60 * MB))
    initrds: tuple[File, ...] = ()
    if initrd:
        (folder / "initrd").write_bytes(b"070701")
        os.truncate(folder / "initrd", initrd)
        initrds = (File("sda2", "/initrd"),)
    source = Source("sda2", "/grub.cfg", 7)
    entry = Entry("grub:sda2:x", "Debian", ("Debian",), "grub", "linux", source)
    entry = entry._replace(kernel=File("sda2", "/vmlinuz"), initrds=initrds)
    here = Volumes([FolderVolume(str(folder), name="sda2")])
    plan = prepare(entry, here, "", machine, **more)  # type: ignore[arg-type]
    plan.close()
    return plan


def test_a_plan_says_how_it_is_loaded(tmp_path: Path) -> None:
    machine = Machine("x86_64", seen=Situation("x86_64", "none"))
    plan = planned(tmp_path, machine)
    assert (plan.calls, plan.way) == (("load", "file"), "kexec_load")
    plan = planned(tmp_path, machine, call="file")
    assert (plan.calls, plan.way) == (("file",), "kexec_file_load: as asked for")
    locked = Machine("x86_64", seen=Situation("x86_64", "integrity"))
    assert planned(tmp_path, locked).way.startswith("kexec_file_load: this kernel is locked down")
    assert planned(tmp_path, Machine("x86_64")).calls == ("file",)


@pytest.mark.parametrize(
    ("call", "total", "available", "fits"),
    [
        # Half of memory: 60 MB that the kernel takes up, or 6 kB that its file has; initrd 20 MB.
        ("file", 160 * MB, 0, False),
        ("file", 170 * MB, 0, True),
        ("load", 40 * MB, 0, False),
        ("load", 44 * MB, 0, True),
        # While it loads: files and segments, or segments alone.
        ("file", 0, 105 * MB, False),
        ("file", 0, 106 * MB, True),
        ("load", 0, 25 * MB, False),
        ("load", 0, 26 * MB, True),
    ],
)
def test_memory_that_each_call_needs(
    tmp_path: Path, call: str, total: int, available: int, fits: bool
) -> None:
    machine = Machine("x86_64", total, available, Situation("x86_64"))
    if fits:
        assert planned(tmp_path, machine, 20 * MB, call=call).calls == (call,)
    else:
        with pytest.raises(BootError, match="give the machine more memory"):
            planned(tmp_path, machine, 20 * MB, call=call)


def test_this_machine_knows_what_bears_on_the_choice() -> None:
    here = this_machine()
    assert here.architecture == here.situation.architecture == os.uname().machine
    assert here.total >= here.available > 0
    assert here.now().total == here.total
