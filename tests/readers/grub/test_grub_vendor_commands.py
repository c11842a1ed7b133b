"""Commands that only a vendor's GRUB has, and functions that are named like none."""

from pathlib import Path

import pytest

from bootpy.entry import Configuration, Host
from bootpy.readers.grub.reader import read
from bootpy.volume import FolderVolume, Volumes

EFI = Host("efi", "x86_64")


def run(folder: Path, config: str) -> Configuration:
    (folder / "grub.cfg").write_text(config)
    (folder / "k").touch()
    volume = FolderVolume(str(folder), name="sda1")
    (found,) = read(volume, Volumes([volume]), EFI)
    return found


@pytest.mark.parametrize(
    ("value", "command", "after"),
    [
        ("2", "decrement", "1"),
        ("0", "decrement", "-1"),
        ("-1", "increment", "0"),
        ("9", "increment", "10"),
        ("many", "increment", "many"),
        ("", "decrement", ""),
        ("2147483647", "increment", "2147483647"),
        ("99999999999999999999", "decrement", "99999999999999999999"),
    ],
)
def test_counting(tmp_path: Path, value: str, command: str, after: str) -> None:
    found = run(
        tmp_path,
        f'set n="{value}"\nif {command} n; then set ok=y; else set ok=n; fi\n'
        "menuentry a { linux /k n=$n ok=$ok; }\n",
    )
    ok = "y" if value != after else "n"
    assert found.entries[0].cmdline == f"n={after} ok={ok}"
    assert found.diagnostics == ()


def test_counting_without_a_variable(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        "if increment; then set a=y; else set a=n; fi\n"
        "if decrement b; then set b=y; else set b=n; fi\n"
        "menuentry a { linux /k $a $b; }\n",
    )
    assert found.entries[0].cmdline == "n n"


def test_a_hidden_entry_is_not_shown_and_not_counted(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        'hiddenentry "Text mode" --hotkey "t" {\n  set textmode=true\n}\n'
        "menuentry a { linux /k; }\nmenuentry b { linux /k; }\nset default=1\n",
    )
    assert [entry.title for entry in found.entries] == ["a", "b"]
    assert found.default == found.entries[1].id
    assert found.diagnostics == ()


def test_gfxmode_is_the_function_that_a_distribution_wrote(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        'function gfxmode {\n  if [ "${1}" = "keep" ]; then\n    set vt_handoff=vt.handoff=7\n'
        "  else\n    set vt_handoff=\n  fi\n}\n"
        "menuentry a { gfxmode keep; linux /k quiet $vt_handoff; }\n"
        "menuentry b { gfxmode text; linux /k quiet $vt_handoff; }\n",
    )
    assert [entry.cmdline for entry in found.entries] == ["quiet vt.handoff=7", "quiet"]


@pytest.mark.parametrize("top", ["", "/@"])
def test_suses_subvolume_is_where_paths_begin(tmp_path: Path, top: str) -> None:
    snapshot = tmp_path / f"{top}/.snapshots/7/snapshot".lstrip("/")
    (snapshot / "boot").mkdir(parents=True)
    (snapshot / "boot/k").touch()
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot/k").touch()
    (tmp_path / "boot/only-here").touch()
    (tmp_path / "inner.cfg").write_text("menuentry c { linux /boot/k; }\n")
    found = run(
        tmp_path,
        "menuentry a { linux /boot/k; }\n"
        "menuentry b { btrfs_subvol=/@/.snapshots/7/snapshot; configfile /inner.cfg; }\n"
        "menuentry d { btrfs_subvol=/@/.snapshots/7/snapshot; linux /boot/only-here; }\n",
    )
    assert [str(entry.kernel) for entry in found.entries] == [
        "(sda1)/boot/k",
        f"(sda1){top}/.snapshots/7/snapshot/boot/k",
        "(sda1)/boot/only-here",
    ]
