"""The device tree that a kernel is entered with: this machine's, with /chosen made anew.

Source: Devicetree Specification 0.4, chapter 5; Documentation/devicetree/bindings/chosen.txt,
drivers/of/kexec.c and Documentation/arm/uefi.rst of Linux 6.1.
"""

import struct
from typing import NamedTuple

from bootpy.errors import BootError
from bootpy.images import fdt
from bootpy.images.stretches import read_stretch
from bootpy.timeline import TREE_PROPERTY

MOST = 2 << 20
"""Bytes: Documentation/arm64/booting.rst has no larger tree."""

# /chosen, as the last boot left it; what is not of this boot goes.
_GONE = frozenset(
    (
        TREE_PROPERTY,
        "bootargs",
        "kaslr-seed",
        "linux,booted-from-kexec",
        "linux,elfcorehdr",
        "linux,initrd-end",
        "linux,initrd-start",
        "linux,usable-memory-range",
        "rng-seed",
    )
)
_EFI = "linux,uefi-"  # where EFI's tables are, as its stub has written it
_OF_MACHINE = frozenset(("local-mac-address", "mac-address", "serial-number"))
_HEADER = struct.Struct(">10I")
_RESERVED = struct.Struct(">QQ")
_BEGIN, _END, _PROPERTY, _LAST = (struct.pack(">I", tag) for tag in (1, 2, 3, 9))
_MOST_RESERVED = 1000


class Branch(NamedTuple):
    """A node: content of its properties, and the nodes in it, by name and in their order."""

    properties: dict[str, bytes]
    children: dict[str, "Branch"]


class Tree(NamedTuple):
    """A whole tree; `reserved` are stretches of memory to keep off: (address, bytes).

    `processor` is the number of the one that the kernel is started on.
    """

    root: Branch
    reserved: tuple[tuple[int, int], ...] = ()
    processor: int = 0


class Boot(NamedTuple):
    """What a kernel is told in /chosen: `initrd` is from where to where, (0, 0) for none.

    Both seeds are random bytes, none where there are none to give; `record` is the timeline's,
    none where the next system is not to be told.
    """

    cmdline: bytes
    initrd: tuple[int, int] = (0, 0)
    address_seed: bytes = b""
    seed: bytes = b""
    record: bytes = b""


def read(fd: int, name: str) -> Tree:
    """Read the tree in the file open at `fd`, which messages call `name`; BootError for none."""
    try:
        root = _branch(fdt.read_tree(fd).root)
        head = _HEADER.unpack(read_stretch(fd, 0, _HEADER.size))
        return Tree(root, _reserved(fd, head[4]), head[7])
    except OSError as error:
        raise BootError(
            f"{name} is no device tree that can be handed over: {error.strerror}",
            "name a .dtb file for this machine, or none to go on with the tree that it has",
        ) from error


def completed(given: Tree, own: Tree) -> Tree:
    """Return a tree from a file with what only this machine's `own` knows.

    That is where EFI's tables are, how much memory there is, addresses of network interfaces: a
    boot loader fills that into trees from files.
    """
    given = given._replace(root=_with_own(given.root, own.root))
    children = {name: each for name, each in given.root.children.items() if not _is_memory(name)}
    children |= {name: each for name, each in own.root.children.items() if _is_memory(name)}
    if not any(map(_is_memory, own.root.children)):
        children = dict(given.root.children)
    chosen = _chosen(given)
    told = {name: text for name, text in _chosen(own).properties.items() if name.startswith(_EFI)}
    children["chosen"] = chosen._replace(properties={**chosen.properties, **told})
    return given._replace(root=given.root._replace(children=children), processor=own.processor)


def for_boot(tree: Tree, boot: Boot) -> Tree:
    """Return the tree with which `boot` is started."""
    before = _chosen(tree)
    kept = {name: text for name, text in before.properties.items() if name not in _GONE}
    kept["bootargs"] = boot.cmdline + b"\0"
    start, end = boot.initrd
    if end:
        kept |= {
            "linux,initrd-start": start.to_bytes(8, "big"),
            "linux,initrd-end": end.to_bytes(8, "big"),
        }
    kept |= {"kaslr-seed": boot.address_seed} if boot.address_seed else {}
    kept |= {"rng-seed": boot.seed} if boot.seed else {}
    kept |= {TREE_PROPERTY: boot.record} if boot.record else {}
    kept["linux,booted-from-kexec"] = b""
    children = {**tree.root.children, "chosen": before._replace(properties=kept)}
    # The initrd of the last boot is free memory by now.
    first = int.from_bytes(before.properties.get("linux,initrd-start", b""), "big")
    reserved = tuple(each for each in tree.reserved if not first or each[0] != first)
    return tree._replace(root=tree.root._replace(children=children), reserved=reserved)


def encode(tree: Tree) -> bytes:
    """Return the tree as a kernel takes it (version 17); BootError for one of over 2 MiB."""
    names: dict[str, int] = {}
    strings = bytearray()
    structure = bytearray()

    def put(name: str, branch: Branch) -> None:
        structure.extend(_BEGIN + _padded(name.encode() + b"\0"))
        for key, content in branch.properties.items():
            if key not in names:
                names[key] = len(strings)
                strings.extend(key.encode() + b"\0")
            structure.extend(_PROPERTY + struct.pack(">II", len(content), names[key]))
            structure.extend(_padded(content))
        for key, child in branch.children.items():
            put(key, child)
        structure.extend(_END)

    put("", tree.root)
    structure.extend(_LAST)
    reserved = b"".join(_RESERVED.pack(*each) for each in (*tree.reserved, (0, 0)))
    map_at = _HEADER.size
    structure_at = map_at + len(reserved)
    strings_at = structure_at + len(structure)
    total = strings_at + len(strings)
    if total > MOST:
        raise BootError(
            f"the device tree has {total} bytes, and a kernel takes {MOST} at most",
            "name a smaller one",
        )
    head = _HEADER.pack(
        int.from_bytes(fdt.MAGIC, "big"),
        total,
        structure_at,
        strings_at,
        map_at,
        17,
        16,
        tree.processor,
        len(strings),
        len(structure),
    )
    return b"".join((head, reserved, structure, strings))


def _branch(node: fdt.Node) -> Branch:
    return Branch(
        {name: read_stretch(node.fd, *place) for name, place in node.properties.items()},
        {name: _branch(child) for name, child in node.children.items()},
    )


def _reserved(fd: int, place: int) -> tuple[tuple[int, int], ...]:
    found = []
    for number in range(_MOST_RESERVED):
        at = place + number * _RESERVED.size
        address, size = _RESERVED.unpack(read_stretch(fd, at, _RESERVED.size))
        if not (address or size):
            break
        found.append((address, size))
    return tuple(found)


def _chosen(tree: Tree) -> Branch:
    return tree.root.children.get("chosen", Branch({}, {}))


def _with_own(given: Branch, own: Branch) -> Branch:
    """Return a node with what the machine's own has in the same place of its own values."""
    told = {name: text for name, text in own.properties.items() if name in _OF_MACHINE}
    children = {
        name: _with_own(child, own.children[name]) if name in own.children else child
        for name, child in given.children.items()
    }
    return Branch({**given.properties, **told}, children)


def _is_memory(name: str) -> bool:
    return name.partition("@")[0] == "memory"


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 4)
