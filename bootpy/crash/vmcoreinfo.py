"""VMCOREINFO: what a kernel says of itself for those who read its memory after a crash.

Source: Documentation/admin-guide/kdump/vmcoreinfo.rst of Linux 6.1.
"""

from typing import NamedTuple

from bootpy.errors import BootError

NOTE = "VMCOREINFO"
"""The name of the note in a core."""


class Vmcoreinfo(NamedTuple):
    """Lines KEY=VALUE, by key: "OSRELEASE", "SYMBOL(prb)", "OFFSET(prb_desc.state_var)"."""

    values: dict[str, str]

    @property
    def release(self) -> str:
        """The kernel's release, as `uname -r` has it; "" where unknown."""
        return self.values.get("OSRELEASE", "")

    def text(self, key: str) -> str:
        """Return the value of a key as it stands, "" where there is none."""
        return self.values.get(key, "")

    def symbol(self, name: str) -> int:
        """Return the virtual address of a symbol. BootError: it is not told."""
        return self._number(f"SYMBOL({name})", 16)

    def offset(self, field: str) -> int:
        """Return the offset in bytes of a field, "structure.field". BootError: it is not told."""
        return self._number(f"OFFSET({field})", 10)

    def size(self, structure: str) -> int:
        """Return the size in bytes of a structure. BootError: it is not told."""
        return self._number(f"SIZE({structure})", 10)

    def number(self, name: str) -> int | None:
        """Return a number; None where it is not told."""
        text = self.values.get(f"NUMBER({name})", "")
        try:
            return int(text, 0)
        except ValueError:
            return None

    def _number(self, key: str, base: int) -> int:
        text = self.values.get(key)
        try:
            if text is not None:
                return int(text, base)
        except ValueError:
            pass
        said = "has no" if text is None else f"says {text!r} of"
        raise BootError(
            f"the crashed kernel's VMCOREINFO {said} {key}",
            "kernels before 5.10 keep their log otherwise; makedumpfile --dump-dmesg reads those",
        )


def parse(content: bytes) -> Vmcoreinfo:
    """Parse the content of the note; a line without "=" is passed over."""
    lines = content.rstrip(b"\0").decode("ascii", "replace").splitlines()
    pairs = (line.partition("=") for line in lines)
    return Vmcoreinfo({key: value.strip() for key, mark, value in pairs if mark})
