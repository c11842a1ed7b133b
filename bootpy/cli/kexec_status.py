"""The exit status of a load by `bootpy kexec` that failed, as kexec-tools has it.

Source: my_load() and do_kexec_file_load() of kexec/kexec.c of kexec-tools 2.0.25.
"""

import errno
import os
import stat
from typing import Literal

from bootpy.cli.kexec import FAILED, GIVEN_UP, NOT_TAKEN
from bootpy.cli.kexec_request import Request
from bootpy.errors import BootError
from bootpy.kexec.placement import NoRoomError
from bootpy.kexec.refusal import RefusedError

WORTH_THE_OTHER = {errno.ENOSYS, errno.EINVAL, errno.ENOEXEC, errno.EOPNOTSUPP}
"""Answers of kexec_file_load after which -a tries kexec_load."""

Flaw = Literal["", "unopened", "unread"]


def status_of(asked: Request, error: BootError) -> int:
    """Return the exit status that kexec-tools has for what went wrong."""
    by_file = asked.call == "file"
    kernel, initrd = flaw_of(asked.kernel), flaw_of(asked.initrd)
    if kernel:
        return FAILED if kernel == "unopened" and asked.call in {"file", "auto"} else GIVEN_UP
    if initrd:
        if asked.call not in {"file", "auto"}:
            return GIVEN_UP
        return FAILED if initrd == "unopened" else NOT_TAKEN if by_file else GIVEN_UP
    if any(flaw_of(text.partition(" ")[0]) for text in asked.modules):
        return GIVEN_UP
    if isinstance(error, RefusedError):
        return NOT_TAKEN if by_file and error.number in WORTH_THE_OTHER else FAILED
    if isinstance(error, NoRoomError):
        return GIVEN_UP
    if asked.kind != "crash" and by_file:
        return _status_by_file(asked.kernel)
    return FAILED


def _status_by_file(kernel: str | None) -> int:
    """Return the status of a load by kexec_file_load that was not so much as tried."""
    match _format(kernel):
        case "":
            return FAILED
        case "ELF":
            return GIVEN_UP
        case _:
            return NOT_TAKEN  # the kernel would call its command line or initrd invalid


def flaw_of(path: str | None) -> Flaw:
    """Say what is wrong with a file before any of its content is looked at."""
    if path is None:
        return ""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return "unopened"
    try:
        found = os.fstat(fd)
    finally:
        os.close(fd)
    return "" if stat.S_ISREG(found.st_mode) and found.st_size else "unread"


def _format(path: str | None) -> str:
    """Return the format of a kernel image, "" for what is none."""
    from bootpy.kexec.image import examine

    assert path is not None
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return examine(fd, path).format
    except BootError:
        return ""
    finally:
        os.close(fd)
