"""GRUB's variables: text values, some of them exported to the contexts within."""


class Variables:
    """One context's variables."""

    __slots__ = ("_exported", "_values")

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._exported: set[str] = set()

    def get(self, name: str) -> str | None:
        """The value, or None where the variable is not set."""
        return self._values.get(name)

    def set(self, name: str, value: str) -> None:
        """Set; `root` loses its parentheses, as in GRUB."""
        if name == "root" and value[:1] == "(" and value[-1:] == ")":
            value = value[1:-1]
        self._values[name] = value

    def unset(self, name: str) -> None:
        """Remove the value; the variable is then not exported any more."""
        self._values.pop(name, None)
        self._exported.discard(name)

    def export(self, name: str) -> None:
        """Make contexts within inherit the variable, which is made where it is missing."""
        self._values.setdefault(name, "")
        self._exported.add(name)

    def is_exported(self, name: str) -> bool:
        """Whether contexts within inherit the variable."""
        return name in self._exported

    def copy(self) -> "Variables":
        """The same variables, to be changed apart."""
        other = Variables()
        other._values = self._values.copy()
        other._exported = self._exported.copy()
        return other

    def within(self) -> "Variables":
        """What a submenu or a configfile begins with: the exported ones."""
        other = Variables()
        other._values = {
            name: self._values[name] for name in self._exported if name in self._values
        }
        other._exported = self._exported.copy()
        return other

    def sorted(self) -> list[tuple[str, str]]:
        """Names and values by name."""
        return sorted(self._values.items())
