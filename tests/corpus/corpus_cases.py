"""The corpus as the tests use it: a case laid out as volumes, listed through the command line.

A case is a folder. Its `volumes.toml` tells what file systems the machine has: their names,
and what lies on them. A folder of a volume's name holds the files whose text matters;
`files` names those of which only the existence does: they are laid out empty.
"""

import json
import shutil
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest

from bootpy.cli.main import main

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE.parents[1] / "docs/list.schema.json").read_text())
_NAMES = ("name", "uuid", "label", "partuuid", "partlabel", "grub")


class Listed(NamedTuple):
    """What `bootpy list --json` said: its object, and its exit status."""

    output: dict[str, Any]
    status: int

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The entries, each as `brief` writes it."""
        return [brief(entry) for entry in self.output["entries"]]

    @property
    def default(self) -> list[str] | None:
        """The path of the entry that boots by itself, None where none does."""
        wanted = self.output["default"]
        found = [one["path"] for one in self.output["entries"] if one["id"] == wanted]
        assert len(found) == (wanted is not None)
        return list(found[0]) if found else None

    @property
    def hints(self) -> list[str]:
        """The remedies that the diagnostics name."""
        return [str(one["hint"]) for one in self.output["diagnostics"]]

    @property
    def said(self) -> list[str]:
        """The diagnostics, each as "level: volume/path:line: message"."""
        return [
            f"{one['level']}: {place(one['source'])}: {one['message']}"
            for one in self.output["diagnostics"]
        ]


def cases(folder: Path) -> Iterator[Path]:
    """Yield the folders of all cases below `folder`, by name."""
    return (path.parent for path in sorted(folder.rglob("volumes.toml")))


def lay_out(case: Path, into: Path, without: Collection[str] = ()) -> tuple[list[str], str]:
    """Lay out a case below `into`; return the VOLUME arguments and the platform.

    `without` names volumes that are not there: locked, or not plugged in.
    """
    described = tomllib.loads((case / "volumes.toml").read_text())
    arguments = []
    for volume in described["volume"]:
        name = volume["name"]
        folder = into / name
        folder.mkdir(parents=True)
        if (case / name).is_dir():
            shutil.copytree(case / name, folder, dirs_exist_ok=True, symlinks=True)
        for file in volume.get("files", ()):
            stand_in = folder / file.lstrip("/")
            stand_in.parent.mkdir(parents=True, exist_ok=True)
            stand_in.touch()
        if name not in without:
            given = {key: volume[key] for key in _NAMES if volume.get(key)}
            words = [f"{key}={_escaped(value)}" for key, value in given.items()]
            arguments.append(",".join([f"path={_escaped(str(folder))}", *words]))
    return arguments, described["platform"]


def listed(
    case: Path,
    into: Path,
    capfd: pytest.CaptureFixture[str],
    without: Collection[str] = (),
    *more: str,
) -> Listed:
    """List a case as a script would: the whole command line, its output checked by the schema."""
    arguments, platform = lay_out(case, into, without)
    capfd.readouterr()
    status = main(["list", "--json", "--platform", platform, *more, *arguments])
    output = json.loads(capfd.readouterr().out)
    jsonschema.Draft202012Validator(SCHEMA).validate(output)
    _hangs_together(output, into)
    return Listed(output, status)


def _hangs_together(output: dict[str, Any], into: Path) -> None:
    """Check what holds for every list: ids are unique, sources are there, titles end paths."""
    ids = [entry["id"] for entry in output["entries"]]
    assert len(ids) == len(set(ids))
    assert output["default"] in {None, *ids}
    for entry in output["entries"]:
        source = entry["source"]
        text = (into / source["volume"] / source["path"].lstrip("/")).read_text()
        assert source["line"] is None or 1 <= source["line"] <= len(text.splitlines())
        assert entry["path"][-1] == entry["title"]


def brief(entry: dict[str, Any]) -> dict[str, Any]:
    """Write an entry of the list short: what is there, files as "(volume)/path".

    A file whose volume is not there is "(?UUID=...)/path", one that is missing ends in
    " missing". `kind` "linux" is left out.
    """
    short = {
        "path": entry["path"],
        "format": entry["format"],
        "kind": entry["kind"] if entry["kind"] != "linux" else None,
        "kernel": file(entry["kernel"]),
        "initrds": [file(one) for one in entry["initrds"]],
        "devicetree": file(entry["devicetree"]),
        "overlays": [file(one) for one in entry["overlays"]],
        "modules": [[file(one), one["cmdline"]] for one in entry["modules"]],
        "cmdline": entry["cmdline"],
        "tries": entry["tries"],
    }
    return {key: value for key, value in short.items() if value}


def file(value: dict[str, Any] | None) -> str:
    """Write a file short."""
    if value is None:
        return ""
    if value["url"]:
        return str(value["url"])
    if not value["resolved"]:
        return f"(?{value['wanted']}){value['path']}"
    return f"({value['volume']}){value['path']}" + ("" if value["exists"] else " missing")


def place(source: dict[str, Any] | None) -> str:
    """Write a place short."""
    if source is None:
        return ""
    line = f":{source['line']}" if source["line"] else ""
    return f"({source['volume']}){source['path']}{line}"


def _escaped(value: str) -> str:
    return value.replace(",", "\\,")
