"""QEMU's monitor: QMP through qemu.qmp, with a time-out on every command."""

import asyncio
import socket
from contextlib import suppress
from typing import Any

from bootpy.errors import BootError
from qemu.qmp import QMPClient

PATIENCE = 30.0
"""Seconds that a command may take."""


class Monitor:
    """QEMU's QMP at the other end of a connected socket.

    An event loop of its own runs only while a command does: events that come between are
    delivered with the next one.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._loop = asyncio.new_event_loop()
        self._client = QMPClient("bench")
        self._wait(self._client.connect(connection))

    def __call__(self, command: str, **arguments: object) -> Any:
        """Execute a command and return its `return` value.

        Underscores in the names of arguments stand for hyphens. BootError: QEMU refused.
        """
        named = {name.replace("_", "-"): value for name, value in arguments.items()}
        try:
            return self._wait(self._client.execute(command, named or None))
        except Exception as error:
            raise BootError(f"QEMU refused {command} {named or ''}: {error}") from error

    def close(self) -> None:
        """End the connection; QEMU may be gone already."""
        with suppress(Exception):
            self._wait(self._client.disconnect())
        self._loop.close()

    def _wait(self, work: Any) -> Any:
        return self._loop.run_until_complete(asyncio.wait_for(work, PATIENCE))
