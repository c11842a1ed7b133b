"""The disk that a dump is to be saved on, or the NFS server: found and mounted.

In the capture kernel.
"""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from bootpy.crash.mapped import Mapping, numbered
from bootpy.errors import BootError
from bootpy.linux import blkid, device_mapper, mounts
from bootpy.linux.uevents import DeviceEvents

_VOLUME = "bootpy-dump"
_BLOCK = "/sys/class/block"
_NFS_VERSIONS = ("4.2", "4.1", "4.0", "3")
_LOOK_AGAIN = 5.0  # seconds: a disk that becomes ready may say so by no event


def wait_for(kind: str, uuid: str, seconds: float) -> str:
    """Return the node of the device that holds this file system, once it is there.

    BootError: it did not appear in time; which devices did.
    """
    end = time.monotonic() + seconds
    with closing(DeviceEvents()) as events:
        while True:
            seen = dict(_contents())
            for node, values in seen.items():
                if values.get("UUID") == uuid and values.get("TYPE") == kind:
                    return node
            now = time.monotonic()
            if now >= end:
                break
            events.wait(min(end, now + _LOOK_AGAIN))
    there = ", ".join(f"{node} ({values.get('TYPE', 'unknown')})" for node, values in seen.items())
    raise BootError(
        f"no {kind} with UUID {uuid} appeared within {seconds:g} s; there are: {there or 'none'}",
        "the driver of its disk may be missing, or wait in /etc/bootpy/crash.toml be too short",
    )


def _contents() -> Iterator[tuple[str, dict[str, str]]]:
    names = os.listdir(_BLOCK) if os.path.isdir(_BLOCK) else []
    for name in sorted(names):
        node = f"/dev/{name.replace('!', '/')}"
        if name.startswith(("loop", "ram", "zram", "fd", "sr")):
            continue
        try:
            yield node, blkid.probe(node)
        except OSError:  # no medium, or gone meanwhile
            continue


def assembled(mapping: Mapping, seconds: float) -> str:
    """Put a logical volume together, once what it lies on is there, and return its node.

    BootError: a part of it did not appear in time, or the kernel refuses.
    """
    end = time.monotonic() + seconds
    nodes = [wait_for(kind, uuid, max(0.0, end - time.monotonic())) for kind, uuid in mapping.parts]
    try:
        return device_mapper.create(_VOLUME, numbered(mapping, nodes))
    except OSError as error:
        raise BootError(
            f"the logical volume on {', '.join(nodes)} cannot be put together: {error.strerror}",
            "see the kernel's lines above",
        ) from error


@contextmanager
def mounted(node: str, kind: str, place: str) -> Iterator[None]:
    """Have the file system mounted for writing at `place` while the block lasts.

    BootError: it cannot be mounted. What was written is on the disk afterwards.
    """
    os.makedirs(place, exist_ok=True)
    try:
        mounts.mount_for_dump(node, place, kind)
    except OSError as error:
        raise BootError(
            f"{node} ({kind}) cannot be mounted: {error.strerror}",
            "after the reboot: fsck it; lsmod shows whether its driver is a module of its own",
        ) from error
    with _unmounted_later(place):
        yield


@contextmanager
def mounted_server(address: str, path: str, own: str, place: str) -> Iterator[None]:
    """Have the folder of an NFS server mounted for writing at `place` while the block lasts.

    `own` is this machine's address. The newest version that the server has is taken. BootError: it
    cannot be mounted.
    """
    os.makedirs(place, exist_ok=True)
    for version in _NFS_VERSIONS:
        try:
            mounts.mount_server_for_dump(f"{address}:{path}", place, version, own)
            break
        except OSError as error:
            last = error
    else:
        raise BootError(
            f"{path} of {address} cannot be mounted by NFS: {last.strerror}",
            "the server's /etc/exports has to name this machine",
        ) from last
    with _unmounted_later(place):
        yield


@contextmanager
def _unmounted_later(place: str) -> Iterator[None]:
    try:
        yield
    finally:
        os.sync()
        mounts.unmount(place)
