"""The load of `bootpy kexec`: files and system calls as kexec-tools has them.

Source: my_load() and do_kexec_file_load() of kexec/kexec.c of kexec-tools 2.0.25.
"""

import errno
import os
from typing import TYPE_CHECKING

from bootpy.cli import kexec
from bootpy.cli.kexec import FAILED
from bootpy.cli.kexec_request import Request
from bootpy.cli.kexec_status import WORTH_THE_OTHER, flaw_of, status_of
from bootpy.cli.load_arguments import refuse_without_tree
from bootpy.errors import BootError
from bootpy.kexec.choice import Wanted
from bootpy.kexec.given import (
    HERE,
    entry_of_files,
    file_here,
    module_here,
    reused,
    running_cmdline,
    this_system,
)
from bootpy.kexec.plan import prepare
from bootpy.kexec.planned import ANYWHERE, Plan, Terms
from bootpy.kexec.refusal import RefusedError

if TYPE_CHECKING:
    from bootpy.entry import Entry, Kind

_TYPES = {
    "multiboot2-x86": ("multiboot2",),
    "elf-x86_64": ("ELF",),
    "multiboot-x86": ("multiboot",),
    "elf-x86": (),
    "bzImage64": ("bzImage",),
    "bzImage": ("bzImage",),
    "beoboot-x86": (),
    "nbi-x86": (),
}
"""kexec-tools' names of formats on x86, and which of bootpy's each is."""


def load(asked: Request, machine: str) -> int:
    """Load the kernel that was asked for, and return the exit status; messages are printed."""
    assert asked.kernel is not None
    by_file = asked.call in {"file", "auto"}
    if by_file and asked.other_entry:
        _say("kexec_file_load enters a kernel at its 64-bit entry only: leave out --real-mode")
        return FAILED
    if asked.kind == "preserve":
        _say(str(_no_way_back(asked.kernel)))
        return FAILED
    try:
        _load(asked, machine)
    except BootError as error:
        _say(str(error))
        return status_of(asked, error)
    return 0


def _no_way_back(name: str) -> BootError:
    """Say why a kernel that is come back from is not loaded: mostly the running one cannot."""
    from bootpy.kexec.refusal import explain, look
    from bootpy.linux.kexec_jump import comes_back

    try:
        possible = comes_back()
    except OSError as error:
        return explain(error.errno or 0, name, look(), call="load")
    what = f"{name} was not loaded with a way back (--load-preserve-context)"
    without = "leave the option out: the jump is then for good"
    if possible:
        return BootError(f"{what}: bootpy does not prepare one", f"{without}; kexec-tools does")
    return BootError(
        f"{what}: the running kernel, {os.uname().release}, is built without CONFIG_KEXEC_JUMP, "
        "and answers EINVAL",
        f"{without}; or run a kernel that is built with it, which Debian's are not",
    )


def _say(text: str) -> None:
    """Tell the person who called; a file of this system goes by its path alone."""
    kexec.say(text.replace(f"({HERE})", ""))


def _load(asked: Request, machine: str) -> None:
    if asked.kind == "crash":
        _load_with(asked, machine, "file")
        return
    terms = Terms(asked.lowest, asked.highest, asked.efi)
    if asked.call == "default":
        # Only kexec_load keeps to terms.
        _load_with(asked, machine, "auto" if terms == ANYWHERE else "load")
    elif asked.call == "auto":
        try:
            _load_with(asked, machine, "file")
        except BootError as error:
            if isinstance(error, RefusedError) and error.number not in WORTH_THE_OTHER:
                raise
            if flaw_of(asked.kernel) == "unopened" or flaw_of(asked.initrd) == "unopened":
                raise
            _debug(asked, f"{error.message}; trying kexec_load")
            _load_with(asked, machine, "load")
    else:
        _load_with(asked, machine, asked.call)


