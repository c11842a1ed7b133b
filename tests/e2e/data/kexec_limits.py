"""Use up what kernel.kexec_load_limit_reboot and _panic allow, with either call; as root.

A line each: what was asked, the answer's name or OK, the limit afterwards, what a person is told.
"""

import errno
import os
from collections.abc import Callable

from bootpy.errors import BootError
from bootpy.kexec.choice import Call
from bootpy.kexec.load import unload
from bootpy.kexec.refusal import explain, look
from bootpy.linux import syscalls
from bootpy.linux.kexec import kexec_load

NO_INITRAMFS = 0x4
ON_CRASH = {"load": 0x1, "file": 0x2}


def limit(kind: str) -> str:
    return f"/proc/sys/kernel/kexec_load_limit_{kind}"


def ask(name: str, kind: str, call: Call, asked: Callable[[], None]) -> None:
    told = ""
    try:
        asked()
        answer = "OK"
    except OSError as error:
        answer = errno.errorcode[error.errno or 0]
        seen = look(crash=kind == "panic")
        told = str(explain(error.errno or 0, "/t/small", seen, call=call))
    with open(limit(kind), encoding="ascii") as file:
        left = file.read().strip()
    print(f"@{kind} {name}: {answer} {left} {' '.join(told.split())}", flush=True)


def by_file(kind: str, path: str) -> Callable[[], None]:
    def load() -> None:
        kernel = os.open(path, os.O_RDONLY)
        flags = NO_INITRAMFS | (ON_CRASH["file"] if kind == "panic" else 0)
        try:
            syscalls.kexec_file_load(kernel, -1, "quiet", flags)
        finally:
            os.close(kernel)

    return load


def by_segments(kind: str) -> Callable[[], None]:
    # No segments: that is how one is unloaded, and for the count it is an attempt as any other.
    return lambda: kexec_load(0, (), ON_CRASH["load"] if kind == "panic" else 0)


def main() -> None:
    for kind in ("reboot", "panic"):
        with open(limit(kind), "w", encoding="ascii") as file:
            file.write("3")
        ask("file, third", kind, "file", by_file(kind, "/t/small"))
        ask("file, a text", kind, "file", by_file(kind, "/t/text"))
        ask("load, last", kind, "load", by_segments(kind))
        ask("file, none left", kind, "file", by_file(kind, "/t/small"))
        ask("load, none left", kind, "load", by_segments(kind))
        try:
            unload(crash=kind == "panic")
        except BootError as error:
            print(f"@{kind} unload: EPERM 0 {error.message}")


if __name__ == "__main__":
    main()
