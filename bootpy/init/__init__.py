"""PID 1: supervisor, early mounts, drivers, the boot itself, the rescue prompt."""

import time

BEGAN = time.monotonic()
"""When the first line of ours ran, in seconds since the kernel's start."""
