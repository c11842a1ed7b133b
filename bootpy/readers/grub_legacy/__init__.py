"""GRUB legacy (0.97 and what distributions made of it): menu.lst and grub.conf."""

from bootpy.readers.grub_legacy.reader import read

__all__ = ["read"]
