"""Images: the userland, kernel modules, cpio and profiles of the loader."""
