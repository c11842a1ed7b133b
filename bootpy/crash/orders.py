"""What the capture kernel is to do: written into the image when it is made, read when it runs."""

import json
from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.linux.device_mapper import Target

PATH = "/etc/bootpy/capture.json"
"""The file, in the image."""


class Orders(NamedTuple):
    """What the image was made for; see `bootpy.crash.settings.Settings` and `place.DiskPlace`.

    `kind` is a file system's type, or "nfs" or "ssh": then `server` is its address, `user` who logs
    in there, `host` how its key is known, `key` the file of the one to log in with, `name` this
    machine's, and `link` the way there: the interface's hardware address, its address, netmask,
    and the gateway. `parts` and `targets` are those of `mapped.Mapping`, for a logical volume.
    `modules` are the names of those to load, in this order; `program` is
    makedumpfile's path, "" for none.
    """

    kind: str
    uuid: str
    path: str
    modules: list[str]
    server: str = ""
    user: str = ""
    host: str = ""
    key: str = ""
    name: str = ""
    link: tuple[str, str, str, str] = ("", "", "", "")
    parts: tuple[tuple[str, str], ...] = ()
    targets: tuple[Target, ...] = ()
    program: str = ""
    level: int = 31
    failed: str = "reboot"
    wait: int = 60
    pause: int = 10
    limit: int = 7200


def written(orders: Orders) -> bytes:
    """Return the file's content."""
    return json.dumps(orders._asdict(), indent=1).encode()


def read(path: str = PATH) -> Orders:
    """Read the file. BootError: the image is not as it was made."""
    try:
        with open(path, encoding="utf-8") as file:
            found = Orders(**json.load(file))
            # Lists, in JSON.
            return found._replace(
                link=(*found.link,),
                parts=tuple((kind, uuid) for kind, uuid in found.parts),
                targets=tuple(Target(*each) for each in found.targets),
            )
    except (OSError, ValueError, TypeError) as error:
        raise BootError(f"{path}: {error}", "bootpy crash load makes the image anew") from error
