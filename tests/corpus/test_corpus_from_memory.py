"""Configuration as the generators of many distributions write it, with expectations by hand.

Each case's `expected.toml` holds what its generator means with the files: every entry, in the
order of the menu, what boots by itself, after how long, what would have been written, and what
there is to remark. `known` says which of it is not so yet, and why.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from corpus_cases import HERE, cases, listed

FROM_MEMORY = HERE / "from-memory"


def expectation(case: Path) -> dict[str, Any]:
    return tomllib.loads((case / "expected.toml").read_text())


def parameters() -> list[Any]:
    found = []
    for case in cases(FROM_MEMORY):
        known = expectation(case).get("known")
        marks = [pytest.mark.xfail(reason=known, strict=True)] if known else []
        found.append(pytest.param(case, id=case.name, marks=marks))
    return found


@pytest.mark.parametrize("case", parameters())
def test_as_its_generator_means_it(
    case: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    expected = expectation(case)
    listing = listed(case, tmp_path, capfd)
    wanted = [{"format": "grub"} | entry for entry in expected["entry"]]
    for found, entry in zip(listing.entries, wanted, strict=False):
        assert found == entry
    assert len(listing.entries) == len(wanted), [one["path"] for one in listing.entries]
    assert listing.default == expected.get("default")
    assert listing.output["timeout"] == expected.get("timeout")
    assert listing.output["writes"] == expected.get("writes", [])
    remarks = expected.get("remarks", [])
    assert len(listing.said) == len(remarks), listing.said
    for said, words in zip(listing.said, remarks, strict=True):
        assert words in said


def test_every_case_expects_something() -> None:
    found = list(cases(FROM_MEMORY))
    assert found
    for case in found:
        assert expectation(case)["entry"], case.name
