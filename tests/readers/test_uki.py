"""Unified kernel images in /EFI/Linux: what they say, profiles, menus with type 1 entries."""

import os
import tempfile
from pathlib import Path

import pytest
from boot_trees import EFI, tree
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_images import debian_kernel, portable
from unified_images import OSREL, made_by_objcopy, unified

from bootpy.diagnostics import Source
from bootpy.entry import Configuration, Entry, File, Host, Origin, Tries
from bootpy.policy.listing import merge
from bootpy.readers import bls
from bootpy.readers.reading import read_all
from bootpy.readers.uki_entry import read_images
from bootpy.volume import FolderVolume, Volumes

DEBIAN = "Debian GNU/Linux 12 (bookworm)"


def one(volume: FolderVolume, host: Host = EFI) -> Configuration:
    (found,) = bls.read(volume, Volumes([volume]), host)
    return found


def images(folder: Path, **content: bytes) -> FolderVolume:
    """A volume with images; `a_efi` is /EFI/Linux/a.efi."""
    return tree(
        folder, {f"EFI/Linux/{name.replace('_', '.')}": data for name, data in content.items()}
    )


def entry_of(volume: FolderVolume) -> Entry:
    (entry,) = one(volume).entries
    return entry


def test_an_image_that_objcopy_made_of_debian_s_stub(tmp_path: Path) -> None:
    (tmp_path / "EFI/Linux").mkdir(parents=True)
    made_by_objcopy(
        tmp_path / "EFI/Linux/debian-6.1.0+3.efi",
        [
            (".osrel", OSREL),
            (".cmdline", b"root=/dev/vda2 ro\nquiet\n"),
            (".uname", b"6.1.0-44-cloud-amd64"),
            (".initrd", b"070701"),
            (".linux", debian_kernel()),
        ],
    )
    found = one(FolderVolume(str(tmp_path), name="sda1"))
    path = "/EFI/Linux/debian-6.1.0+3.efi"
    (entry,) = found.entries
    assert not found.diagnostics
    assert (found.format, found.source) == ("uki", Source("sda1", "/EFI/Linux"))
    assert entry._replace(origins=()) == Entry(
        id="uki:sda1:debian-6.1.0.efi",
        title=DEBIAN,
        path=(DEBIAN,),
        format="uki",
        kind="uki",
        source=Source("sda1", path),
        default=True,
        kernel=File("sda1", path, exists=True),
        cmdline="root=/dev/vda2 ro quiet",
        architecture="x64",
        version="12 (bookworm)",
        tries=Tries(3, 0),
        profile=0,
    )
    (write,) = found.writes
    assert (write.path, write.variables) == (path, (("name", "debian-6.1.0+2-1.efi"),))
    assert entry.origins == (
        Origin("title", DEBIAN, entry.source, ".osrel section"),
        Origin("version", "12 (bookworm)", entry.source, ".osrel section"),
        Origin("order", "debian", entry.source, ".osrel section"),
        Origin("kernel", path, entry.source, ".linux section"),
        Origin("cmdline", entry.cmdline, entry.source, ".cmdline section"),
        Origin("architecture", "x64", entry.source, "machine in the PE header"),
        Origin("tries", path, entry.source, "boot counters in the file name"),
        Origin(
            "default",
            "debian-6.1.0.efi",
            found.source,
            "first entry in the specification's order",
        ),
    )


PROFILES = (
    (".profile", b"TITLE=Main system\n"),
    (".profile", b'ID=factory-reset\nTITLE="Reset"\n'),
    (".cmdline", b"reset"),
    (".profile", b"ID=storage\n"),
    (".osrel", b"ID=other\nVERSION_ID=1\n"),
    (".profile", b""),
)


