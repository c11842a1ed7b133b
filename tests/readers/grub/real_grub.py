"""GRUB itself, run in user space: grub-emu runs scripts, grub-script-check parses them.

Many scripts go through one process: a grub.cfg sources each from a memory disk (a tar file) with
a marker before it. What the terminal adds (escape sequences, carriage returns, the progress of
a file that is read) and GRUB's error messages, which are no command's output, are taken away.
"""

import io
import re
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

MARK = "@@"

_PROGRESS = re.compile(r"\x1b\[\d+;\d+H +\[ [^\x1b]* \]\x1b\[\d+;\d+H")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_ERROR = re.compile(
    r"error:\s(?:(?:invalid variable name|can't find command) `[^`]*?'\.|[^\n]*\.)\n"
)


class GrubError(Exception):
    """grub-emu died, or did not come to an end."""


def driver(count: int) -> str:
    """The script that runs /s/0, /s/1 and so on, each after its marker."""
    # A short prefix, so that no error message with it in is broken over lines.
    lines = ["set root=memdisk", "set prefix=(memdisk)/boot/grub"]
    for number in range(count):
        lines += [
            f"echo {MARK}{number}",
            "unset a; unset b; unset c; unset xx; unset _y; unset v1; setparams",
            f"source (memdisk)/s/{number}",
            'echo "[$?]"',
        ]
    return "\n".join([*lines, f"echo {MARK}{count}", "exit", ""])


def printed(scripts: Sequence[bytes], files: dict[str, bytes], folder: Path) -> list[str]:
    """Run the scripts, with `files` on the disk they see; what each printed. GrubError."""
    folder.mkdir(exist_ok=True, parents=True)
    with tarfile.open(folder / "disk.tar", "w", format=tarfile.USTAR_FORMAT) as disk:
        for name, content in files.items():
            _add(disk, name, content)
        for number, script in enumerate(scripts):
            _add(disk, f"s/{number}", script)
    (folder / "grub.cfg").write_text(driver(len(scripts)))
    command = ["grub-emu", "-d", str(folder), "-r", "host", f"--memdisk={folder / 'disk.tar'}"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        )
    except subprocess.TimeoutExpired:
        raise GrubError("no end after 60 seconds") from None
    text = done.stdout.decode("utf-8", "surrogateescape")
    pieces = split(plain(text), len(scripts))
    if pieces is None:
        raise GrubError(f"exit status {done.returncode}, {text[-300:]!r}")
    return pieces


def split(text: str, count: int) -> list[str] | None:
    """What stands between the markers; None where one is missing."""
    pieces = []
    for number in range(count):
        before, mark, text = text.partition(f"{MARK}{number}\n")
        if number:
            pieces.append(before)
        if not mark:
            return None
    last, mark, _ = text.partition(f"{MARK}{count}\n")
    return [*pieces, last] if mark else None


def plain(text: str) -> str:
    """The text without what the terminal and GRUB's complaints put into it."""
    text = _PROGRESS.sub("", text).replace("\r", "")
    return _ERROR.sub("", _ESCAPE.sub("", text))


def parses(scripts: Sequence[bytes], folder: Path) -> list[bool]:
    """Whether grub-script-check finds each script well-formed."""
    answers = []
    for script in scripts:
        (folder / "check.cfg").write_bytes(script)
        done = subprocess.run(
            ["grub-script-check", str(folder / "check.cfg")],
            capture_output=True,
            check=False,
            timeout=60,
        )
        answers.append(done.returncode == 0 or b"contains no commands" in done.stderr)
    return answers


def _add(disk: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    disk.addfile(entry, io.BytesIO(content))
