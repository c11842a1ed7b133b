import os
import pickle
import shutil
import subprocess
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bootpy.linux.namespaces import enter_private_mounts

# A busy host is slow, and no test is about time.
settings.register_profile("bootpy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bootpy")


@pytest.fixture
def laid_out(tmp_path: Path) -> Callable[[Mapping[str, str]], str]:
    """Write texts by their paths, as in a machine's /proc and /sys; return the folder for /."""

    def write(files: Mapping[str, str]) -> str:
        for path, text in files.items():
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return str(tmp_path)

    return write


@pytest.fixture
def apart() -> Callable[[Callable[[], object]], object]:
    """Run a function in a process whose mounts are its own, and return what it returns."""
    if os.geteuid() != 0:
        pytest.skip("needs root: a mount namespace is made")
    return _apart


def _apart(work: Callable[[], object]) -> object:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer: tuple[bool, object]
        try:
            try:
                enter_private_mounts()
                answer = (True, work())
            except BaseException:
                answer = (False, traceback.format_exc())
            with open(writing, "wb") as pipe:
                pickle.dump(answer, pipe)
        finally:
            os._exit(0)  # whatever happens, a second pytest must not come of it
    os.close(writing)
    with open(reading, "rb") as pipe:
        done, value = pickle.load(pipe)
    os.waitpid(child, 0)
    if not done:
        pytest.fail(str(value))
    return value


@pytest.fixture
def loop() -> Iterator[Callable[[Path], str]]:
    """Make block devices out of image files; their partitions appear too."""
    if os.geteuid() != 0 or not shutil.which("losetup"):
        pytest.skip("needs root and losetup: a loop device is made")
    nodes = []

    def attach(image: Path) -> str:
        done = subprocess.run(
            ["losetup", "--find", "--show", "--partscan", str(image)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"no loop device to be had: {done.stderr.strip()}")
        nodes.append(done.stdout.strip())
        return nodes[-1]

    yield attach
    for node in nodes:
        # A device that was made read-only would be so for whoever has it next.
        subprocess.run(["blockdev", "--setrw", node], check=True)
        subprocess.run(["losetup", "--detach", node], check=True)


@pytest.fixture
def no_descriptor_leaks() -> Iterator[None]:
    """Have a test fail that leaves open what it opened."""
    before = len(os.listdir("/proc/self/fd"))
    yield
    assert len(os.listdir("/proc/self/fd")) == before
