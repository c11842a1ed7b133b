"""/etc/default/kexec and /etc/default/kexec.d: what Debian's kexec-tools takes its settings from.

They are pieces of shell, which kexec-tools' scripts source in this order; people write
APPEND="$(cat /proc/cmdline) single" there. So a shell reads them here too, and is asked what it
has in the end. Source: /etc/init.d/kexec-load of Debian's kexec-tools 2.0.25, and the
package's postinst, which writes the file that most systems have.
"""

import os
import re
from typing import NamedTuple

from bootpy.errors import BootError

FILE = "etc/default/kexec"
FOLDER = "etc/default/kexec.d"

_PATIENCE = 10.0
"""Seconds that the files may take."""

_NAMES = ("LOAD_KEXEC", "KERNEL_IMAGE", "INITRD", "APPEND", "USE_GRUB_CONFIG")
# run-parts(8) takes names of these characters alone: no backups, nothing of dpkg's.
_PART = re.compile(r"[A-Za-z0-9_-]+")
# What they print, and what else they set, is nobody's concern.
_SCRIPT = """\
for file; do
    . "$file" >/dev/null
done
printf '%s\\0' "$LOAD_KEXEC" "$KERNEL_IMAGE" "$INITRD" "$APPEND" "$USE_GRUB_CONFIG"
"""

_SHIPPED_KERNELS = ("/vmlinuz", "/boot/vmlinuz")
_SHIPPED_INITRDS = ("", "/initrd.img", "/boot/initrd.img")


class Settings(NamedTuple):
    """What the files say in the end; `files` are those that were read. Texts are as written.

    `load` is None where nothing is said of LOAD_KEXEC.
    """

    files: tuple[str, ...] = ()
    load: bool | None = None
    kernel: str = ""
    initrd: str = ""
    append: str = ""
    use_grub: bool = False

    @property
    def choose(self) -> bool:
        """Whether somebody chose a kernel or a command line: other than the default entry.

        With USE_GRUB_CONFIG=true that is what the boot loader would boot, which is the default
        entry. And /vmlinuz with /initrd.img stands in the file that kexec-tools writes by itself.
        """
        if self.use_grub:
            return False
        shipped = self.kernel in _SHIPPED_KERNELS and self.initrd in _SHIPPED_INITRDS
        return bool(self.append) or (bool(self.kernel) and not shipped)

    def words(self) -> list[str]:
        """Return what `bootpy load` is to be given for it."""
        if not self.choose:
            return []
        words = [f"--kernel={self.kernel}"] if self.kernel else []
        words += [f"--initrd={self.initrd}"] if self.initrd and self.kernel else []
        if self.append:
            return [*words, f"--command-line={self.append}"]
        return [*words, "--reuse-cmdline"]


def read(root: str = "/") -> Settings:
    """Read the files below `root`. BootError: a shell cannot make sense of them."""
    import subprocess

    files = _files(root)
    if not files:
        return Settings()
    try:
        done = subprocess.run(
            ["sh", "-c", _SCRIPT, "sh", *files],
            env={name: text for name, text in os.environ.items() if name not in _NAMES},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BootError(
            f"{', '.join(files)}: not read to the end within {_PATIENCE:g} seconds",
            "these files only set variables; take out what else is in them",
        ) from None
    values = done.stdout.decode(errors="surrogateescape").split("\0")
    if done.returncode or len(values) != len(_NAMES) + 1:
        said = done.stderr.decode(errors="replace").strip().replace("\n", "; ")
        raise BootError(
            f"{', '.join(files)}: the shell ended with status {done.returncode}: {said}",
            f"run `sh -n {files[0]}`, and see docs/autoload.md for what can stand in it",
        )
    load, kernel, initrd, append, use_grub, _ = values
    return Settings(
        tuple(files), _truth(load), kernel, initrd, append.strip(), _truth(use_grub) is True
    )


def _files(root: str) -> list[str]:
    file, folder = os.path.join(root, FILE), os.path.join(root, FOLDER)
    found = [file] if os.path.isfile(file) else []
    try:
        names = sorted(name for name in os.listdir(folder) if _PART.fullmatch(name))
    except FileNotFoundError:
        names = []
    paths = [os.path.join(folder, name) for name in names]
    return [os.path.abspath(path) for path in [*found, *filter(os.path.isfile, paths)]]


def _truth(text: str) -> bool | None:
    # kexec-tools' scripts ask for "true"; its postinst takes "1" for the same.
    return text.strip() in {"true", "1"} if text.strip() else None
