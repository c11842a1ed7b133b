"""The README's numbers are those of the newest measurement."""

from qemu import figures
from qemu.places import REPOSITORY


def test_readme_has_the_table_that_was_measured() -> None:
    table = figures.markdown(figures.kept())
    assert table in (REPOSITORY / "README.md").read_text(), "put the table of `make figures` there"
