"""What the image has for typing.NamedTuple: tuples with names, made at no cost.

Classes that the sources derive from NamedTuple are derived from `Record` in the image; their
constructors and fields were written out when it was built (initramfs/lean.py).
"""

from _collections import _tuplegetter as field  # type: ignore[import-not-found]

TYPE_CHECKING = False  # typing imports re
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Self

__all__ = ["Record", "field"]


class Record(tuple):  # type: ignore[type-arg]
    """What collections.namedtuple gives every class that it makes."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    @classmethod
    def _make(cls, values: "Iterable[Any]") -> "Self":
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
        return made

    def _replace(self, /, **new: "Any") -> "Self":
        made = tuple.__new__(type(self), map(new.pop, self._fields, self))
        if new:
            raise ValueError(f"Got unexpected field names: {list(new)!r}")
        return made

    def _asdict(self) -> "dict[str, Any]":
        return dict(zip(self._fields, self, strict=True))

    def __repr__(self) -> str:
        inside = ", ".join(map("{}={!r}".format, self._fields, self))
        return f"{type(self).__name__}({inside})"

    def __getnewargs__(self) -> "tuple[Any, ...]":
        return tuple(self)
