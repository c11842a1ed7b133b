"""The files from which the package is made say the same as the project does."""

import re
import subprocess
import tomllib
from pathlib import Path

from bootpy import __version__
from bootpy.cli.main import parser
from manual.grammar import grammar
from manual.page import page

ROOT = Path(__file__).parents[2]
DEBIAN = ROOT / "debian"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_changelog_is_of_this_version() -> None:
    # Of two packages of one version apt would take either.
    newest = (DEBIAN / "changelog").read_text().splitlines()[0]
    assert newest.startswith(f"bootpy ({__version__}) ")


def test_package_asks_for_the_versions_that_the_project_asks_for() -> None:
    control = (DEBIAN / "control").read_text()
    for wanted in PROJECT["dependencies"]:
        name, least = wanted.split(">=")
        assert f"python3-{name} (>= {least})" in control
    least = PROJECT["requires-python"].removeprefix(">=")
    assert f"X-Python3-Version: >= {least}" in control


def test_manual_page_names_only_documents_that_the_package_has() -> None:
    patterns = (DEBIAN / "docs").read_text().split()
    had = {path.relative_to(ROOT / "docs") for one in patterns for path in ROOT.glob(one)}
    named = re.findall(r"/usr/share/doc/bootpy/([\w./\\-]+\.md)", page(grammar(parser())))
    assert named
    assert {Path(name.replace("\\", "")) for name in named} <= had


def test_licence_is_the_projects() -> None:
    assert "License: Apache-2.0" in (DEBIAN / "copyright").read_text()
    assert PROJECT["license"] == {"text": "Apache-2.0"}


def test_build_without_its_tools_says_what_to_install(tmp_path: Path) -> None:
    for program in ("bash", "dirname", "grep", "xargs"):
        (tmp_path / program).symlink_to(f"/usr/bin/{program}")
    done = subprocess.run(
        [ROOT / ".ci/deb", tmp_path / "made"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "error: git is not installed" in done.stderr
    assert ".ci/setup packaging" in done.stderr
    assert not (tmp_path / "made").exists()