def test_a_profile_is_an_entry(tmp_path: Path) -> None:
    found = one(images(tmp_path, a_efi=unified(*PROFILES)))
    assert [(e.id, e.title, e.cmdline, e.profile, e.version) for e in found.entries] == [
        ("uki:sda1:a.efi", f"{DEBIAN} (Main system)", "quiet", 0, "12 (bookworm)"),
        ("uki:sda1:a.efi@factory-reset", f"{DEBIAN} (Reset)", "reset", 1, "12 (bookworm)"),
        ("uki:sda1:a.efi@3", f"{DEBIAN} (Profile #4)", "quiet", 3, "12 (bookworm)"),
        ("uki:sda1:a.efi@storage", "other (storage)", "quiet", 2, "1"),
    ]
    assert found.default == "uki:sda1:a.efi"
    origins = [(one.field, one.value, one.how) for one in found.entries[1].origins]
    assert origins[:2] == [
        ("title", DEBIAN, ".osrel section"),
        ("title", "Reset", ".profile section"),
    ]
    assert ("profile", "1", ".profile section") in origins


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        ("a.efi", "a.efi"),
        ("A.EFI", "a.efi"),
        ("a", "a.efi"),
        ("a.efi@factory-reset", "a.efi@factory-reset"),
        ("a.efi@1", "a.efi@factory-reset"),
        ("a.efi@3", "a.efi@3"),
        ("*@storage", "a.efi@storage"),
        ("b+2.efi", "b.efi"),
        ("b.efi", "b.efi"),
        ("b*", "b.efi"),
        ("arch-*", "arch-1"),
        ("*.efi", "a.efi"),
        ("*.conf", "arch-1"),
    ],
)
def test_loader_conf_names_entries_of_both_types(tmp_path: Path, pattern: str, chosen: str) -> None:
    volume = tree(
        tmp_path,
        {
            "loader/loader.conf": f"default {pattern}\n",
            "loader/entries/arch-1.conf": "linux /k\n",
            "k": "",
            "EFI/Linux/a.efi": unified(*PROFILES),
            "EFI/Linux/b+2.efi": unified(osrel=b"NAME=b\nID=zzz\n"),
        },
    )
    found = one(volume)
    assert found.default is not None
    assert found.default.partition("sda1:")[2] == chosen
    assert not found.diagnostics
    chosen_entry = next(entry for entry in found.entries if entry.default)
    assert chosen_entry.origins[-1] == Origin(
        "default", pattern, Source("sda1", "/loader/loader.conf", 1), "default in loader.conf"
    )


def test_both_types_are_one_menu_in_one_order(tmp_path: Path) -> None:
    def release(version: str) -> bytes:
        return b'NAME="D"\nID=debian\nVERSION_ID=' + version.encode() + b"\n"

    volume = tree(
        tmp_path,
        {
            "loader/entries/new.conf": "title T\nlinux /k\nsort-key debian\nversion 11\n",
            "loader/entries/old.conf": "title T\nlinux /k\nsort-key debian\nversion 9\n",
            "loader/entries/plain.conf": "linux /k\n",
            "loader/entries/arch.conf": "title T\nlinux /k\nsort-key arch\nversion 1\n",
            "k": "",
            "EFI/Linux/d12.efi": unified(osrel=release("12")),
            "EFI/Linux/d10.efi": unified(osrel=release("10")),
            "EFI/Linux/bad+0-3.efi": unified(osrel=release("13")),
            "EFI/Linux/auto-windows.efi": unified(),
            "EFI/Linux/.hidden.efi": unified(),
            "EFI/Linux/splash.bmp": b"BM",
        },
    )
    found = one(volume)
    assert [entry.id.rpartition(":")[2] for entry in found.entries] == [
        "arch",
        "d12.efi",
        "new",
        "d10.efi",
        "old",
        "plain",
        "bad.efi",
    ]
    assert (found.format, found.default) == ("bls", "bls:sda1:arch")
    # Equal titles are told apart by version, in both types.
    assert [entry.title for entry in found.entries if entry.title.startswith("D ")] == [
        "D (12)",
        "D (10)",
        "D (13)",
    ]


def test_each_format_alone_and_both(tmp_path: Path) -> None:
    volume = tree(
        tmp_path,
        {
            "loader/loader.conf": "default a.efi\ntimeout 4\n",
            "loader/entries/x.conf": "linux /k\n",
            "k": "",
            "EFI/Linux/a.efi": unified(),
            "boot/EFI/Linux/inner.efi": unified(),
        },
    )
    volumes = Volumes([volume])

    def ids(*formats: str) -> list[tuple[str, list[str], str | None]]:
        return [
            (found.format, [entry.id for entry in found.entries], found.default)
            for found in read_all(volumes, EFI, formats)
            if not found.diagnostics
        ]

    inner = ("uki", ["uki:sda1:inner.efi"], "uki:sda1:inner.efi")
    together = [("bls", ["uki:sda1:a.efi", "bls:sda1:x"], "uki:sda1:a.efi"), inner]
    assert ids("bls", "uki") == together
    # Without formats every reader runs, those that are not there with a remark.
    assert [one for one in ids() if one[0] in {"bls", "uki"}] == together
    assert ids("bls") == [("bls", ["bls:sda1:x"], "bls:sda1:x")]
    assert ids("uki") == [("uki", ["uki:sda1:a.efi"], "uki:sda1:a.efi"), inner]


def test_esp_and_xbootldr_hold_one_menu_of_images(tmp_path: Path) -> None:
    esp = tree(
        tmp_path / "esp",
        {"loader/loader.conf": "default old*\n", "EFI/Linux/new.efi": unified()},
        name="sda1",
    )
    boot = tree(tmp_path / "boot", {"EFI/Linux/old.efi": unified()}, name="sda2")
    volumes = Volumes([boot, esp])
    assert bls.read(boot, volumes, EFI) == []
    (found,) = bls.read(esp, volumes, EFI)
    assert [entry.id for entry in found.entries] == ["uki:sda2:old.efi", "uki:sda1:new.efi"]
    assert found.default == "uki:sda2:old.efi"


