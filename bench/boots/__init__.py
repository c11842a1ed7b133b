"""Boots side by side: bootpy, and what else can load a kernel, in guest instructions.

`loaders` makes the initramfs of each, `disks` what they boot from, `rows` says which loader
runs on which kernel, `phases` splits a run, and `measure` brings it together.
"""
