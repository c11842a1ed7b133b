"""Machines in QEMU: each test here boots at least one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from console_talk import Start
from kexec_calls import Running

from initramfs.userlands import NAMES
from qemu.guest import Guest
from qemu.machine import Machine
from qemu.places import BUILD, REPOSITORY
from qemu.scenarios import TARGET, Scenario, System

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Start scenarios whose consoles are kept in build/logs under the test's name."""
    with ExitStack() as running:
        count = 0

        def begin(machine: Machine, system: System = TARGET) -> Scenario:
            nonlocal count
            count += 1
            log = BUILD / "logs" / f"{request.node.name}-{count}.log"
            return running.enter_context(Scenario(machine, system, log=log))

        yield begin


@pytest.fixture
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    """Run a machine without the states of a scenario; its console is kept as `start` keeps it."""
    with ExitStack() as stack:

        def begin(machine: Machine) -> Guest:
            log = BUILD / "logs" / f"{request.node.name}.log"
            return stack.enter_context(machine.start(log=log))

        yield begin


@pytest.fixture(params=NAMES)
def userland(request: pytest.FixtureRequest) -> str:
    """Each userland in turn, for tests of what it may have broken."""
    name: str = request.param
    return name


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what takes many minutes, unless it is asked for."""
    if item.get_closest_marker("long") and not os.environ.get("BOOTPY_LONG"):
        pytest.skip("takes many minutes: make test LONG=1")


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the Debian package of the tree as it is."""
    if not shutil.which("dh") or not shutil.which("lintian"):
        pytest.skip("what builds the package is not installed (.ci/setup packaging)")
    return build_package(tmp_path_factory.mktemp("package"))


def build_package(into: Path, **options: Any) -> Path:
    """Build it once more, with other options of subprocess.run, and return its file."""
    done = subprocess.run(
        [REPOSITORY / ".ci/deb", into], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stderr
    (built,) = into.glob("*.deb")
    assert done.stdout == f"{built}\n"
    return built