def test_images_stay_where_a_grub_cfg_lists_the_entries_of_type_1(tmp_path: Path) -> None:
    volume = tree(
        tmp_path,
        {
            "grub2/grub.cfg": "blscfg\n",
            "loader/entries/x.conf": "title X\nlinux /k\n",
            "k": "",
            "EFI/Linux/a.efi": unified(),
        },
    )
    by_grub, rest = read_all(Volumes([volume]), EFI, ["grub", "bls", "uki"])
    assert [(entry.format, entry.title) for entry in by_grub.entries] == [("bls", "X")]
    assert [entry.id for entry in rest.entries] == ["uki:sda1:a.efi"]


def test_profiles_of_two_images_of_one_name_stay_apart(tmp_path: Path) -> None:
    image = unified((".profile", b""), (".profile", b"ID=p"))
    conf: dict[str, str | bytes] = {"loader/loader.conf": ""}
    esp = tree(tmp_path / "1", conf | {"EFI/Linux/a.efi": image}, name="sda1")
    boot = tree(tmp_path / "2", {"EFI/Linux/a.efi": image}, name="sda2")
    (found,) = bls.read(esp, Volumes([esp, boot]), EFI)
    assert [entry.id for entry in found.entries] == [
        "uki:sda1:a.efi",
        "uki:sda2:a.efi",
        "uki:sda1:a.efi@p",
        "uki:sda2:a.efi@p",
    ]


@pytest.mark.parametrize(
    ("osrel", "title", "version", "sort_key"),
    [
        (b"NAME=n\nID=i\nIMAGE_ID=m\nPRETTY_NAME='p q'\n", "p q", None, "m"),
        (b"NAME=n\nID=i\nIMAGE_ID=m\n", "m", None, "m"),
        (b"NAME=n\nID=i\n", "n", None, "i"),
        (b"ID=i\nBUILD_ID=b\n", "i", "b", "i"),
        (b"ID=i\nBUILD_ID=b\nVERSION_ID=v\n", "i", "v", "i"),
        (b"ID=i\nVERSION_ID=v\nVERSION=w\n", "i", "w", "i"),
        (b"ID=i\nVERSION=w\nIMAGE_VERSION=x\n", "i", "x", "i"),
        (b'# ID=no\n\n  ID="i" \r\nPRETTY_NAME=\n=x\nfoo\nVERSION=\0ID=z', "i", None, "i"),
    ],
)
def test_which_fields_of_os_release_count(
    tmp_path: Path, osrel: bytes, title: str, version: str | None, sort_key: str
) -> None:
    (candidate,), said = read_images(
        images(tmp_path, a_efi=unified(osrel=osrel)), "/EFI/Linux", "a.efi", EFI
    )
    assert not said
    assert (candidate.entry.title, candidate.entry.version) == (title, version)
    assert candidate.sort_key == sort_key


@pytest.mark.parametrize(
    ("section", "cmdline"),
    [
        (b"a b\n\0", "a b"),
        (b"\0", ""),
        (b"a\x7fb\x1f\x7f", "a b"),
        (b" \t\n root=/dev/sda1\tro\n\nquiet \r\n", "root=/dev/sda1 ro  quiet"),
        (b'dyndbg="file a.c +p"\0ignored', 'dyndbg="file a.c +p"'),
        ("caf\u00e9 \u00a0x\u00a0".encode(), "caf\u00e9 \u00a0x\u00a0"),
    ],
)
def test_the_command_line_as_the_stub_hands_it_over(
    tmp_path: Path, section: bytes, cmdline: str
) -> None:
    assert entry_of(images(tmp_path, a_efi=unified(cmdline=section))).cmdline == cmdline


def test_an_image_without_a_command_line_or_name_is_listed(tmp_path: Path) -> None:
    found = one(images(tmp_path, **{"a+1-2_efi": unified(osrel=b"", cmdline=b"")}))
    (entry,) = found.entries
    assert (entry.title, entry.cmdline, entry.kind) == ("a.efi", "", "uki")
    assert entry.tries == Tries(1, 2)
    (said,) = found.diagnostics
    assert (said.level, said.source) == ("warning", Source("sda1", "/EFI/Linux/a+1-2.efi"))


BROKEN = {
    "empty": (b"", "error", "is empty (0 bytes)"),
    "text": (b"no image\n", "error", "is no PE file"),
    "headers cut": (unified()[:300], "error", "is no PE file"),
    "truncated": (unified()[:2000], "error", "truncated"),
    "no kernel": (portable([(".osrel", OSREL)]), "error", "no .linux section"),
    "another program": (portable([(".text", b"x")]), "info", "no unified kernel image"),
    "another machine": (unified(machine=0xAA64), "info", "for aarch64, and this machine is x86_64"),
    "unknown machine": (unified(machine=0x1234), "info", "for an unknown machine"),
}


