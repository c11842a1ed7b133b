"""What /proc/iomem says of the memory for a crash kernel."""

from pathlib import Path

import pytest

from bootpy.kexec.crash import reserved


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("00100000-3ffdffff : System RAM\n", None),
        (
            "00100000-3ffdffff : System RAM\n  2d000000-3cffffff : Crash kernel\n"
            "100000000-17fffffff : System RAM\n  170000000-17fffffff : Crash kernel\n",
            256 << 20,
        ),
        ("00000000-00000000 : System RAM\n  00000000-00000000 : Crash kernel\n", 1),
    ],
)
def test_reserved(tmp_path: Path, lines: str, expected: int | None) -> None:
    (tmp_path / "iomem").write_text(lines)
    assert reserved(str(tmp_path / "iomem")) == expected


def test_without_the_file(tmp_path: Path) -> None:
    assert reserved(str(tmp_path / "iomem")) is None
