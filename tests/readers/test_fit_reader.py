"""FIT images made by mkimage: what is listed of them, and what is said of broken ones."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_tools import fill, fit, run

from bootpy.entry import Configuration, File, Host
from bootpy.policy.listing import merge
from bootpy.readers import fit as reader
from bootpy.readers.reading import read_all
from bootpy.volume import FolderVolume, Volumes

ARM = Host("efi", "aarch64")
SOURCE = """
/dts-v1/;
/ {
    description = "Two boards";
    #address-cells = <1>;
    images {
        kernel-1 {
            description = "Linux 6.1";
            data = /incbin/("kernel");
            type = "kernel"; arch = "arm64"; os = "linux"; compression = "gzip";
            load = <0x80000>; entry = <0x80000>;
            hash-1 { algo = "sha256"; };
        };
        ramdisk-1 {
            data = /incbin/("ramdisk");
            type = "ramdisk"; arch = "arm64"; os = "linux"; compression = "none";
            hash-1 { algo = "crc32"; };
        };
        fdt-1 {
            data = /incbin/("tree");
            type = "flat_dt"; arch = "arm64"; compression = "none";
        };
    };
    configurations {
        default = "conf-2";
        conf-1 { description = "Board one"; kernel = "kernel-1"; fdt = "fdt-1"; };
        conf-2 { kernel = "kernel-1"; ramdisk = "ramdisk-1"; fdt = "fdt-1"; };
    };
};
"""
FILES = {"kernel": b"kernel" * 100, "ramdisk": b"070701", "tree": b"tree"}


def read(folder: Path) -> list[Configuration]:
    volume = FolderVolume(str(folder), name="mmcblk0p1")
    return reader.read(volume, Volumes([volume]), ARM)


def image(folder: Path, source: str = SOURCE, *options: str, name: str = "x.itb") -> Configuration:
    """Make an image and read it; its references are not looked at by mkimage."""
    folder.mkdir(exist_ok=True)
    fit(folder / name, source, FILES, *options)
    (found,) = read(folder)
    return found


@pytest.mark.parametrize("options", [(), ("-E",), ("-E", "-p", "0x2000")])
def test_one_entry_per_configuration(tmp_path: Path, options: tuple[str, ...]) -> None:
    found = image(tmp_path, SOURCE, *options)
    first, second = found.entries
    assert (first.id, second.id) == ("fit:mmcblk0p1:/x.itb#conf-1", "fit:mmcblk0p1:/x.itb#conf-2")
    assert (first.title, second.title) == ("Board one", "Linux 6.1")
    assert (first.configuration, second.configuration) == ("conf-1", "conf-2")
    assert (first.default, second.default, found.default) == (False, True, second.id)
    assert first.kernel == second.kernel == File("mmcblk0p1", "/x.itb", exists=True)
    assert {(one.format, one.kind, one.architecture) for one in found.entries} == {
        ("fit", "fit", "aarch64")
    }
    assert [(one.field, one.value) for one in second.origins] == [
        ("title", "Linux 6.1"),
        ("kernel", "kernel-1"),
        ("initrds", "ramdisk-1"),
        ("devicetree", "fdt-1"),
    ]
    assert found.diagnostics == ()


@pytest.mark.parametrize("options", [(), ("-E",)])
def test_arguments_come_from_the_device_tree(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "board.dts").write_text(
        '/dts-v1/; / { chosen { bootargs = "console=ttyS0 root=/dev/mmcblk0p2 "; }; };'
    )
    run("dtc", "-q", "-o", tmp_path / "board.dtb", tmp_path / "board.dts")
    tree = (tmp_path / "board.dtb").read_bytes()
    (tmp_path / "disk").mkdir()
    source = changed('kernel = "kernel-1"; fdt = "fdt-1"', 'kernel = "kernel-1"')
    fit(tmp_path / "disk/x.itb", source, {**FILES, "tree": tree}, *options)
    (found,) = read(tmp_path / "disk")
    first, second = found.entries
    assert (first.cmdline, second.cmdline) == ("", "console=ttyS0 root=/dev/mmcblk0p2")
    assert second.origins[-1].field == "cmdline"


def test_places_and_the_listing(tmp_path: Path) -> None:
    for number, name in enumerate(("fitImage", "image.fit", "a.ITB")):
        folder = tmp_path / ("boot" if number else "")
        folder.mkdir(exist_ok=True)
        fit(folder / name, SOURCE, FILES)
    listing = merge(read_all(Volumes([FolderVolume(str(tmp_path), name="sda1")]), ARM))
    paths = [entry.kernel.path for entry in listing.entries if entry.kernel]
    assert paths == ["/fitImage"] * 2 + ["/boot/a.ITB"] * 2 + ["/boot/image.fit"] * 2
    assert listing.default == "fit:sda1:/fitImage#conf-2"


def compiled(folder: Path, source: str) -> None:
    """Make disk/x.itb with dtc, as mkimage refuses some faults itself."""
    fill(folder / "parts", dict(FILES))
    (folder / "disk").mkdir()
    (folder / "x.its").write_text(source)
    run("dtc", "-q", "-i", folder / "parts", "-o", folder / "disk/x.itb", folder / "x.its")


def changed(old: str, new: str) -> str:
    assert old in SOURCE
    return SOURCE.replace(old, new)


@pytest.mark.parametrize(
    ("source", "said", "kinds", "default"),
    [
        (
            changed('default = "conf-2"', 'default = "conf-9"'),
            "warning: the default configuration 'conf-9' is not in the image",
            ["fit", "fit"],
            None,
        ),
        (
            changed('kernel = "kernel-1"; ramdisk', 'kernel = "kernel-7"; ramdisk'),
            "error: /configurations/conf-2 names the kernel 'kernel-7', which is not in /images",
            ["fit", "unsupported"],
            "conf-2",
        ),
        (
            changed('ramdisk = "ramdisk-1"', 'ramdisk = "ramdisk-7"'),
            "error: /configurations/conf-2 names the ramdisk 'ramdisk-7', which is not in /images",
            ["fit", "unsupported"],
            "conf-2",
        ),
        (
            changed('ramdisk = "ramdisk-1"; fdt = "fdt-1"', 'fdt = "fdt-1", "fdt-2"'),
            "warning: /configurations/conf-2 names 'fdt-2', not in /images",
            ["fit", "fit"],
            "conf-2",
        ),
        (
            changed('conf-1 { description = "Board one"; kernel = "kernel-1";', "conf-1 {"),
            "info: /configurations/conf-1 names no kernel: it is passed over",
            ["fit"],
            "conf-2",
        ),
        (
            changed('compression = "gzip"', 'compression = "lzo"'),
            "error: the kernel of /configurations/conf-1 is compressed with lzo",
            ["fit", "fit"],
            "conf-2",
        ),
        (
            changed('os = "linux"; compression = "gzip"', 'os = "u-boot"; compression = "gzip"'),
            "error: the kernel 'kernel-1' of /configurations/conf-1 is for u-boot, not Linux",
            ["unsupported", "unsupported"],
            "conf-2",
        ),
        (
            changed('data = /incbin/("tree");', ""),
            "error: image fdt-1: it has no data",
            ["fit", "fit"],
            "conf-2",
        ),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, source: str, said: str, kinds: list[str], default: str | None
) -> None:
    compiled(tmp_path, source)
    (found,) = read(tmp_path / "disk")
    assert [entry.kind for entry in found.entries] == kinds
    assert said in [f"{one.level}: {one.message}" for one in found.diagnostics]
    assert all(one.hint for one in found.diagnostics)
    wanted = f"fit:mmcblk0p1:/x.itb#{default}" if default else None
    assert found.default == wanted
    assert [one.id for one in found.entries if one.default] == ([wanted] if wanted else [])


def test_signatures_are_mentioned(tmp_path: Path) -> None:
    node = 'signature-1 { algo = "sha256,rsa2048"; key-name-hint = "dev"; };'
    conf = 'conf-2 { kernel = "kernel-1"; ramdisk = "ramdisk-1"; fdt = "fdt-1";'
    compiled(tmp_path, changed(conf, f"{conf} {node}"))
    (found,) = read(tmp_path / "disk")
    told = [one for one in found.diagnostics if "signature is not checked" in one.message]
    assert [one.level for one in told] == ["info"]


def test_without_configurations(tmp_path: Path) -> None:
    whole = SOURCE[: SOURCE.index("configurations {")] + "};"
    found = image(tmp_path / "one", whole)
    (entry,) = found.entries
    assert (entry.id, entry.configuration, found.default) == (
        "fit:mmcblk0p1:/x.itb",
        "",
        "fit:mmcblk0p1:/x.itb",
    )
    assert [one.value for one in entry.origins if one.field == "initrds"] == ["ramdisk-1"]
    second = 'kernel-2 { data = "x"; type = "kernel"; os = "linux"; arch = "arm64"; '
    second += 'compression = "none"; load = <1>; entry = <1>; };'
    unclear = image(tmp_path / "two", whole.replace("images {", "images { " + second))
    assert (unclear.entries, unclear.default) == ((), None)
    assert "no configuration says" in unclear.diagnostics[0].message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no device tree"),
        (b"text" * 100, "no device tree"),
        (b"\xd0\x0d\xfe\xed" + bytes(36), "version 0"),
        (
            b"\xd0\x0d\xfe\xed\0\1\0\0" + bytes(12) + b"\0\0\0\x11\0\0\0\x10" + bytes(20),
            "truncated",
        ),
    ],
)
def test_what_is_no_fit_image(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.itb").write_bytes(content)
    (found,) = read(tmp_path)
    assert (found.entries, found.default) == ((), None)
    (told,) = found.diagnostics
    assert said in told.message


def test_a_device_tree_is_no_fit_image(tmp_path: Path) -> None:
    (tmp_path / "x.its").write_text('/dts-v1/; / { compatible = "board"; };')
    run("dtc", "-q", "-o", tmp_path / "board.itb", tmp_path / "x.its")
    (found,) = read(tmp_path)
    assert "it has no /images" in found.diagnostics[0].message


def test_a_truncated_image(tmp_path: Path) -> None:
    for options, said in (((), "truncated"), (("-E",), "bytes of it are missing")):
        fit(tmp_path / "x.itb", SOURCE, FILES, *options)
        whole = (tmp_path / "x.itb").read_bytes()
        (tmp_path / "x.itb").write_bytes(whole[:-20])
        (found,) = read(tmp_path)
        assert any(said in one.message for one in found.diagnostics), options


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(
    changes=st.lists(st.tuples(st.integers(0, 1 << 12), st.binary(max_size=4)), max_size=10),
    cut=st.integers(0, 1 << 12),
)
def test_damage_gives_diagnostics_alone(
    made: bytes,
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[int, bytes]],
    cut: int,
) -> None:
    content = bytearray(made)
    for place, new in changes:
        at = place % len(content)
        content[at : at + len(new)] = new
    if cut % 3 == 0:
        del content[cut % len(content) :]
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "x.itb").write_bytes(content)
    (found,) = read(folder)
    assert found.entries or found.diagnostics


@pytest.fixture(scope="module", params=[(), ("-E",)])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    target = tmp_path_factory.mktemp("fit") / "x.itb"
    return fit(target, SOURCE, FILES, *request.param).read_bytes()