@pytest.mark.parametrize(("content", "level", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_image_is_told_and_costs_no_other(
    tmp_path: Path, content: bytes, level: str, message: str
) -> None:
    found = one(images(tmp_path, good_efi=unified(), x_efi=content))
    (said,) = found.diagnostics
    assert (said.level, said.source) == (level, Source("sda1", "/EFI/Linux/x.efi"))
    assert message in said.message
    assert found.default == "uki:sda1:good.efi"
    others = [entry for entry in found.entries if not entry.default]
    # What has a name is shown as what cannot boot.
    shown = level == "error" and OSREL in content
    assert [(entry.id, entry.kind) for entry in others] == (
        [("uki:sda1:x.efi", "unsupported")] if shown else []
    )


def test_images_for_other_machines(tmp_path: Path) -> None:
    volume = images(tmp_path, a_efi=unified(machine=0xAA64), x_efi=unified(), i_efi=unified())
    found = one(volume, Host("efi", "aarch64"))
    assert [(entry.id, entry.architecture) for entry in found.entries] == [
        ("uki:sda1:a.efi", "aa64")
    ]
    small = images(tmp_path / "32", i_efi=unified(machine=0x014C), a_efi=unified(machine=0x01C2))
    assert [e.architecture for e in one(small, Host("efi", "i586")).entries] == ["ia32"]
    assert [e.architecture for e in one(small, Host("efi", "armv6l")).entries] == ["arm"]


def test_a_large_image_is_not_read(tmp_path: Path) -> None:
    volume = images(tmp_path, a_efi=portable([(".linux", b""), (".osrel", b"NAME=n\n")]))
    file = tmp_path / "EFI/Linux/a.efi"
    content = bytearray(file.read_bytes())
    # The kernel takes 3 GB, and its name stands behind it.
    at = content.index(b".linux\0\0")
    size = 3 << 30
    content[at + 8 : at + 24] = b"".join(n.to_bytes(4, "little") for n in (size, 0, size, 1024))
    content[at + 40 + 20 : at + 40 + 24] = (1024 + size).to_bytes(4, "little")
    file.write_bytes(content[:1024])
    with file.open("r+b") as sparse:
        sparse.seek(1024 + size)
        sparse.write(content[1024:])
    before = _bytes_read()
    entry = entry_of(volume)
    assert (entry.title, entry.kind) == ("n", "uki")
    assert _bytes_read() - before < 1 << 20


def _bytes_read() -> int:
    with open("/proc/self/io") as counters:
        return int(counters.readline().split()[1])


def test_a_folder_named_like_an_image(tmp_path: Path) -> None:
    volume = images(tmp_path, a_efi=unified())
    (tmp_path / "EFI/Linux/b.efi").mkdir()
    os.mkfifo(tmp_path / "EFI/Linux/c.efi")
    (tmp_path / "EFI/Linux/d.efi").symlink_to("/etc/passwd")
    found = one(volume)
    assert [entry.id for entry in found.entries] == ["uki:sda1:a.efi"]
    assert {(said.level, said.source and said.source.path[-5:]) for said in found.diagnostics} == {
        ("info", "b.efi"),
        ("error", "c.efi"),
        ("error", "d.efi"),
    }


def test_no_images_no_configuration(tmp_path: Path) -> None:
    volume = tree(tmp_path, {"EFI/Linux/README": "x"})
    assert bls.read(volume, Volumes([volume]), EFI) == []
    assert bls.read_type_2(volume, Volumes([volume]), EFI) == []


SEEDS = (unified(*PROFILES), unified(), portable([(".profile", b"x")] * 300 + [(".osrel", OSREL)]))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 0x600), st.binary(min_size=1, max_size=8)), max_size=6),
    st.integers(1, 1 << 14),
)
def test_damage_raises_nothing(seed: bytes, changes: list[tuple[int, bytes]], length: int) -> None:
    content = bytearray(seed)
    for where, new in changes:
        content[where : where + len(new)] = new
    with tempfile.TemporaryDirectory() as folder:
        volume = tree(
            Path(folder),
            {
                "EFI/Linux/a.efi": bytes(content[:length]),
                "EFI/Linux/a.efi.extra.d/x.addon.efi": bytes(content[:length]),
                "loader/entries/t.conf": "uki /EFI/Linux/a.efi\nprofile 1\n",
            },
        )
        found = bls.read(volume, Volumes([volume]), EFI)
        ids = [entry.id for entry in merge(found).entries]
        assert len(ids) == len(set(ids))
        assert "bls:sda1:t" in ids
