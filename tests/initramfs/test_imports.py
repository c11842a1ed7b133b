from pathlib import Path

import pytest

from bootpy.errors import BootError
from initramfs.imports import codecs, imports

TEXT = """
from typing import TYPE_CHECKING
from . import near
from ..above import one, two
if TYPE_CHECKING:
    import only_for_types
else:
    import at_run_time
try:
    import perhaps
except ImportError:
    import instead

def work(data):
    from .deep import er
    return data.decode("utf-16-le"), open("f", encoding="cp437"), data.decode(er)
"""


def test_every_statement_that_can_run_is_found(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(TEXT)
    found = {each.text: each for each in imports(path, "top.middle.module")}
    assert set(found) == {
        "from typing import TYPE_CHECKING",
        "from top.middle import near",
        "from top.above import one, two",
        "import at_run_time",
        "import perhaps",
        "import instead",
        "from top.middle.deep import er",
    }
    assert [text for text, each in found.items() if each.optional] == ["import perhaps"]
    assert found["from top.middle import near"].place == f"{path}:3"


def test_relative_imports_of_a_package_start_at_itself(tmp_path: Path) -> None:
    path = tmp_path / "__init__.py"
    path.write_text("from .inner import x\n")
    assert [each.text for each in imports(path, "top.middle")] == ["from top.middle.inner import x"]


def test_codecs_named_in_calls(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(TEXT)
    assert codecs(path) == {"utf-16-le", "cp437"}


def test_a_file_that_does_not_parse_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("x = 1\ndef (\n")
    with pytest.raises(BootError, match=r"module\.py:2"):
        imports(path, "module")
