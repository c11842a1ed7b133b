"""What the menu costs a boot: the modules that it imports, counted."""

import json
import subprocess
import sys

import pytest

_SHOW = """
import json, sys, typing, bootpy.entry, bootpy.policy.decision
before = set(sys.modules)
import {modules}
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def imported(*modules: str) -> list[str]:
    code = _SHOW.format(modules=", ".join(modules))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names: list[str] = json.loads(done.stdout)
    return names


def test_a_boot_without_a_countdown_imports_only_the_entrance() -> None:
    assert imported("bootpy.menu.choice") == ["bootpy.menu", "bootpy.menu.choice"]


@pytest.mark.parametrize("menu", ["full", "plain"])
def test_a_countdown_imports_nothing_but_select_and_termios(menu: str) -> None:
    names = imported(f"bootpy.menu.{menu}", "bootpy.menu.state", "bootpy.menu.terminal")
    others = [name for name in names if not name.startswith("bootpy.")]
    assert set(others) <= {"select", "termios"}
    assert "bootpy.menu.editing" not in names
    assert "bootpy.menu.reading" not in names
