"""Scripts that would never end, or take all memory, end at a bound that is told."""

from pathlib import Path

import pytest
from boot_trees import EFI, tree

from bootpy.readers.grub.reader import read
from bootpy.volume import Volumes

LONG = "set a=aaaaaaaaaaaaaaaa\n" + "set a=$a$a\n" * 9

ENDLESS = {
    "a loop": ("while true; do true; done\n", "inside loops"),
    "many loops": ("while true; do true; done\n" * 2000, "inside loops"),
    "recursion": ("function a { b; }\nfunction b { a; }\na\n", "calls within each other"),
    "a tree of calls": ("function f { f; f; }\n" + "f\n" * 2000, "calls within each other"),
    "doubling": ("a=aa\nwhile true; do a=$a$a; done\n", "longer than"),
    "one long word": (LONG + "true " + "$a" * 20000 + "\n", "argument of more than"),
    "many long words": (LONG + ("true " + "$a" * 7 + "\n") * 20000, "more than a menu needs"),
    "parameters": ("function f { " + 'setparams "$@" "$@"; ' * 30 + "}\nf a\n", "arguments"),
    "eval": ("function f { eval 'eval f'; }\nf\n", "calls within each other"),
    "parsing again": (LONG + "while true; do eval $a; done\n", "more than a menu needs"),
    "patterns": ("regexp '(a*)*(b|a)*c' " + "a" * 200 + "\n", ""),
    "many patterns": (("regexp '" + "(a{0,20})" * 20 + "' " + "a" * 90 + "\n") * 999, "menu needs"),
    "wildcards": ("true /*/*/*\n" * 20000, "more than a menu needs"),
    "sourcing itself": ("source /grub.cfg\n" * 50, "calls within each other"),
    "variables": ("".join(f"set v{i}=1\n" for i in range(6000)), "variables"),
    "entries": ("menuentry a {\ntrue\n}\n" * 13000, "entries"),
    "a word": ("echo " + "x" * 70000 + "\n", "a word of more than"),
    "nesting": ("if true; then\n" * 3000, "within each other"),
    "nested blocks": ("".join(" " * i + "menuentry x {\n" for i in range(199)) * 9, "within"),
    "faults": ("menuentry x {\nif\n}\n" * 3000, "the rest is not read"),
    "output": (LONG + "echo $a$a$a\n" * 100, "characters printed"),
}


@pytest.mark.parametrize(("text", "said"), ENDLESS.values(), ids=ENDLESS.keys())
def test_it_ends(tmp_path: Path, text: str, said: str) -> None:
    first = "menuentry 'First' {\n\tlinux /k\n}\n"
    volume = tree(tmp_path, {"grub.cfg": first + text, "d/e/f": ""}, name="sda1")
    (found,) = read(volume, Volumes([volume]), EFI)
    assert found.entries[0].title == "First"
    assert found.entries[0].kind == "linux"
    if said:
        assert any(said in one.message for one in found.diagnostics), found.diagnostics[:3]
    assert len(found.diagnostics) <= 1000


def test_menus_that_show_each_other(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "grub.cfg": "menuentry A { configfile /b.cfg }\n",
        "b.cfg": "menuentry B { configfile /grub.cfg }\nmenuentry C { linux /k }\n",
    }
    volume = tree(tmp_path, files, name="sda1")
    (found,) = read(volume, Volumes([volume]), EFI)
    assert [(one.path, one.kind) for one in found.entries] == [
        (("A", "B"), "unsupported"),
        (("A", "C"), "linux"),
    ]
