"""The running system, on its way down: mounts, processes, init, devices."""
