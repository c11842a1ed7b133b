"""FIT: images and configurations in a flattened device tree, as U-Boot boots them.

Source: doc/usage/fit/source_file_format.rst and boot/image-fit.c of U-Boot; the Flattened
Image Tree specification.
"""

import errno
from typing import NamedTuple

from bootpy.images import fdt
from bootpy.images.fdt import Node
from bootpy.images.stretches import Stretch, length

_MACHINES = {
    "arm": "armv7l",
    "arm64": "aarch64",
    "x86": "i686",
    "x86_64": "x86_64",
    "riscv": "riscv64",
    "ppc": "ppc",
    "s390": "s390x",
}
_KERNELS = ("kernel", "kernel_noload")


class Hash(NamedTuple):
    """A checksum of an image's content, as it is stored: "sha256", and its bytes."""

    method: str
    value: bytes


class Part(NamedTuple):
    """One of /images: its name, what it is, and where its content lies in the file.

    `type` is U-Boot's word ("kernel", "ramdisk", "flat_dt", ...), `machine` what it runs on
    as `uname -m` names it ("" for unknown), `compression` "" where there is none.
    """

    name: str
    description: str
    type: str
    machine: str
    os: str
    compression: str
    content: Stretch
    hashes: tuple[Hash, ...] = ()
    signed: bool = False


class Choice(NamedTuple):
    """One of /configurations: the images that boot together, by name; "" for none.

    `setup` is a real-mode part that a kernel for x86 is not whole without.
    """

    name: str
    description: str
    kernel: str
    ramdisk: str = ""
    trees: tuple[str, ...] = ()
    loadables: tuple[str, ...] = ()
    setup: str = ""
    compatible: tuple[str, ...] = ()
    signed: bool = False


class Fit(NamedTuple):
    """A FIT image. `default` names one of the choices, "" where none is the default.

    `troubles` say which images cannot be read, and why; the others can.
    """

    description: str
    parts: dict[str, Part]
    choices: tuple[Choice, ...]
    default: str
    troubles: tuple[str, ...] = ()

    def choice(self, name: str) -> Choice | None:
        """Find a configuration by name, the default one by ""."""
        wanted = name or self.default
        if not wanted and len(self.choices) == 1:
            return self.choices[0]
        return next((one for one in self.choices if one.name == wanted), None)


def is_fit(fd: int) -> bool:
    """Whether the tree at the start of the file has images; OSError as of `read_fit`."""
    return "images" in fdt.read_tree(fd).root.children


def read_fit(fd: int) -> Fit:
    """Read what the FIT image open at `fd` holds, none of the images themselves.

    Without /configurations there is one nameless choice, where it is clear which kernel it is.
    OSError: EINVAL for what is no FIT image, EIO for a damaged or truncated one.
    """
    tree = fdt.read_tree(fd)
    images = tree.root.children.get("images")
    if images is None:
        raise OSError(errno.EINVAL, "a device tree, but no FIT image: it has no /images")
    parts: dict[str, Part] = {}
    troubles = []
    for name, node in images.children.items():
        try:
            parts[name] = _part(fd, name, node, tree.size)
        except OSError as error:
            troubles.append(f"image {name}: {error.strerror}")
    found = tree.root.children.get("configurations")
    default = found.text("default") if found else ""
    if found and found.children:
        choices = tuple(_choice(name, node) for name, node in found.children.items())
    else:
        choices = _without_configurations(parts)
    return Fit(tree.root.text("description"), parts, choices, default, tuple(troubles))


def arguments_in_tree(fd: int, fit: Fit, choice: Choice) -> str:
    """Return the kernel arguments (/chosen, bootargs) in the first device tree of a choice.

    They are what U-Boot leaves in force where its own `bootargs` is not set. "" for none, and
    for a tree that is compressed or cannot be read.
    """
    part = fit.parts.get(next(iter(choice.trees), ""))
    if part is None or part.compression:
        return ""
    try:
        chosen = fdt.read_tree(fd, part.content.offset).root.children.get("chosen")
        return chosen.text("bootargs").strip() if chosen else ""
    except OSError:
        return ""


def _part(fd: int, name: str, node: Node, total: int) -> Part:
    compression = node.text("compression")
    return Part(
        name,
        node.text("description"),
        node.text("type"),
        _MACHINES.get(node.text("arch"), node.text("arch")),
        node.text("os"),
        "" if compression == "none" else compression,
        _content(fd, node, total),
        tuple(
            Hash(child.text("algo"), child.content("value"))
            for name, child in node.children.items()
            if name.startswith("hash")
        ),
        any(name.startswith("signature") for name in node.children),
    )


def _content(fd: int, node: Node, total: int) -> Stretch:
    """Find the content: in the tree, or behind it (data-offset), or anywhere (data-position)."""
    inline = node.properties.get("data")
    position, offset = node.number("data-position"), node.number("data-offset")
    size = node.number("data-size")
    if position is None and offset is not None:
        position = ((total + 3) & ~3) + offset
    if position is None or size is None:
        if inline is None:
            raise OSError(errno.EIO, "it has no data")
        return inline
    if position + size > length(fd):
        raise OSError(
            errno.EIO, f"it is truncated: {position + size - length(fd)} bytes of it are missing"
        )
    return Stretch(position, size)


def _choice(name: str, node: Node) -> Choice:
    return Choice(
        name,
        node.text("description"),
        node.text("kernel"),
        node.text("ramdisk"),
        tuple(node.texts("fdt")),
        tuple(node.texts("loadables")),
        node.text("setup"),
        tuple(node.texts("compatible")),
        any(child.startswith("signature") for child in node.children),
    )


def _without_configurations(parts: dict[str, Part]) -> tuple[Choice, ...]:
    kernels = [part.name for part in parts.values() if part.type in _KERNELS]
    ramdisks = [part.name for part in parts.values() if part.type == "ramdisk"]
    trees = tuple(part.name for part in parts.values() if part.type == "flat_dt")
    if len(kernels) != 1 or len(ramdisks) > 1:
        return ()
    return (Choice("", "", kernels[0], next(iter(ramdisks), ""), trees if len(trees) == 1 else ()),)
