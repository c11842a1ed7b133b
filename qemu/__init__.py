"""Machines, disks and scenarios in QEMU."""
