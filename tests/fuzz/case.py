"""One fuzzing input: volumes with everything in them, kept as JSON so that it can be run again."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bootpy.entry import Host

Special = Literal["folder", "fifo", "socket", "device"]


@dataclass(frozen=True)
class Link:
    """A symbolic link; `OUTSIDE` in its target stands for the folder beside the volume."""

    target: str


@dataclass(frozen=True)
class Other:
    """What is no file: a folder, or something that must not be opened."""

    kind: Special


@dataclass(frozen=True)
class Locked:
    """A file that nobody may read (except root)."""

    content: bytes


Node = bytes | Link | Other | Locked


@dataclass(frozen=True)
class Tree:
    """A volume to be: its names, and what stands at each path."""

    nodes: dict[str, Node]
    name: str = "sda1"
    uuid: str = ""
    label: str = ""
    partuuid: str = ""
    partlabel: str = ""
    grub: str = ""
    ignores_case: bool = False


@dataclass(frozen=True)
class Case:
    """What a reader is given. The first tree is its home; `on_disk` makes real folders of them.

    `why` says what was found with it; `open` is not empty as long as that is not mended.
    """

    format: str
    trees: tuple[Tree, ...]
    host: Host = field(default=Host("efi", "x86_64"))
    on_disk: bool = False
    why: str = ""
    open: str = ""

    @property
    def size(self) -> int:
        """Bytes of all names and contents."""
        return sum(
            len(path) + len(node.content if isinstance(node, Locked) else node)
            for tree in self.trees
            for path, node in tree.nodes.items()
            if isinstance(node, bytes | Locked)
        )


def to_json(case: Case) -> str:
    """Return the case as text that a person can read where its files are text."""
    kept = {
        "format": case.format,
        "why": case.why,
        "open": case.open,
        "on_disk": case.on_disk,
        "host": case.host._asdict(),
        "trees": [
            {**tree.__dict__, "nodes": {path: _kept(node) for path, node in tree.nodes.items()}}
            for tree in case.trees
        ],
    }
    return json.dumps(kept, indent=1) + "\n"


def _kept(node: Node) -> dict[str, str]:
    match node:
        case Link(target):
            return {"link": target}
        case Other(kind):
            return {"other": kind}
        case Locked(content):
            return {"locked": base64.b64encode(content).decode()}
        case _:
            try:
                return {"text": node.decode()}
            except UnicodeDecodeError:
                return {"base64": base64.b64encode(node).decode()}


def from_json(text: str) -> Case:
    """Return the case that `to_json` wrote."""
    kept = json.loads(text)
    host = kept["host"]
    variables = tuple((name, value) for name, value in host["efi_variables"])
    return Case(
        format=kept["format"],
        trees=tuple(
            Tree(**{**tree, "nodes": {path: _node(node) for path, node in tree["nodes"].items()}})
            for tree in kept["trees"]
        ),
        host=Host(host["platform"], host["machine"], variables),
        on_disk=kept["on_disk"],
        why=kept["why"],
        open=kept["open"],
    )


def _node(kept: dict[str, Any]) -> Node:
    match kept:
        case {"link": target}:
            return Link(target)
        case {"other": kind}:
            return Other(kind)
        case {"locked": content}:
            return Locked(base64.b64decode(content))
        case {"text": text}:
            encoded: bytes = text.encode()
            return encoded
        case {"repeat": [text, times, after]}:
            repeated: bytes = text.encode() * times + after.encode()
            return repeated
        case _:
            return base64.b64decode(kept["base64"])


def load(path: Path) -> Case:
    """Read a case from a file."""
    return from_json(path.read_text())
