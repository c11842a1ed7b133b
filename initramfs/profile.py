"""What an image is to hold: profiles, read from TOML.

A profile is a file in initramfs/profiles/ named after itself. Every key is optional but
`kernel`; what an unknown or mistyped key would have meant is never guessed.
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self, get_type_hints

from bootpy.errors import BootError
from initramfs.programs import ARCHITECTURES

FOLDER = Path(__file__).resolve().parent / "profiles"
DEFAULT_ARCHITECTURE = "amd64"


@dataclass(frozen=True)
class PythonPart:
    """[python]: what the interpreter can load.

    `readers` by format ("all" for every one), further `modules` to be importable, Debian
    `packages` that hold them, `libraries` (sonames) that are opened at run time. `multiboot` is
    whether it is to start Multiboot kernels (Xen), which images for a PC can. What
    compiles Python takes Debian's source, or the archive at the path or URL `source`, whose
    SHA-256 is `sha256` (hex), and keeps it as it is when all imports are done where it is to be
    `started`: that is faster, and larger.
    """

    readers: tuple[str, ...] = ("all",)
    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ("python3-pyudev",)
    libraries: tuple[str, ...] = ("libudev.so.1", "libblkid.so.1")
    source: str = ""
    sha256: str = ""
    multiboot: bool = True
    started: bool = True


@dataclass(frozen=True)
class KernelPart:
    """[kernel]: the Debian `package` (or metapackage) and which of its modules are taken.

    `drivers` and `filesystems` are module names or, with a slash, globs of paths below
    the release's folder ("kernel/drivers/ata/*"). A name that the kernel has built in is
    satisfied. `without` takes names out of what globs gave. `firmware` are Debian
    packages in which files that modules ask for are looked up.
    """

    package: str
    drivers: tuple[str, ...] = ()
    filesystems: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    firmware: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoaderKernelPart:
    """[loader_kernel]: the kernel of the loader's own, taken instead of [kernel] on demand.

    `source` is Debian's package of the kernel's source, `without` names blocks of the
    fragment (initramfs/loader_kernel/*.config) to leave out, `compression` is the kernel's
    own: "xz", "zstd", "lz4" or "gzip". `command_line` is built in; what the kernel is started
    with comes after it.
    """

    source: str = "linux-source-6.1"
    without: tuple[str, ...] = ()
    compression: str = "xz"
    command_line: str = "console=ttyS0 console=tty0 quiet loglevel=4"


@dataclass(frozen=True)
class CompressionPart:
    """[compression]: `method` is "none", "zstd" or "xz"; `level` the method's own."""

    method: str = "zstd"
    level: int = 19


@dataclass(frozen=True)
class Profile:
    """One kind of image. `architecture` is Debian's name for it."""

    name: str
    description: str
    kernel: KernelPart
    python: PythonPart = PythonPart()
    compression: CompressionPart = CompressionPart()
    loader_kernel: LoaderKernelPart = LoaderKernelPart()
    architecture: str = DEFAULT_ARCHITECTURE

    @classmethod
    def named(cls, name: str, architecture: str = "") -> Self:
        """Return the profile `name` of the repository, or the one in the file at path `name`.

        For `architecture`, where one is given (see `from_toml`).
        """
        path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
        if not path.is_file():
            known = ", ".join(sorted(each.stem for each in FOLDER.glob("*.toml")))
            raise BootError(f"There is no profile {name}", f"Profiles are: {known}.")
        return cls.from_toml(path, architecture)

    @classmethod
    def from_toml(cls, path: Path, architecture: str = "") -> Self:
        """Read the profile at `path`; BootError names the file, the key and the remedy.

        For another architecture than its own, what [architectures.NAME] says takes the place of
        what is said for all, key by key; it has to have such a table then.
        """
        try:
            table = tomllib.loads(path.read_text())
        except tomllib.TOMLDecodeError as error:
            raise BootError(f"{path}: {error}", "Profiles are TOML files.") from None
        others = _others(path, table.pop("architectures", {}))
        profiles = {"": cls._of_table(path, table)}
        own = profiles[""].architecture
        for name, other in others.items():
            try:
                profiles[name] = cls._of_table(path, _replaced(table, other, name))
            except BootError as error:
                said = f"{error.message} (with what [architectures.{name}] says)"
                raise BootError(said, error.hint) from None
        if architecture in {"", own}:
            return profiles[""]
        if architecture not in profiles:
            raise BootError(
                f"{path} is a profile for {', '.join([own, *others])}, not for {architecture}",
                f"Write [architectures.{architecture}.kernel] with what is different there.",
            )
        return profiles[architecture]

    @classmethod
    def _of_table(cls, path: Path, table: dict[str, Any]) -> Self:
        values = _checked(path, "", table, {"name": str} | _types(cls), without=("name",))
        profile = cls(name=path.stem, **values)
        _among(path, "compression.method", profile.compression.method, ("none", "zstd", "xz"))
        inner = profile.loader_kernel.compression
        _among(path, "loader_kernel.compression", inner, ("gzip", "lz4", "xz", "zstd"))
        return profile


_PARTS = {
    "kernel": KernelPart,
    "python": PythonPart,
    "compression": CompressionPart,
    "loader_kernel": LoaderKernelPart,
}
_WORDS = {
    str: "a string",
    int: "a number",
    bool: "true or false",
    tuple[str, ...]: "a list of strings",
}


def _others(path: Path, table: Any) -> dict[str, dict[str, dict[str, Any]]]:
    """Check what a profile says for each architecture: tables by its name, then by theirs."""
    named = isinstance(table, dict) and all(isinstance(each, dict) for each in table.values())
    if not named:
        raise BootError(
            f"{path}: architectures is to hold a table for each architecture",
            "Write [architectures.arm64.kernel].",
        )
    for name, parts in table.items():
        _among(path, "an architecture", name, ARCHITECTURES)
        for part, keys in parts.items():
            if part not in _PARTS or not isinstance(keys, dict):
                raise BootError(
                    f"{path}: architectures.{name}.{part} is no part of a profile",
                    f"Parts are: {', '.join(_PARTS)}.",
                )
    return dict(table)


def _replaced(table: dict[str, Any], other: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """Return a profile's table as it is for another architecture."""
    parts = {part: {**table.get(part, {}), **keys} for part, keys in other.items()}
    return {**table, **parts, "architecture": name}


def _among(path: Path, place: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise BootError(f"{path}: {place} is {value!r}", f"It is one of: {', '.join(choices)}.")


def _types(part: type) -> dict[str, Any]:
    return get_type_hints(part)


def _checked(
    path: Path, place: str, table: dict[str, Any], types: dict[str, Any], without: tuple[str, ...]
) -> dict[str, Any]:
    known = [key for key in types if key not in without]
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise BootError(
                f"{path}: {place}{key} is no key of a profile",
                f"Keys {f'of [{place[:-1]}]' if place else 'at the top'} are: {', '.join(known)}.",
            )
        part = _PARTS.get(key) if not place else None
        if part is not None:
            if not isinstance(value, dict):
                raise BootError(f"{path}: {key} is to be a table", f"Write [{key}].")
            inner = _checked(path, f"{key}.", value, _types(part), without=())
            values[key] = _made(path, f"{key}.", part, inner)
        else:
            values[key] = _value(path, f"{place}{key}", value, types[key])
    if not place:
        _required(path, "", values, ["description", "kernel"])
    return values


def _made(path: Path, place: str, part: type, values: dict[str, Any]) -> Any:
    if part is KernelPart:
        _required(path, place, values, ["package"])
    return part(**values)


def _required(path: Path, place: str, values: dict[str, Any], keys: list[str]) -> None:
    for key in keys:
        if key not in values:
            raise BootError(f"{path}: {place}{key} is missing", "A profile cannot do without it.")


def _value(path: Path, place: str, value: Any, kind: Any) -> Any:
    # TOML's true is of Python's int too.
    if kind in (str, int, bool) and type(value) is kind:
        return value
    strings = isinstance(value, list) and all(isinstance(each, str) for each in value)
    if kind == tuple[str, ...] and strings:
        return tuple(value)
    raise BootError(f"{path}: {place} is {value!r}", f"It is to be {_WORDS[kind]}.")


assert {field.name for field in fields(Profile)} >= _PARTS.keys()
