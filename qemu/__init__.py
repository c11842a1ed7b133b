"""Machines, disks and scenarios in QEMU."""

from pkgutil import extend_path

# The package `qemu.qmp` that QEMU's authors publish lives under the same name as this
# folder: both are to be found.
__path__ = extend_path(__path__, __name__)
