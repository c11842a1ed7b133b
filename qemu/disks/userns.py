"""Root's view without root: user namespaces in which files may have any owner."""

import os
from collections.abc import Sequence
from pathlib import Path

from bootpy.errors import BootError
from qemu.places import call


def call_as_root(arguments: Sequence[str | Path], *, mounts: bool = False) -> str:
    """Run a program that sees itself as root; returns its standard output.

    As root it simply runs; as another user in a user namespace whose further owners come
    from /etc/subuid (newuidmap, Debian's package uidmap). With `mounts` it may mount, and
    nobody else sees it.
    """
    words: list[str | Path] = []
    if os.geteuid() != 0:
        words = ["unshare", "--map-root-user", "--map-auto"]
    if mounts:
        words = [*(words or ["unshare"]), "--mount"]
    try:
        return call([*words, *arguments])
    except BootError as error:
        if words and "newuidmap" in error.message:
            raise BootError(
                error.message,
                "Install Debian's package uidmap, and see that /etc/subuid and /etc/subgid "
                "name you (usermod --add-subuids 100000-165535 --add-subgids 100000-165535).",
            ) from None
        raise
