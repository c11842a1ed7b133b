"""Runs the kernel's own build: one source tree, one folder of objects, a log.

A folder of objects is used again for every configuration: kbuild compiles again what an
option touches, and nothing else, so that one more driver costs seconds.
"""

import os
import subprocess
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from bootpy.errors import BootError
from initramfs.loader_kernel import toolchain
from initramfs.loader_kernel.fragment import ineffective, text_of
from initramfs.progress import say

# Who, where, when and which attempt: what would differ from one build to the next.
SETTINGS = (
    "KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 1970",
    "KBUILD_BUILD_VERSION=1",
    "KBUILD_BUILD_USER=bootpy",
    "KBUILD_BUILD_HOST=bootpy",
)
"""Variables of kbuild (Documentation/kbuild/reproducible-builds.rst)."""

_NEWS = 250
"""So many lines of the build's own are worth one of ours."""


@dataclass(frozen=True)
class Kbuild:
    """The build of the kernel in `source` for kbuild's `architecture` ("x86_64")."""

    source: Path
    objects: Path
    architecture: str
    log: Path

    def configure(self, options: dict[str, str]) -> None:
        """Turn on what `options` name and nothing else.

        BootError names each option that took no effect: one that is misspelt, that this
        kernel does not have, or whose dependencies are off.
        """
        self.objects.mkdir(parents=True, exist_ok=True)
        wanted = self.objects / "wanted.config"
        wanted.write_text(text_of(options))
        self._make("allnoconfig", f"KCONFIG_ALLCONFIG={wanted}")
        missed = ineffective(options, self.configuration())
        if missed:
            raise BootError(
                f"{len(missed)} options of the loader's kernel took no effect:\n  "
                + "\n  ".join(missed),
                f"Look for their dependencies: make -C {self.source} O={self.objects} "
                "menuconfig, then / and the name.",
            )

    def configuration(self) -> str:
        """Return the .config."""
        return (self.objects / ".config").read_text()

    def release(self) -> str:
        """Return what `uname -r` will say."""
        return (self.objects / "include/config/kernel.release").read_text().strip()

    def image(self) -> Path:
        """Compile what changed, link, compress; return the bzImage."""
        self._make("bzImage")
        return self.objects / "arch/x86/boot/bzImage"

    def _make(self, *words: str) -> None:
        jobs = len(os.sched_getaffinity(0))
        command = ["nice", "make", "-C", str(self.source), f"O={self.objects}", f"-j{jobs}"]
        command += [f"ARCH={self.architecture}", *SETTINGS, *words]
        last: deque[str] = deque(maxlen=40)
        with (
            self.log.open("a", buffering=1, encoding="utf-8") as log,
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                env=toolchain.environment(),
            ) as making,
        ):
            assert making.stdout is not None
            for number, line in enumerate(making.stdout, 1):
                log.write(line)
                last.append(line.rstrip())
                if number % _NEWS == 0:
                    say(f"    {number} files: {line.strip()}")
        if making.returncode:
            told = [line for line in last if "rror" in line] or list(last)[-5:]
            raise BootError(
                f"The kernel's build failed (make {words[0]}): {told[0] if told else ''}",
                f"All that it said is in {self.log}.",
            )
