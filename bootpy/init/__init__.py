"""PID 1: supervisor, early mounts, drivers, the boot itself, the rescue prompt."""
