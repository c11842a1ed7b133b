"""The folders and device nodes that every image has."""

from initramfs.tree import Tree

_MERGED = ("bin", "sbin", "lib", "lib64")
_MOUNTPOINTS = {"dev": 0o755, "proc": 0o555, "sys": 0o555, "run": 0o755, "tmp": 0o1777}


def lay(tree: Tree) -> None:
    """Put them into `tree`."""
    for name in _MERGED:
        tree.folder(f"usr/{name}")
        tree.link(name, f"usr/{name}")
    for name, mode in _MOUNTPOINTS.items():
        tree.folder(name, mode)
    # For what is written before devtmpfs is mounted.
    tree.character_device("dev/console", 5, 1, 0o600)
    tree.character_device("dev/null", 1, 3, 0o666)
    # Python seeds its hashes before anything can be mounted, and ends where it gets nothing
    # for it: getrandom(2) has nothing yet on a machine without a hardware source.
    tree.character_device("dev/urandom", 1, 9, 0o666)
