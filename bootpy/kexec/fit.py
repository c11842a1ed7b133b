"""Take one configuration out of a FIT image, its checksums compared."""

import os
from typing import NamedTuple

from bootpy.checksums import Digest, digest
from bootpy.errors import BootError
from bootpy.images.fit import Choice, Fit, Hash, Part, arguments_in_tree, read_fit
from bootpy.kexec import initrds
from bootpy.kexec.image import unreadable

_CHUNK = 1 << 20


class Chosen(NamedTuple):
    """A configuration's kernel, how that is compressed ("" for not at all), and its initrds.

    `trees` are its device tree, and overlays for it. `cmdline` is what that tree has for an entry
    without arguments of its own.
    """

    kernel: initrds.Part
    compression: str
    initrds: tuple[initrds.Part, ...]
    trees: tuple[initrds.Part, ...]
    cmdline: str
    warnings: tuple[str, ...]


def take_apart(fd: int, name: str, configuration: str) -> Chosen:
    """Find the parts of `configuration` ("" for the default one) in the image open at `fd`.

    BootError: no such configuration or image, a checksum that does not fit, and what else
    is wrong with it.
    """
    try:
        fit = read_fit(fd)
    except OSError as error:
        raise damaged(name, "FIT image", error) from error
    choice = fit.choice(configuration)
    if choice is None:
        names = ", ".join(one.name for one in fit.choices) or "none"
        what = f"has no configuration {configuration!r}" if configuration else "has no default"
        raise BootError(f"{name} {what}", f"its configurations are: {names}")
    kernel = _part(fit, choice, "kernel", choice.kernel, name)
    if choice.setup:
        raise BootError(
            f"{name} has its kernel in two parts (setup and kernel), which kexec cannot join",
            "put a whole bzImage into the image",
        )
    parts = [kernel]
    if choice.ramdisk:
        parts.append(_part(fit, choice, "ramdisk", choice.ramdisk, name))
    trees = [_part(fit, choice, "device tree", tree, name) for tree in choice.trees]
    warnings = [warning for part in [*parts, *trees] for warning in _compare(fd, part, name)]
    ignored = [each for each in choice.loadables if each not in {choice.kernel, choice.ramdisk}]
    if ignored:
        warnings.append(f"{', '.join(ignored)} in {name}: loadables are not handed over")
    if choice.signed or kernel.signed:
        warnings.append(f"the signature of {name} is not checked")
    return Chosen(
        initrds.Part(fd, *kernel.content, f"{name} ({kernel.name})"),
        kernel.compression,
        # U-Boot unpacks no ramdisk either: the kernel does it.
        tuple(initrds.Part(fd, *part.content, f"{name} ({part.name})") for part in parts[1:]),
        tuple(initrds.Part(fd, *tree.content, f"{name} ({tree.name})") for tree in trees),
        arguments_in_tree(fd, fit, choice),
        tuple(warnings),
    )


def extract(chosen: Chosen, most: int) -> int:
    """Return a memory file of the kernel, unpacked; BootError as of `wrapped.unpack`."""
    if not chosen.compression:
        return initrds.extract(chosen.kernel, "kernel")
    from bootpy.kexec import wrapped

    return wrapped.unpack(chosen.kernel, chosen.compression, most)


def damaged(name: str, what: str, error: OSError) -> BootError:
    """Make the error for an image that cannot be read as what it starts as."""
    return BootError(
        f"{name} cannot be read as a {what}: {error.strerror}",
        "make or copy it again, or choose another entry",
    )


def _part(fit: Fit, choice: Choice, role: str, wanted: str, name: str) -> Part:
    found = fit.parts.get(wanted)
    if found is None:
        raise BootError(
            f"the configuration {choice.name or 'without a name'} of {name} has "
            + (f"no {role} {wanted!r}" if wanted else f"no {role}"),
            f"the images in it are: {', '.join(fit.parts) or 'none'}",
        )
    return found


def _compare(fd: int, part: Part, name: str) -> list[str]:
    """Compare all checksums of a part, read once; return warnings on those not known here."""
    warnings: list[str] = []
    digests: list[tuple[Hash, Digest]] = []
    for one in part.hashes:
        if (made := digest(one.method)) is None:
            warnings.append(f"the {one.method} checksum of {part.name} in {name} is not compared")
        else:
            digests.append((one, made))
    offset, left = part.content if digests else (0, 0)
    chunk = memoryview(bytearray(min(_CHUNK, left)))
    while left:
        try:
            count = os.preadv(fd, [chunk[:left]], offset)
        except OSError as error:
            raise unreadable(name, error) from error
        if not count:
            raise BootError(f"{name} ended while it was read", "the file was being changed")
        for _, each in digests:
            each.update(chunk[:count])
        offset, left = offset + count, left - count
    for one, each in digests:
        if each.digest() != one.value:
            raise BootError(
                f"{part.name} in {name} is damaged: its {one.method} is "
                f"{each.digest().hex()}, and should be {one.value.hex()}",
                "copy or make the image again, or choose another entry",
            )
    return warnings
