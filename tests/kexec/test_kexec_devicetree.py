"""Device trees of real machines: QEMU writes them, and dtc reads what was made of them."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_images import memory_file

from bootpy.errors import BootError
from bootpy.kexec.devicetree import MOST, Boot, Branch, Tree, completed, encode, for_boot, read

BOOT = Boot(b"console=ttyAMA0 quiet", (0x48000000, 0x49000001), b"12345678", b"s" * 32)
SOURCE = """/dts-v1/;
/memreserve/ 0x48000000 0x100000;
/memreserve/ 0x50000000 0x2000;
/ {
    #address-cells = <2>; #size-cells = <2>; compatible = "a,board";
    serial-number = "0815";
    chosen {
        bootargs = "old"; stdout-path = "/serial"; linux,initrd-start = <0x48000000>;
        linux,initrd-end = <0x48100000>; linux,elfcorehdr = <0 0 0 0>;
        linux,usable-memory-range = <0 0 0 0>; kaslr-seed = <1 2>; rng-seed = [00 01];
        linux,uefi-system-table = <0 0x7c000000>; linux,booted-from-kexec;
    };
    memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
    serial { compatible = "a,uart"; odd = [01 02 03]; };
    soc { ethernet@0 { local-mac-address = [02 00 00 00 00 01]; other = "own"; }; };
};
"""
BARE = """/dts-v1/;
/ {
    compatible = "a,board"; memory { device_type = "memory"; reg = <0 0>; };
    memory-controller { };
    serial { compatible = "b,uart"; };
    soc { ethernet@0 { local-mac-address = [00 00 00 00 00 00]; status = "okay"; }; };
};
"""


def compiled(source: str) -> bytes:
    command = ["dtc", "-q", "-I", "dts", "-O", "dtb", "-"]
    return subprocess.run(command, input=source.encode(), stdout=subprocess.PIPE, check=True).stdout


def source_of(content: bytes) -> str:
    command = ["dtc", "-q", "-I", "dtb", "-O", "dts", "-"]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    return done.stdout.decode()


def tree(content: bytes) -> Tree:
    fd = memory_file(content)
    try:
        return read(fd, "x.dtb")
    finally:
        os.close(fd)


def without_chosen(source: str) -> str:
    return re.sub(r"\n\tchosen \{.*?\n\t\};", "", source, flags=re.DOTALL)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("tree") / "virt.dtb"
    command = ["qemu-system-aarch64", "-machine", f"virt,dumpdtb={path}", "-cpu", "cortex-a72"]
    subprocess.run([*command, "-display", "none"], check=True, capture_output=True)
    return path.read_bytes()


def test_all_but_chosen_stays_as_it_is(machine: bytes) -> None:
    made = encode(for_boot(tree(machine), BOOT))
    assert without_chosen(source_of(made)) == without_chosen(source_of(machine))
    assert len(made) < len(machine) // 10  # QEMU leaves a megabyte for what firmware adds
    assert 'bootargs = "console=ttyAMA0 quiet"' in source_of(made)


def test_chosen_is_of_this_boot_alone() -> None:
    made = source_of(encode(for_boot(tree(compiled(SOURCE)), BOOT)))
    chosen = re.search(r"\tchosen \{\n(.*?)\n\t\};", made, re.DOTALL)
    assert chosen
    assert sorted(line.strip() for line in chosen[1].splitlines()) == [
        'bootargs = "console=ttyAMA0 quiet";',
        "kaslr-seed = <0x31323334 0x35363738>;",
        "linux,booted-from-kexec;",
        "linux,initrd-end = <0x00 0x49000001>;",
        "linux,initrd-start = <0x00 0x48000000>;",
        "linux,uefi-system-table = <0x00 0x7c000000>;",
        f"rng-seed = <{' '.join(['0x73737373'] * 8)}>;",
        'stdout-path = "/serial";',
    ]
    # The old initrd is no longer in the way; what firmware reserved is.
    assert re.findall(r"/memreserve/\s+(\S+)\s+(\S+);", made) == [
        ("0x0000000050000000", "0x0000000000002000")
    ]
    assert "odd = [01 02 03];" in made


def test_without_an_initrd_or_seeds_none_is_named() -> None:
    made = source_of(encode(for_boot(tree(compiled(BARE)), Boot(b"quiet"))))
    assert "initrd" not in made
    assert "seed" not in made
    assert 'bootargs = "quiet"' in made


def test_a_tree_from_a_file_is_told_of_memory_and_efi() -> None:
    own, given = tree(compiled(SOURCE)), tree(compiled(BARE))
    made = source_of(encode(for_boot(completed(given, own), BOOT)))
    assert "memory@40000000" in made
    assert "\tmemory {" not in made
    assert "memory-controller" in made
    assert 'compatible = "b,uart"' in made
    assert "linux,uefi-system-table = <0x00 0x7c000000>" in made
    assert 'stdout-path = "/serial"' not in made
    assert "local-mac-address = [02 00 00 00 00 01]" in made
    assert 'status = "okay"' in made
    assert 'serial-number = "0815"' in made
    assert "other =" not in made


def test_where_only_efi_knows_the_memory_the_file_keeps_its_own() -> None:
    own = Tree(Branch({}, {"chosen": Branch({"linux,uefi-mmap-start": b"12345678"}, {})}))
    made = completed(tree(compiled(BARE)), own)
    assert "memory" in made.root.children
    assert made.root.children["chosen"].properties == {"linux,uefi-mmap-start": b"12345678"}


def test_how_long_it_is_does_not_depend_on_addresses() -> None:
    given = tree(compiled(SOURCE))
    lengths = {
        len(encode(for_boot(given, BOOT._replace(initrd=(start, start + 5)))))
        for start in (1, 0x48000000, 0xFF_FFFF_FFFF_0000)
    }
    assert len(lengths) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no tree at all" * 10, "its first bytes are another format's"),
        (compiled(SOURCE)[:300], "it is truncated: 300 bytes of"),
        (b"", "its first bytes are another format's"),
    ],
)
def test_what_is_none_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(BootError) as caught:
        tree(content)
    assert caught.value.message.startswith("x.dtb is no device tree that can be handed over: ")
    assert reason in caught.value.message


def test_one_that_no_kernel_takes_is_refused() -> None:
    large = Tree(Branch({"a": bytes(MOST)}, {}))
    with pytest.raises(BootError, match=f"{MOST} at most"):
        encode(large)


NAMES = st.text("abcdefgh,-@0123", min_size=1, max_size=12)


@given(
    st.recursive(
        st.builds(Branch, st.dictionaries(NAMES, st.binary(max_size=20)), st.just({})),
        lambda deeper: st.builds(
            Branch,
            st.dictionaries(NAMES, st.binary(max_size=9)),
            st.dictionaries(NAMES, deeper, max_size=3),
        ),
        max_leaves=8,
    ),
    st.lists(st.tuples(st.integers(1, 1 << 63), st.integers(1, 1 << 40)), max_size=3),
)
def test_what_is_written_is_read_again(root: Branch, reserved: list[tuple[int, int]]) -> None:
    before = Tree(root, tuple(reserved), 3)
    assert tree(encode(before)) == before


def test_dtc_finds_no_fault_with_it(machine: bytes, tmp_path: Path) -> None:
    path = tmp_path / "made.dtb"
    path.write_bytes(encode(for_boot(tree(machine), BOOT)))
    assert subprocess.run(["fdtget", path, "/chosen", "bootargs"], capture_output=True, check=True)
    got = subprocess.check_output(["fdtget", "-t", "x", path, "/chosen", "linux,initrd-end"])
    assert got.split() == [b"0", b"49000001"]
