"""The generator that has the crash service wait for the network, where dumps go to a server."""

import subprocess
from pathlib import Path

import pytest

from bootpy.crash.server import is_server
from bootpy.crash.settings import PATH, read

GENERATOR = Path(__file__).parents[2] / "debian/bootpy-crash.generator"


def generated(root: Path) -> list[str]:
    """Run it on the folder instead of /; return the words of what it made."""
    script = GENERATOR.read_text()
    assert f"=/{PATH}" in script
    script = script.replace(f"=/{PATH}", f"={root / PATH}")
    into = root / "generated"
    into.mkdir()
    subprocess.run(["/bin/sh", "-c", script, "sh", into, into, into], check=True)
    made = into / "bootpy-crash.service.d/network.conf"
    assert list(into.rglob("*.conf")) == [made] * made.exists()
    return made.read_text().split() if made.exists() else []


@pytest.mark.parametrize(
    "line",
    [
        'to = "ssh:dumps@vault:/srv/dumps"',
        "to='nfs:vault:/srv/dumps'",
        '  "to" = "nfs:10.0.0.1:/srv"  # by NFS',
        'level = 31\nto = """ssh:vault:/srv"""',
        'to = "/var/crash"',
        'to = "/srv/nfs:here"',
        '# to = "ssh:dumps@vault:/srv/dumps"',
        'append = "to=nfs:vault:/srv"',
        "",
    ],
)
def test_it_waits_where_the_settings_name_a_server(line: str, tmp_path: Path) -> None:
    (tmp_path / PATH).parent.mkdir(parents=True)
    (tmp_path / PATH).write_text(f"{line}\n")
    waits = ["[Unit]", "Wants=network-online.target"] if is_server(read(str(tmp_path)).to) else []
    assert generated(tmp_path) == waits


def test_without_settings_nothing_waits(tmp_path: Path) -> None:
    assert generated(tmp_path) == []
