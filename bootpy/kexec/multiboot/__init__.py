"""Multiboot kernels, versions 1 and 2: Xen, GNU Mach and others that are no Linux."""
