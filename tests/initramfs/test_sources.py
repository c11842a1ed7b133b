from pathlib import Path

import pytest

from bootpy.errors import BootError
from initramfs.sources import debian_sources, of_suite


def host(folder: Path, **files: str) -> Path:
    (folder / "apt/sources.list.d").mkdir(parents=True)
    (folder / "os-release").write_text('NAME="Debian"\nVERSION_CODENAME=bookworm\n')
    for name, text in files.items():
        (folder / "apt" / name.replace("__", ".").replace("_d_", ".d/")).write_text(text)
    return folder


def test_one_line_sources(tmp_path: Path) -> None:
    etc = host(
        tmp_path,
        sources__list=(
            "# a comment\n"
            "deb http://mirror.test/debian bookworm main contrib # trailing\n"
            "deb-src http://mirror.test/debian bookworm main\n"
            "deb [arch=amd64 signed-by=/k.gpg] http://mirror.test/security bookworm-security main\n"
            "deb http://mirror.test/debian bookworm-backports main\n"
            "deb http://vendor.test/apt bookworm stable\n"
        ),
    )
    assert debian_sources(etc).splitlines() == [
        "deb http://mirror.test/debian bookworm main",
        "deb [signed-by=/k.gpg] http://mirror.test/security bookworm-security main",
    ]


def test_stanzas(tmp_path: Path) -> None:
    etc = host(tmp_path)
    (etc / "apt/sources.list.d/debian.sources").write_text(
        "Types: deb deb-src\n# a comment\nURIs: http://a.test/debian\n http://b.test/debian\n"
        "Suites: bookworm bookworm-updates\nComponents: main\nSigned-By: /d.gpg\n\n"
        "Types: deb\nURIs: http://vendor.test/\nSuites: nodistro\nComponents: main\n\n"
        "Enabled: no\nTypes: deb\nURIs: http://off.test/\nSuites: bookworm\nComponents: main\n"
    )
    assert debian_sources(etc).splitlines() == [
        f"deb [signed-by=/d.gpg] http://{name}.test/debian {suite} main"
        for name in "ab"
        for suite in ("bookworm", "bookworm-updates")
    ]


def test_none_of_debians_own_is_said_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(BootError, match="bookworm") as caught:
        debian_sources(host(tmp_path))
    assert "BOOTPY_APT_SOURCES" in caught.value.hint


def test_another_release_from_the_same_places() -> None:
    sources = (
        "deb [signed-by=/d.gpg] http://a.test/debian bookworm main\n"
        "deb http://a.test/debian bookworm-updates main\n"
        "deb http://a.test/security bookworm-security main\n"
        "deb http://b.test/debian oldstable/ main\n"
    )
    assert of_suite(sources, "trixie").splitlines() == [
        "deb [signed-by=/d.gpg] http://a.test/debian trixie main",
        "deb http://b.test/debian trixie main",
    ]
    with pytest.raises(BootError, match="trixie"):
        of_suite("deb http://a.test/security bookworm-security main\n", "trixie")
