"""Takes the place of the standard library's signal in the boot image: numbers as they are.

The original makes an enumeration of every group of constants when it is imported, and so
imports enum. Here they are made when somebody asks for them.
"""

import _signal  # type: ignore[import-not-found]
from _signal import *  # noqa: F403

TYPE_CHECKING = False  # typing imports re
if TYPE_CHECKING:
    from typing import Any


def __getattr__(name: str) -> "Any":
    beginnings = {
        "Signals": ("SIG", "CTRL_"),
        "Handlers": ("SIG_DFL", "SIG_IGN"),
        "Sigmasks": ("SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK"),
    }.get(name)
    if beginnings is None:
        raise AttributeError(f"module 'signal' has no attribute {name!r}")
    from enum import IntEnum

    found = {
        constant: value
        for constant, value in vars(_signal).items()
        if constant.startswith(beginnings) and (name != "Signals" or "_" not in constant)
    }
    globals()[name] = made = IntEnum(name, found)
    return made
