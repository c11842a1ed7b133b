"""/etc/default/kexec as a shell reads it, and what becomes of it."""

from pathlib import Path

import pytest

from bootpy.errors import BootError
from bootpy.system import kexec_defaults
from bootpy.system.kexec_defaults import Settings, read

# What the postinst of Debian's kexec-tools 2.0.25 writes where there is no such file.
SHIPPED = """\
# Defaults for kexec initscript
# sourced by /etc/init.d/kexec and /etc/init.d/kexec-load

# Load a kexec kernel (true/false)
LOAD_KEXEC=true

# Kernel and initrd image
KERNEL_IMAGE="/vmlinuz"
INITRD="/initrd.img"

# If empty, use current /proc/cmdline
APPEND=""

# Load the default kernel from grub config (true/false)
USE_GRUB_CONFIG=false
"""


def given(root: Path, text: str | None = None, **parts: str) -> Settings:
    folder = root / "etc/default/kexec.d"
    folder.mkdir(parents=True)
    if text is not None:
        (root / "etc/default/kexec").write_text(text)
    for name, content in parts.items():
        (folder / name.replace("__", ".")).write_text(content)
    return read(str(root))


def test_no_files_say_nothing(tmp_path: Path) -> None:
    assert read(str(tmp_path)) == Settings()
    assert given(tmp_path / "empty") == Settings()
    assert Settings().words() == []


def test_what_kexec_tools_writes_by_itself_is_no_choice(tmp_path: Path) -> None:
    settings = given(tmp_path, SHIPPED)
    assert settings.load is True
    assert (settings.kernel, settings.initrd) == ("/vmlinuz", "/initrd.img")
    assert settings.files == (str(tmp_path / "etc/default/kexec"),)
    assert not settings.choose
    assert settings.words() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("USE_GRUB_CONFIG=true KERNEL_IMAGE=/boot/a APPEND=x", []),
        (
            "KERNEL_IMAGE=/boot/a INITRD=/boot/b",
            ["--kernel=/boot/a", "--initrd=/boot/b", "--reuse-cmdline"],
        ),
        ("KERNEL_IMAGE=/boot/a", ["--kernel=/boot/a", "--reuse-cmdline"]),
        (
            "KERNEL_IMAGE=/vmlinuz INITRD=/boot/mine",
            ["--kernel=/vmlinuz", "--initrd=/boot/mine", "--reuse-cmdline"],
        ),
        (
            "KERNEL_IMAGE=/vmlinuz INITRD=/initrd.img APPEND='ro  single '",
            ["--kernel=/vmlinuz", "--initrd=/initrd.img", "--command-line=ro  single"],
        ),
        ("APPEND='ro single'", ["--command-line=ro single"]),
        ("INITRD=/boot/alone", []),
    ],
)
def test_what_is_given_to_load(tmp_path: Path, text: str, words: list[str]) -> None:
    assert given(tmp_path, text).words() == words


@pytest.mark.parametrize(
    ("text", "load"),
    [
        ("", None),
        ("LOAD_KEXEC=", None),
        ("LOAD_KEXEC=true", True),
        ("LOAD_KEXEC=1", True),
        ("LOAD_KEXEC=false", False),
        ("LOAD_KEXEC=no", False),
    ],
)
def test_switch(tmp_path: Path, text: str, load: bool | None) -> None:
    assert given(tmp_path, text).load is load


def test_parts_are_read_after_the_file_in_the_order_of_their_names(tmp_path: Path) -> None:
    settings = given(
        tmp_path,
        "KERNEL_IMAGE=/boot/a APPEND=one",
        **{
            "b": 'APPEND="$APPEND three"',
            "a": 'APPEND="$APPEND two"',
            # Names that run-parts passes over.
            "a__dpkg-old": "KERNEL_IMAGE=/boot/old",
            "a~": "KERNEL_IMAGE=/boot/backup",
        },
    )
    assert settings.words() == ["--kernel=/boot/a", "--command-line=one two three"]
    assert [Path(file).name for file in settings.files] == ["kexec", "a", "b"]


def test_a_shell_reads_it_as_people_write_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nor does what is set where bootpy was called from count.
    monkeypatch.setenv("INITRD", "/boot/of-the-caller")
    settings = given(
        tmp_path, 'KERNEL_IMAGE=/boot/a\nAPPEND="$(printf root=x) quiet"  # as always\necho noise\n'
    )
    assert settings.words() == ["--kernel=/boot/a", "--command-line=root=x quiet"]


@pytest.mark.parametrize("text", ["APPEND='no end", "exit 3", "exit 0", "nosuchprogram; false()"])
def test_what_no_shell_can_read_is_told_with_the_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(BootError) as raised:
        given(tmp_path, text)
    assert str(tmp_path / "etc/default/kexec") in raised.value.message
    assert "sh -n" in raised.value.hint


def test_what_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kexec_defaults, "_PATIENCE", 0.2)
    with pytest.raises(BootError, match=r"not read to the end within 0\.2 seconds"):
        given(tmp_path, "while :; do :; done")
