"""The kernel's device events, asked for by a write to a device's uevent file."""

import os
import time
from contextlib import closing

import pytest

from bootpy.linux.uevents import DeviceEvents

TRIGGER = "/sys/class/mem/null/uevent"


@pytest.mark.skipif(not os.access(TRIGGER, os.W_OK), reason="needs root, and /sys to write to")
def test_an_event_ends_the_wait() -> None:
    with closing(DeviceEvents()) as events:
        assert not events.wait(time.monotonic() + 0.05)
        with open(TRIGGER, "w", encoding="ascii") as file:
            file.write("change")
        assert events.wait(time.monotonic() + 30)
        # It was taken: nothing waits any more.
        assert not events.wait(time.monotonic() + 0.05)


def test_a_wait_that_is_over_is_none() -> None:
    with closing(DeviceEvents()) as events:
        assert not events.wait(time.monotonic() - 1)
