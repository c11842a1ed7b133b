"""The documented benchmarks are those of the newest measurement, and what they measure is real."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bench import families
from bench.commands import THEIRS
from bench.configurations import MAKERS, UUID
from bench.measuring import python, run
from bench.programs import READING
from bench.readers import COUNTED, sizes_of, write
from bootpy.entry import Host
from bootpy.readers.reading import read_all
from bootpy.readers.table import FALLBACK, ROWS
from bootpy.volume import FolderVolume, Volumes
from qemu.places import REPOSITORY

MODULES = {row.format: row.module for row in (*ROWS, FALLBACK)}
MEASURABLE = [name for name in MAKERS if find_spec(MODULES[name])]


def kept() -> dict[str, Any]:
    return families.kept()


def test_document_has_the_tables_that_were_measured() -> None:
    text = families.DOCUMENT.read_text()
    for family in families.FAMILIES:
        assert f"<!-- make bench: {family.NAME} -->\n{family.table(kept()[family.NAME])}\n" in text


def test_results_are_as_the_schema_tells() -> None:
    schema = json.loads((REPOSITORY / "docs/benchmarks.schema.json").read_text())
    Draft202012Validator(schema).validate(kept())


def test_every_reader_with_a_maker_was_measured() -> None:
    measured = {(row["format"], row["entries"]) for row in kept()["readers"]}
    missing = {(name, size) for name in MEASURABLE for size in sizes_of(name)} - measured
    assert not missing, "run `make bench`"


def test_bounds_of_the_document_hold_in_what_was_measured() -> None:
    rows = {(row["format"], row["entries"]): row for row in kept()["readers"]}
    assert rows["grub", 1_000]["seconds"] < 0.5
    (reading,) = (row for row in kept()["programs"] if row["name"] == READING)
    assert reading["seconds"] < 0.010
    commands = {row["name"]: row["instructions"] for row in kept()["commands"]}
    assert commands["bootpy load"] < 1.3 * commands[THEIRS]
    assert commands["bootpy load --call file"] < 1.3 * commands[THEIRS]
    growth = {(row["series"], row["number"]): row["instructions"] for row in kept()["growth"]}
    assert growth["disks", 64] < 2 * growth["disks", 1]
    assert growth["entries", 1_000] - growth["entries", 1] < 300e6


@pytest.mark.parametrize("name", MEASURABLE)
def test_cost_grows_no_faster_than_the_entries(name: str) -> None:
    counted = {
        row["entries"]: row["instructions"] for row in kept()["readers"] if row["format"] == name
    }
    # What is to be paid once weighs on the small ones, so that an entry gets cheaper.
    most = max(size for size in sizes_of(name) if size <= COUNTED)
    assert counted[most] < 1.25 * 10 * counted[most // 10]


@pytest.mark.parametrize("name", MEASURABLE)
def test_a_made_configuration_is_read_to_its_last_entry(name: str, tmp_path: Path) -> None:
    folder = write(MAKERS[name](5), tmp_path)
    volume = FolderVolume(folder, name="sda1", uuid=UUID)
    found = read_all(Volumes([volume]), Host("efi", "x86_64"), [name])
    entries = [entry for one in found for entry in one.entries]
    assert len(entries) == 5
    for entry in entries:
        assert entry.kernel is not None
        assert entry.kernel.exists
    assert not [said for one in found for said in one.diagnostics if said.level == "error"]


def test_a_reading_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    folder = write(MAKERS["bls"](7), tmp_path)
    found = json.loads(run(python("-m", "bench.one_reading", "bls", folder)).stdout)
    assert found["entries"] == 7
    assert found["seconds"] > 0


def test_tables_stand_between_their_marks() -> None:
    text = "a\n<!-- make bench: programs -->\nold\n<!-- end -->\nb\n"
    rows = [{"name": "x", "seconds": 0.25, "instructions": 1234567}]
    made = families.with_tables(text, {"programs": rows})
    assert "| x | 250.0 ms | 1,234,567 |" in made
    assert "old" not in made
    assert made.startswith("a\n<!--")
    assert made.endswith("<!-- end -->\nb\n")
