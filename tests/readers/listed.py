"""What `bootpy list --json` says of volumes, held against its schema, in short rows."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bootpy.cli.main import main

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/readers/data"
SCHEMA = json.loads((ROOT / "docs/list.schema.json").read_text())

Row = tuple[str, str, str, tuple[str, ...], str]


def listed(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Run `bootpy list --json` and return its output, which fits the schema."""
    main(["list", "--json", *arguments])
    output: dict[str, Any] = json.loads(capfd.readouterr().out)
    jsonschema.Draft202012Validator(SCHEMA).validate(output)
    assert sum(entry["id"] == output["default"] for entry in output["entries"]) <= 1
    return output


def rows(output: dict[str, Any], format_name: str) -> list[Row]:
    """The entries of one format: kind, path with " > ", kernel, initrds and modules, cmdline.

    A file is its path; one that is not there has "!" behind it, one that is not resolved has
    "?" and what is wanted. A module has its arguments behind it.
    """
    return [
        (
            entry["kind"],
            " > ".join(entry["path"]),
            _file(entry["kernel"]),
            (
                *(_file(one) for one in entry["initrds"]),
                *(f"{_file(one)} {one['cmdline']}".strip() for one in entry["modules"]),
            ),
            entry["cmdline"],
        )
        for entry in output["entries"]
        if entry["format"] == format_name
    ]


def _file(one: dict[str, Any] | None) -> str:
    if one is None:
        return ""
    if one["url"]:
        return str(one["url"])
    if not one["resolved"]:
        return f"{one['path']}?{one['wanted']}"
    return f"{one['path']}{'' if one['exists'] else '!'}"


def default_path(output: dict[str, Any]) -> str:
    """The titles of the entry that boots by itself, "" for none."""
    found = [one for one in output["entries"] if one["id"] == output["default"]]
    return " > ".join(found[0]["path"]) if found else ""


def levels(output: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    """The diagnostics: level, path, line."""
    return [
        (one["level"], one["source"]["path"], one["source"]["line"])
        for one in output["diagnostics"]
    ]
