"""The loader's own kernel: its fragment, what became of it, and the file that it is."""

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from bootpy.errors import BootError
from initramfs.debian import Archive, default_cache
from initramfs.kernel import Kernel
from initramfs.loader_kernel import toolchain
from initramfs.loader_kernel.fragment import Fragment, ineffective, parse_option, quoted, text_of
from initramfs.loader_kernel.kbuild import Kbuild
from initramfs.loader_kernel.kernel import FOLDER, LoaderKernel
from initramfs.profile import LoaderKernelPart

_FRAGMENTS = sorted(FOLDER.glob("*.config"))


@pytest.fixture(scope="session")
def own() -> LoaderKernel:
    return LoaderKernel(Archive(default_cache()), LoaderKernelPart())


@pytest.fixture(scope="session")
def kernel(own: LoaderKernel) -> Kernel:
    if not own.is_built():
        pytest.skip("the loader's own kernel is not built: make kernel")
    return own.plain()


@pytest.mark.parametrize("path", _FRAGMENTS, ids=lambda path: path.stem)
def test_fragments_of_the_repository_come_through_their_own_text(path: Path) -> None:
    options = Fragment.read(path).options
    assert len(options) > 150
    lines = text_of(options).splitlines()
    assert dict(filter(None, map(parse_option, lines))) == options


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("#: a\nCONFIG_X=m\n", ":2", "no option"),
        ("#: a\nCONFIG_X\n", ":2", "no option"),
        ("#: a\nX=y\n", ":2", "no option"),
        ('#: a\nCONFIG_X="open\n', ":2", "no option"),
        ("#: a\nCONFIG_X=y\n#: b\n# CONFIG_X is not set\n", ":4", "CONFIG_X stands in line 2"),
        ("CONFIG_X=y\n", ":1", "in no block"),
        ("#: a\n#: a\n", ":2", "name"),
        ("#:\n", ":1", "name"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, text: str, place: str, message: str) -> None:
    path = tmp_path / "bad.config"
    path.write_text(text)
    with pytest.raises(BootError) as caught:
        Fragment.read(path)
    assert f"{path}{place}: " in caught.value.message
    assert message in caught.value.message


def test_blocks_are_left_out_by_name(tmp_path: Path) -> None:
    path = tmp_path / "some.config"
    path.write_text("#: a\n# words\nCONFIG_A=y\n\n#: b\nCONFIG_B=7\n# CONFIG_C is not set\n")
    fragment = Fragment.read(path)
    assert fragment.options == {"CONFIG_A": "y", "CONFIG_B": "7", "CONFIG_C": "n"}
    assert fragment.without(["b"]).options == {"CONFIG_A": "y"}
    with pytest.raises(BootError) as caught:
        fragment.without(["c"])
    assert "a, b" in caught.value.hint


def test_what_took_no_effect_is_said() -> None:
    wanted = {"CONFIG_A": "y", "CONFIG_B": "n", "CONFIG_C": "n", "CONFIG_D": '"x"', "CONFIG_E": "2"}
    had = '# CONFIG_C is not set\nCONFIG_B=y\nCONFIG_D="x"\nCONFIG_E=3\n'
    assert [line.split(":")[0] for line in ineffective(wanted, had)] == [
        "CONFIG_A",
        "CONFIG_B",
        "CONFIG_E",
    ]


def test_command_lines_are_quoted() -> None:
    assert quoted('root="a b" c\\d') == r'"root=\"a b\" c\\d"'
    given = quoted('a "b" c')
    assert parse_option(f"CONFIG_CMDLINE={given}") == ("CONFIG_CMDLINE", given)
    for text in ("a\nb", "\u00e9"):
        with pytest.raises(BootError):
            quoted(text)


def test_a_missing_compiler_is_named_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BootError) as caught:
        toolchain.require()
    assert "gcc" in caught.value.message
    assert "flex" in caught.value.message
    assert "apt-get install gcc" in caught.value.hint
    assert "libelf-dev" in caught.value.hint


def test_the_kernel_is_under_four_million_bytes(kernel: Kernel) -> None:
    assert 1_000_000 < kernel.vmlinuz.stat().st_size < 4_000_000


def test_every_option_took_effect(own: LoaderKernel, kernel: Kernel) -> None:
    configuration = (kernel.vmlinuz.parent / "config").read_text()
    assert ineffective(own.options(), configuration) == []
    assert "=m\n" not in configuration


def test_the_kernel_is_a_bzimage_and_an_efi_application(kernel: Kernel) -> None:
    data = kernel.vmlinuz.read_bytes()
    assert data[:2] == b"MZ"
    assert data[0x202:0x206] == b"HdrS"
    (pe,) = struct.unpack_from("<I", data, 0x3C)
    assert data[pe : pe + 6] == b"PE\0\0\x64\x86"
    # The subsystem: an EFI application (PE format, optional header, offset 68).
    assert struct.unpack_from("<H", data, pe + 24 + 68) == (10,)
    # Documentation/arch/x86/boot.rst, kernel_version.
    (version,) = struct.unpack_from("<H", data, 0x20E)
    assert data[version + 0x200 :].startswith(f"{kernel.release} (bootpy@bootpy) #1 ".encode())


def test_an_option_without_effect_ends_the_build_with_its_name(
    own: LoaderKernel, kernel: Kernel, tmp_path: Path
) -> None:
    source = own.source()
    build = Kbuild(source, tmp_path / "objects", "x86_64", tmp_path / "log")
    wanted = own.options()
    # One that is not there, and one whose dependency (INFINIBAND) is off.
    given = wanted | {"CONFIG_NO_SUCH_DRIVER": "y", "CONFIG_INFINIBAND_IPOIB": "y"}
    with pytest.raises(BootError) as caught:
        build.configure(given)
    for name in ("CONFIG_NO_SUCH_DRIVER", "CONFIG_INFINIBAND_IPOIB"):
        assert f"{name}: y was wanted, and it is n" in caught.value.message
    assert caught.value.message.startswith("2 options")
    assert kernel.release


def test_other_settings_are_another_kernel(own: LoaderKernel) -> None:
    others = [{"without": ("btrfs",)}, {"compression": "zstd"}, {"command_line": "x"}]
    parts = [replace(own.part, **other) for other in others]  # type: ignore[arg-type]
    prints = {LoaderKernel(own.archive, part).fingerprint() for part in parts}
    assert len(prints | {own.fingerprint()}) == 4
    assert own.fingerprint() == LoaderKernel(own.archive, own.part).fingerprint()
