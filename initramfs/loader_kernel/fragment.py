"""A fragment of a kernel configuration: the options that are wanted, in named blocks.

The lines are those of a .config (Documentation/kbuild/kconfig.rst): "CONFIG_X=value" or
"# CONFIG_X is not set". A comment "#: NAME" begins a block, which can be left out by name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bootpy.errors import BootError

_SET = re.compile(r'(CONFIG_\w+)=(y|-?\d+|0x[0-9a-fA-F]+|"(?:[^"\\]|\\.)*")')
_UNSET = re.compile(r"# (CONFIG_\w+) is not set")


@dataclass(frozen=True)
class Fragment:
    """Options by block: `blocks[block][option]` is the value as a .config has it, "n" for off."""

    path: Path
    blocks: dict[str, dict[str, str]]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the fragment at `path`; BootError names the line that is none."""
        blocks: dict[str, dict[str, str]] = {}
        options: dict[str, int] = {}
        block = ""
        for number, line in enumerate(path.read_text().splitlines(), 1):
            place = f"{path}:{number}"
            if line.startswith("#:"):
                block = line[2:].strip()
                if not block or block in blocks:
                    raise BootError(
                        f"{place}: no name for a block, or one that was there already: {line}",
                        'Begin each block with "#: NAME", each with a name of its own.',
                    )
                blocks[block] = {}
                continue
            option = parse_option(line)
            if option is None:
                if line.strip() and not line.startswith("#"):
                    raise BootError(
                        f"{place}: no option of a kernel configuration: {line}",
                        'Write CONFIG_X=y, a number, a "string", or "# CONFIG_X is not set"; '
                        "modules (=m) the loader's kernel has none.",
                    )
                continue
            name, value = option
            if name in options:
                raise BootError(f"{place}: {name} stands in line {options[name]} already")
            if not block:
                raise BootError(f"{place}: {name} is in no block", 'Put "#: NAME" before it.')
            options[name] = number
            blocks[block][name] = value
        return cls(path, blocks)

    def without(self, names: Iterable[str]) -> Self:
        """Return the fragment less the blocks `names`; BootError for one that is not there."""
        left = dict(self.blocks)
        for name in names:
            if name not in left:
                raise BootError(
                    f"{self.path} has no block {name!r}", f"Blocks are: {', '.join(self.blocks)}."
                )
            del left[name]
        return type(self)(self.path, left)

    @property
    def options(self) -> dict[str, str]:
        """All options with their values."""
        return {name: value for block in self.blocks.values() for name, value in block.items()}


def parse_option(line: str) -> tuple[str, str] | None:
    """Return the option and the value of one line of a configuration; None where it is none."""
    found = _SET.fullmatch(line)
    if found:
        return found[1], found[2]
    found = _UNSET.fullmatch(line)
    return (found[1], "n") if found else None


def text_of(options: dict[str, str]) -> str:
    """Return `options` as lines of a .config."""
    lines = (
        f"# {name} is not set" if value == "n" else f"{name}={value}"
        for name, value in options.items()
    )
    return "".join(f"{line}\n" for line in lines)


def quoted(text: str) -> str:
    """Return `text` as a string of a .config; BootError where a line of it cannot hold it."""
    if not text.isprintable() or not text.isascii():
        raise BootError(
            f"{text!r} can be no string of a kernel configuration",
            "Use printable ASCII characters.",
        )
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ineffective(wanted: dict[str, str], configuration: str) -> list[str]:
    """Say which options did not come out as wanted in the .config text `configuration`.

    An option that Kconfig does not show (its dependencies are not met, or there is none of
    this name) counts as "n".
    """
    parsed = (parse_option(line) for line in configuration.splitlines())
    had = dict(option for option in parsed if option is not None)
    return [
        f"{name}: {value} was wanted, and it is {had.get(name, 'n')}"
        for name, value in wanted.items()
        if had.get(name, "n") != value
    ]
