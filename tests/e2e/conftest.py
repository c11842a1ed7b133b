"""Machines in QEMU: each test here boots at least one."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from console_talk import Start
from kexec_calls import Running

from initramfs.userlands import NAMES
from qemu.guest import Guest
from qemu.machine import Machine
from qemu.places import BUILD
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