def _load_with(asked: Request, machine: str, call: Wanted) -> None:
    from bootpy.kexec.load import load as load_plan
    from bootpy.kexec.load import load_crash
    from bootpy.kexec.machine import this_machine
    from bootpy.system.unbind_table import write_or_say
    from bootpy.volume import Volumes

    roomy = this_machine()
    if asked.kind == "crash":
        roomy = roomy._replace(total=0, available=0)  # it has memory of its own
    plan = prepare(_entry(asked, call), Volumes([this_system()]), machine=roomy, call=call)
    try:
        if call != "file":
            _refuse_other_type(asked, plan, machine)
        for warning in plan.warnings:
            _say(f"warning: {warning}")
        if asked.devicetree is not None and "load" in plan.calls:
            refuse_without_tree(plan, asked.devicetree)
        _debug(asked, *_described(plan))
        _refuse_unprivileged(plan)
        if asked.kind == "crash":
            from bootpy.kexec.crash import refuse_too_big
            from bootpy.kexec.state import look

            refuse_too_big(plan, look().reserved)
            load_crash(plan)
            return
        terms = Terms(asked.lowest, asked.highest, asked.efi)
        for remark in load_plan(plan, terms=terms):
            _debug(asked, remark)
        for trouble in write_or_say():
            _say(f"warning: {trouble}")
    finally:
        plan.close()


def _entry(asked: Request, call: Wanted) -> "Entry":
    assert asked.kernel is not None
    words = []
    if asked.reuse_cmdline:
        words.append(reused(running_cmdline(), asked.kind == "crash"))
    if asked.append is not None:
        words.append(asked.append)
    initrds = [] if asked.initrd is None else [asked.initrd]
    entry = entry_of_files(asked.kernel, initrds, " ".join(words))
    if asked.devicetree is not None:
        entry = entry._replace(devicetree=file_here(asked.devicetree))
    if call != "file":  # which takes Linux kernels alone
        entry = entry._replace(kind=_kind(asked))
    if entry.kind in {"multiboot", "multiboot2"}:
        entry = entry._replace(modules=tuple(map(module_here, asked.modules)))
    return entry


def _kind(asked: Request) -> "Kind":
    """Return what --type says the kernel is, or else its own content: Multiboot, or Linux."""
    from bootpy.kexec.multiboot.header import KINDS
    from bootpy.kexec.multiboot.kind import kind_of_file

    assert asked.kernel is not None
    if asked.type is not None:
        formats = _TYPES.get(asked.type, ())
        return next((kind for kind in KINDS.values() if kind in formats), "linux")
    return kind_of_file(asked.kernel)


def _refuse_other_type(asked: Request, plan: Plan, machine: str) -> None:
    if asked.type is None or machine != "x86_64":
        return
    formats = _TYPES.get(asked.type)
    if formats is None:
        raise BootError(
            f"Unsupported kernel type {asked.type}", f"the types are {', '.join(_TYPES)}"
        )
    if plan.format not in formats:
        raise BootError(
            f"Wrong file type {asked.type}, {plan.name} is {plan.format}", "leave --type out"
        )


def _refuse_unprivileged(plan: Plan) -> None:
    """Say so before places in memory are looked for, which only root is shown."""
    from bootpy.kexec.refusal import explain, look

    seen = look()
    if not seen.privileged:
        raise explain(errno.EPERM, plan.name, seen)


def _described(plan: Plan) -> list[str]:
    lines = [
        f"kernel: {plan.name}: {plan.format}, {plan.kernel_size} bytes, {plan.memory} in memory",
        f"initrd: {plan.initrd_size} bytes",
        f"command line: {plan.cmdline}",
        f"loading with {plan.way}",
    ]
    if plan.modules:
        lines[1] = f"modules: {plan.initrd_size} bytes"
        lines[2:2] = [
            f"module: {part.name}: {part.size} bytes: {text}" for part, text in plan.modules
        ]
    if plan.unwrapped:
        lines.insert(1, f"taken out of: {', '.join(plan.unwrapped)}")
    return lines


def _debug(asked: Request, *lines: str) -> None:
    for line in lines if asked.debug else ():
        _say(line)
