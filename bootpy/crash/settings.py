"""What is to become of a crash dump: /etc/bootpy/crash.toml.

Every key is optional; what an unknown or mistyped one would have meant is never guessed.
"""

import os
import tomllib
from typing import Any, NamedTuple

from bootpy.crash.server import is_server
from bootpy.errors import BootError

PATH = "etc/bootpy/crash.toml"
"""The file, below the root folder."""

AFTERWARDS = ("reboot", "poweroff", "prompt")


class Settings(NamedTuple):
    """The keys of the file, and what holds where they are missing.

    `to` is where dumps are saved: a folder, by its absolute path, or one on a server,
    "nfs:HOST:/FOLDER" or "ssh:USER@HOST:/FOLDER"; `key` is the file of the private key to log in
    there with, "" for root's own. `kernel` is the file of the
    capture kernel, "" for that of the running one; `append` goes behind its command line.
    `makedumpfile` tells whether it filters and compresses the dump where it is installed; `level`
    are the kinds of pages that it leaves out (makedumpfile(8), -d). `failed` is what follows where
    no dump could be saved: "reboot", "poweroff", or "prompt". `wait` is how many seconds a disk
    may take to appear, `pause` how many the console stays readable before a reboot after a
    failure, `limit` how many all of it may take, 0 for any number.
    """

    to: str = "/var/crash"
    key: str = ""
    kernel: str = ""
    append: str = ""
    makedumpfile: bool = True
    level: int = 31
    failed: str = "reboot"
    wait: int = 60
    pause: int = 10
    limit: int = 7200


_WORDS = {str: "a string", int: "a number that is not negative", bool: "true or false"}


def read(root: str = "/") -> Settings:
    """Read the file below `root`; where it is not there, what holds without it.

    BootError names the file, the key and the remedy.
    """
    path = os.path.join(root, PATH)
    try:
        with open(path, "rb") as file:
            table = tomllib.load(file)
    except FileNotFoundError:
        return Settings()
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise BootError(f"{path}: {why}", "docs/crash.md has the keys of the file") from None
    return _checked(path, table)


def _checked(path: str, table: dict[str, Any]) -> Settings:
    types = Settings.__annotations__
    for key, value in table.items():
        kind = types.get(key)
        if kind is None:
            raise BootError(f"{path}: {key} is no key of it", f"the keys are {', '.join(types)}")
        if type(value) is not kind or (kind is int and value < 0):
            raise BootError(f"{path}: {key} is {value!r}", f"it is to be {_WORDS[kind]}")
    settings = Settings(**table)
    if settings.failed not in AFTERWARDS:
        raise BootError(
            f"{path}: failed is {settings.failed!r}", f"it is one of {', '.join(AFTERWARDS)}"
        )
    if settings.level > 31:
        raise BootError(
            f"{path}: level is {settings.level}", "it is 0 to 31, as of makedumpfile's -d"
        )
    if not os.path.isabs(settings.to) and not is_server(settings.to):
        raise BootError(
            f"{path}: to is {settings.to!r}",
            "give a folder by its absolute path, or nfs:HOST:/FOLDER, or ssh:USER@HOST:/FOLDER",
        )
    return settings
