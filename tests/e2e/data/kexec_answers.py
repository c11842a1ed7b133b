"""Ask kexec_file_load what it says to each kind of call; run in a machine, as root.

A line each: what was asked, the answer's name or OK, whether a kernel is loaded then, and what a
person is told.
"""

import ctypes
import errno
import os

from bootpy.errors import BootError
from bootpy.kexec.jump import jump
from bootpy.kexec.load import loaded, unload
from bootpy.kexec.refusal import explain, look
from bootpy.linux import syscalls
from bootpy.linux.arch import system_calls
from bootpy.linux.kernel_log import KernelLog

NO_INITRAMFS = 0x4
ON_CRASH = 0x2
HALF = 220 << 20
UNPACKED = 54 << 20  # init_size of Debian's kernel
DEBUG = 0x8  # from Linux 6.7 on


def ask(
    name: str,
    kernel: int,
    initrd: int = -1,
    line: bytes = b"quiet\0",
    flags: int = NO_INITRAMFS,
    *,
    needed: int = 0,
) -> None:
    log = KernelLog()
    told = ""
    try:
        number = system_calls().kexec_file_load
        syscalls.call(number, kernel, initrd, len(line), line, flags)
        answer = "OK"
    except OSError as error:
        answer = errno.errorcode[error.errno or 0]
        told = explain(error.errno or 0, name, look(tuple(log.lines())), needed).message
    log.close()
    print(f"@{name}: {answer} {int(loaded())} {told}", flush=True)


def opened(path: str, flags: int = os.O_RDONLY) -> int:
    return os.open(f"/t/{path}", flags)


def in_memory(path: str) -> int:
    held = os.memfd_create("kernel")
    with open(f"/t/{path}", "rb") as file:
        os.write(held, file.read())
    return held


def main() -> None:
    kernel, initrd = opened("small"), opened("initrd")
    unload()
    with open("/t/small", "rb") as whole, open("/t/flipped", "wb") as file:
        content = bytearray(whole.read())
        content[-4096] ^= 1
        file.write(content)
    ask("gzip", opened("small.gz"))
    ask("ELF", opened("vmlinux"))
    ask("kernel and initrd", kernel, initrd, flags=0)
    os.close(kernel)
    os.close(initrd)
    kernel, initrd = opened("small"), opened("initrd")
    ask("no NUL counted", kernel, line=b"quiet")
    ask("unknown flag", kernel, flags=NO_INITRAMFS | DEBUG << 8)
    ask("flag of 6.7", kernel, flags=NO_INITRAMFS | DEBUG)
    ask("empty kernel", opened("empty"))
    ask("empty initrd", kernel, opened("empty"), flags=0)
    ask("folder", opened("folder"))
    ask("no initrd, unsaid", kernel, flags=0)
    ask("O_PATH", opened("small", os.O_PATH))
    ask("O_WRONLY", opened("text", os.O_WRONLY))
    ask("2018 bytes with NUL", kernel, line=b"x" * 2017 + b"\0")
    writer = opened("initrd", os.O_RDWR)
    ask("open for writing", kernel, initrd, flags=0)
    os.close(writer)
    ask("crash without a reserve", kernel, flags=NO_INITRAMFS | ON_CRASH)
    unload()
    ask("2017 bytes with NUL", kernel, line=b"x" * 2016 + b"\0")
    unload()
    ask("embedded NUL", kernel, line=b"ro\0quiet\0")
    unload()
    os.lseek(kernel, 4096, os.SEEK_SET)
    ask("not at offset 0", kernel)
    unload()
    ask("memory file", in_memory("small"))
    unload()
    ask("half a kernel", opened("cut"))
    unload()
    ask("flipped bit", opened("flipped"))
    unload()
    # Of 512 MB, and it does not take up memory before it is read.
    with open("/t/half", "wb") as file:
        file.truncate(HALF)
    ask("over half of memory", opened("vmlinuz"), opened("half"), flags=0, needed=HALF + UNPACKED)
    try:
        jump()
    except BootError as error:
        print(f"@jump: {error.message}")
    ctypes.CDLL(None).sync()


if __name__ == "__main__":
    main()
