import gzip
import os
from pathlib import Path
from typing import Any

import pytest
from kernel_images import bzimage, debian_kernel, elf, flat_image, portable, zboot

from bootpy.diagnostics import Source
from bootpy.entry import Entry, File, Kind
from bootpy.errors import BootError
from bootpy.kexec.choice import Situation
from bootpy.kexec.devicetree import Branch, Tree, encode
from bootpy.kexec.machine import Machine
from bootpy.kexec.plan import prepare
from bootpy.kexec.planned import Plan
from bootpy.volume import FolderVolume, Volumes

pytestmark = pytest.mark.usefixtures("no_descriptor_leaks")

PC = Machine("x86_64", total=1 << 30, available=900 << 20)
ARM = Machine("aarch64", total=1 << 30, available=900 << 20)
CPIO = b"070701"
WITHOUT_TREE = "the entry's device tree is not handed over: "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "vmlinuz").write_bytes(bzimage())
    return tmp_path


def entry(
    kernel: str | None = "/vmlinuz", *initrds: str, kind: Kind = "linux", **more: Any
) -> Entry:
    return Entry(
        "grub:sda2:x",
        "Debian",
        ("Debian",),
        "grub",
        kind,
        Source("sda2", "/grub.cfg", 7),
        kernel=File("sda2", kernel) if kernel else None,
        initrds=tuple(File("sda2", initrd) for initrd in initrds),
        **more,
    )


def volumes(folder: Path) -> Volumes:
    return Volumes([FolderVolume(str(folder), name="sda2", uuid="6bdb-0a5a", label="root")])


def planned(folder: Path, which: Entry, append: str = "", machine: Machine = PC) -> Plan:
    """Prepare, read nothing, close."""
    plan = prepare(which, volumes(folder), append, machine)
    plan.close()
    return plan


def refusal(folder: Path, which: Entry, append: str = "", machine: Machine = PC) -> BootError:
    with pytest.raises(BootError) as refused:
        prepare(which, volumes(folder), append, machine)
    assert refused.value.hint
    return refused.value


def initrd_of(folder: Path, which: Entry, machine: Machine = PC) -> bytes:
    plan = prepare(which, volumes(folder), machine=machine)
    content = os.pread(plan.initrd, plan.initrd_size + 1, 0)
    assert len(content) == plan.initrd_size
    plan.close()
    return content


def test_debian_kernel_on_this_machine(folder: Path) -> None:
    (folder / "vmlinuz").write_bytes(debian_kernel())
    (folder / "initrd.img").write_bytes(CPIO * 1000)
    plan = prepare(entry("/vmlinuz", "/initrd.img", cmdline="root=/dev/vda2 ro"), volumes(folder))
    assert os.pread(plan.kernel, 1 << 30, 0) == debian_kernel()
    assert os.pread(plan.initrd, 6001, 0) == CPIO * 1000
    assert plan.version.startswith("6.1.0-")
    assert (plan.kernel_size, plan.initrd_size) == (len(debian_kernel()), 6000)
    assert (plan.name, plan.format, plan.unwrapped) == ("(sda2)/vmlinuz", "bzImage", ())
    assert plan.warnings == ()
    plan.close()


def test_command_line_in_grubs_order(folder: Path) -> None:
    which = entry(
        cmdline='root=UUID=1 ro quiet="a  b"',
        cmdline_added="BOOT_IMAGE=/vmlinuz initrd=\\initrd.img",
    )
    plan = planned(folder, which, append=" single  ")
    assert plan.cmdline == 'BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet="a  b" single'
    assert planned(folder, entry()).cmdline == ""


def test_command_line_limits(folder: Path) -> None:
    assert len(planned(folder, entry(cmdline="x" * 2016)).cmdline) == 2016
    error = refusal(folder, entry(cmdline="x" * 2000), append="y" * 16)
    assert error.message == (
        "the command line for (sda2)/vmlinuz is 2017 bytes long, and kexec takes 2016"
    )
    # Bytes count, not characters.
    assert "is 2018 bytes long" in refusal(folder, entry(cmdline="ä" * 1009)).message
    assert "NUL character after 'root=x'" in refusal(folder, entry(cmdline="root=x\0ro")).message
    assert "not valid UTF-8 after 'a='" in refusal(folder, entry(cmdline="a=\ud800")).message
    # A byte that is no UTF-8 stays what it is, as GRUB hands it over.
    assert planned(folder, entry(cmdline="a=\udce4")).cmdline == "a=\udce4"


def test_kexec_load_takes_a_longer_command_line(folder: Path) -> None:
    """kexec_file_load keeps bytes back for a crash kernel's."""
    machine = PC._replace(seen=Situation("x86_64"))
    assert len(planned(folder, entry(cmdline="x" * 2046), machine=machine).cmdline) == 2046
    error = refusal(folder, entry(cmdline="x" * 2047), machine=machine)
    assert error.message.endswith("is 2047 bytes long, and kexec takes 2046")


def test_a_kernel_that_cannot_be_above_4_gib(folder: Path) -> None:
    (folder / "vmlinuz").write_bytes(bzimage(xloadflags=0x09))
    seen = Situation("x86_64")
    plan = planned(folder, entry(), machine=PC._replace(seen=seen))
    assert plan.calls == ("load",)
    locked = PC._replace(seen=seen._replace(lockdown="integrity"))
    refused = refusal(folder, entry(), machine=locked)
    assert "kexec_file_load takes only kernels that can" in refused.message


def test_an_elf_kernel_is_for_kexec_load(folder: Path) -> None:
    (folder / "vmlinux").write_bytes(elf(62))
    machine = PC._replace(seen=Situation("x86_64"))
    plan = planned(folder, entry("/vmlinux"), machine=machine)
    assert (plan.format, plan.calls) == ("ELF", ("load",))
    with pytest.raises(BootError, match="is a kernel as ELF, and x86_64 loads bzImage"):
        prepare(entry("/vmlinux"), volumes(folder), machine=machine, call="file")


def test_the_checksum_is_left_out_where_there_is_no_time(folder: Path) -> None:
    (folder / "vmlinuz").write_bytes(bzimage()[:-1] + b"x")
    (doubt,) = planned(folder, entry()).warnings
    assert doubt == "(sda2)/vmlinuz does not fit its own checksum: it may be damaged"
    plan = prepare(entry(), volumes(folder), machine=PC, thorough=False)
    assert plan.warnings == ()
    plan.close()
    # What is not whole is refused in any case.
    (folder / "vmlinuz").write_bytes(bzimage()[:-1])
    with pytest.raises(BootError, match="truncated"):
        prepare(entry(), volumes(folder), machine=PC, thorough=False)


def test_no_initrd(folder: Path) -> None:
    plan = planned(folder, entry())
    assert (plan.initrd, plan.initrd_size) == (-1, 0)


def test_one_initrd_is_handed_over_as_it_is(folder: Path) -> None:
    (folder / "initrd.img").write_bytes(CPIO + b"x")
    plan = prepare(entry("/vmlinuz", "/initrd.img"), volumes(folder), machine=PC)
    assert os.fstat(plan.initrd).st_ino == (folder / "initrd.img").stat().st_ino
    plan.close()


def test_several_initrds_start_at_multiples_of_four(folder: Path) -> None:
    parts = [CPIO, CPIO + b"abc", CPIO + os.urandom(3_000_000 - 6), CPIO + b"12"]
    for index, part in enumerate(parts):
        (folder / f"initrd{index}").write_bytes(part)
    content = initrd_of(folder, entry("/vmlinuz", *(f"/initrd{i}" for i in range(4))))
    assert content == b"".join(part + bytes(-len(part) % 4) for part in parts)


def test_order_of_initrds_is_kept_and_one_may_come_twice(folder: Path) -> None:
    (folder / "a").write_bytes(CPIO + b"aa")
    (folder / "b").write_bytes(CPIO + b"bb")
    assert initrd_of(folder, entry("/vmlinuz", "/b", "/a", "/b")) == (
        CPIO + b"bb" + CPIO + b"aa" + CPIO + b"bb"
    )


def test_initrd_faults(folder: Path) -> None:
    (folder / "empty").touch()
    (folder / "text").write_text("no initrd")
    (folder / "good").write_bytes(CPIO)
    assert refusal(folder, entry("/vmlinuz", "/good", "/empty")).message == (
        "initrd (sda2)/empty is empty (0 bytes)"
    )
    error = refusal(folder, entry("/vmlinuz", "/goof"))
    assert error.message == "initrd (sda2)/goof does not exist"
    assert error.hint == "(sda2)/ holds good"
    assert planned(folder, entry("/vmlinuz", "/good", "/text")).warnings == (
        "initrd (sda2)/text is neither a cpio archive nor compressed: "
        "it starts 6e 6f 20 69 6e 69 74 72",
    )


def test_kernel_faults(folder: Path) -> None:
    (folder / "boot" / "dir").mkdir(parents=True)
    (folder / "boot" / "vmlinuz-6.1").touch()
    os.mkfifo(folder / "pipe")
    (folder / "round").symlink_to("round")
    (folder / "text").write_text("hello\n")
    missing = refusal(folder, entry("/boot/vmlinuz-6.2"))
    assert missing.message == "kernel (sda2)/boot/vmlinuz-6.2 does not exist"
    assert missing.hint == "(sda2)/boot/ holds vmlinuz-6.1"
    deeper = refusal(folder, entry("/boot/none/vmlinuz"))
    assert deeper.hint == "(sda2)/boot/ holds dir, vmlinuz-6.1"
    is_folder = refusal(folder, entry("/boot"))
    assert is_folder.message == "kernel (sda2)/boot is a folder"
    assert is_folder.hint == "(sda2)/boot/ holds dir, vmlinuz-6.1"
    assert "is neither a file nor a folder" in refusal(folder, entry("/pipe")).message
    assert "leads round in a circle" in refusal(folder, entry("/round")).message
    assert (
        "(sda2)/text is no kernel image but a text file" in refusal(folder, entry("/text")).message
    )
    assert "vmlinuz-6.1 is empty (0 bytes)" in refusal(folder, entry("/boot/vmlinuz-6.1")).message


def test_volume_that_is_not_here(folder: Path) -> None:
    which = entry()._replace(kernel=File(None, "/vmlinuz", wanted="UUID=1234-ABCD"))
    error = refusal(folder, which)
    assert error.message == "kernel /vmlinuz is on UUID=1234-ABCD, which is not here"
    assert error.hint.endswith("volumes here: sda2 (UUID=6bdb-0a5a root)")
    assert "is on sdb9, which is not here" in (
        refusal(folder, entry()._replace(kernel=File("sdb9", "/vmlinuz"))).message
    )
    served = entry()._replace(initrds=(File(None, None, url="tftp://10.0.0.1/initrd"),))
    assert "initrd tftp://10.0.0.1/initrd lies on a server" in refusal(folder, served).message


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("iso", "boots an ISO image"),
        ("local", "go on with the next device"),
        ("action", "something for the machine to do"),
        ("unsupported", "nothing that Linux can start"),
    ],
)
def test_kinds_that_cannot_boot(folder: Path, kind: Kind, reason: str) -> None:
    assert reason in refusal(folder, entry(kind=kind)).message


def test_entry_without_a_kernel(folder: Path) -> None:
    error = refusal(folder, entry(None))
    assert error.message == "the entry 'Debian' names no kernel"
    assert "(sda2)/grub.cfg:7" in error.hint


def test_other_architectures_and_formats(folder: Path) -> None:
    (folder / "Image").write_bytes(flat_image(b"ARM\x64"))
    (folder / "vmlinux").write_bytes(elf(62))
    (folder / "vmlinux32").write_bytes(elf(40, wide=False))
    assert refusal(folder, entry("/Image")).message == (
        "(sda2)/Image is a kernel for aarch64, and this machine is x86_64"
    )
    assert (
        "for x86_64, and this machine is aarch64" in refusal(folder, entry(), machine=ARM).message
    )
    (folder / "old").write_bytes(flat_image(b"ARM\x64", memory=0))
    assert "this machine is x86_64" in refusal(folder, entry("/old")).message
    assert "does not say how much memory it takes (image_size is 0)" in (
        refusal(folder, entry("/old"), machine=ARM).message
    )
    assert (
        "is a kernel as ELF, and x86_64 loads bzImage" in refusal(folder, entry("/vmlinux")).message
    )
    assert "has no kexec_file_load on armv7l" in (
        refusal(folder, entry("/vmlinux32"), machine=Machine("armv7l")).message
    )
    assert "a kernel for i686, and this machine is x86_64" in (
        refusal(folder, _with_kernel(folder, bzimage(xloadflags=0))).message
    )


def _with_kernel(folder: Path, content: bytes) -> Entry:
    (folder / "vmlinuz").write_bytes(content)
    return entry()


def test_arm64_kernels_are_unwrapped(folder: Path) -> None:
    image = flat_image(b"ARM\x64", length=200_000)
    (folder / "Image").write_bytes(image)
    (folder / "Image.gz").write_bytes(gzip.compress(image))
    (folder / "zboot").write_bytes(zboot(gzip.compress(image), "gzip"))
    nested = portable(
        [(".uname", b"6.9.1\0"), (".linux", zboot(gzip.compress(image), "gzip"))], machine=0xAA64
    )
    (folder / "uki.efi").write_bytes(nested)
    for name, unwrapped in (
        ("Image", ()),
        ("Image.gz", ("gzip",)),
        ("zboot", ("zboot",)),
        ("uki.efi", ("UKI", "zboot")),
    ):
        plan = prepare(entry(f"/{name}"), volumes(folder), machine=ARM)
        assert os.pread(plan.kernel, len(image) + 1, 0) == image
        assert (plan.format, plan.unwrapped) == ("Image", unwrapped)
        assert plan.version == ("6.9.1" if name == "uki.efi" else "")
        plan.close()


@pytest.mark.parametrize("kind", ["uki", "efi", "linux"])
def test_uki(folder: Path, kind: Kind) -> None:
    sections = [
        (".osrel", b"ID=debian\n"),
        (".cmdline", b"root=/dev/vda quiet\n\0"),
        (".linux", debian_kernel()),
        (".dtb", b"tree"),
        (".initrd", CPIO + b"main!"),
        (".ucode", CPIO + b"ucode"),
    ]
    (folder / "debian.efi").write_bytes(portable(sections))
    (folder / "more").write_bytes(CPIO + b"more!")
    which = entry("/debian.efi", "/more", kind=kind, cmdline_added="x")
    plan = prepare(which, volumes(folder), "debug", PC)
    assert os.pread(plan.kernel, 1 << 30, 0) == debian_kernel()
    assert plan.kernel_size == len(debian_kernel())
    assert plan.cmdline == "x root=/dev/vda quiet debug"
    # As systemd-stub has it: what the loader before it gave comes behind the microcode only.
    pad = b"\0"
    expected = CPIO + b"ucode" + pad + CPIO + b"more!" + pad + CPIO + b"main!" + pad
    initrd = os.pread(plan.initrd, plan.initrd_size + 1, 0)
    assert initrd.startswith(expected + CPIO)
    assert b".extra/os-release\0" in initrd[len(expected) :]
    assert b"ID=debian\n" in initrd[len(expected) :]
    assert plan.warnings == (f"{WITHOUT_TREE}that is done on aarch64 only",)
    plan.close()
    assert planned(folder, which._replace(cmdline="mine")).cmdline == "x mine"


def test_uki_whose_kernel_is_bad_names_the_section(folder: Path) -> None:
    (folder / "uki.efi").write_bytes(portable([(".linux", debian_kernel()[:99_999])]))
    message = refusal(folder, entry("/uki.efi", kind="uki")).message
    assert message.startswith("(sda2)/uki.efi (.linux) is truncated: it has ")


def test_kernel_that_unpacks_to_more_than_is_free(folder: Path) -> None:
    (folder / "Image.gz").write_bytes(gzip.compress(flat_image(b"ARM\x64", length=200_000)))
    little = ARM._replace(available=199_999)
    assert (
        "unpacks to over 199999 bytes"
        in refusal(folder, entry("/Image.gz"), machine=little).message
    )


def test_kernel_wrapped_in_itself_ends(folder: Path) -> None:
    content = bzimage()
    for _ in range(5):
        content = gzip.compress(content)
    (folder / "vmlinuz").write_bytes(content)
    assert refusal(folder, entry()).message == "(sda2)/vmlinuz is wrapped too often"


def test_what_has_no_argument_is_a_warning(folder: Path) -> None:
    which = entry(
        devicetree=File("sda2", "/x.dtb"),
        overlays=(File("sda2", "/x.dtbo"),),
    )
    assert planned(folder, which).warnings == (f"{WITHOUT_TREE}that is done on aarch64 only",)
    assert planned(folder, which._replace(devicetree=None)).warnings == (
        "the entry's device tree overlays are not applied",
    )


def test_a_device_tree_goes_with_kexec_load_on_arm64(folder: Path) -> None:
    (folder / "Image").write_bytes(flat_image(b"ARM\x64"))
    tree = encode(Tree(Branch({"compatible": b"a,board\0"}, {})))
    (folder / "board.dtb").write_bytes(tree)
    (folder / "damaged.dtb").write_bytes(tree[:-9])
    here = ARM._replace(seen=Situation("aarch64", memory_map=False))

    def with_tree(path: str) -> Entry:
        return entry("/Image", devicetree=File("sda2", path))

    plan = prepare(with_tree("/board.dtb"), volumes(folder), machine=here)
    try:
        assert (plan.calls, plan.warnings) == (("load", "file"), ())
        assert os.pread(plan.devicetree, 1 << 20, 0) == tree
        assert plan.devicetree_name == "(sda2)/board.dtb"
    finally:
        plan.close()
    for path, machine, reason in (
        ("/none.dtb", here, "(sda2)/none.dtb"),
        ("/damaged.dtb", here, "(sda2)/damaged.dtb is no device tree that can be handed over: "),
        ("/board.dtb", ARM, "kexec_file_load takes none, and the kernel gets this machine's own"),
    ):
        plan = planned(folder, with_tree(path), machine=machine)
        (warning,) = plan.warnings
        assert warning.startswith(WITHOUT_TREE)
        assert reason in warning
        assert plan.devicetree == -1
    of_firmware = with_tree("/board.dtb")._replace(format="raspberrypi")
    (warning,) = planned(folder, of_firmware, machine=here).warnings
    assert "the firmware has made this machine's own of it" in warning
    overlaid = with_tree("/board.dtb")._replace(overlays=(File("sda2", "/more.dtbo"),))
    assert planned(folder, overlaid, machine=here).warnings == (
        f"{WITHOUT_TREE}it has overlays, and bootpy cannot apply them",
    )


def test_a_device_tree_in_a_uki(folder: Path) -> None:
    tree = encode(Tree(Branch({"compatible": b"a,board\0"}, {})))
    sections = [(".linux", flat_image(b"ARM\x64")), (".dtb", tree)]
    (folder / "uki.efi").write_bytes(portable(sections, 0xAA64))
    here = ARM._replace(seen=Situation("aarch64", memory_map=False))
    plan = prepare(entry("/uki.efi"), volumes(folder), machine=here)
    assert os.pread(plan.devicetree, 1 << 20, 0) == tree
    assert (plan.devicetree_name, plan.warnings) == ("(sda2)/uki.efi (.dtb)", ())
    plan.close()
    (folder / "auto.efi").write_bytes(portable([sections[0], (".dtbauto", tree)], 0xAA64))
    assert planned(folder, entry("/auto.efi"), machine=here).warnings == (
        "no device tree of several in (sda2)/auto.efi is handed over",
    )


def test_memory(folder: Path) -> None:
    """The kernel here is 6144 bytes, and 54 MB once loaded."""
    (folder / "vmlinuz").write_bytes(bzimage(init_size=54_000_000))
    with (folder / "initrd").open("wb") as initrd:
        initrd.write(CPIO)
        initrd.truncate(150_000_000)
    which = entry("/vmlinuz", "/initrd")
    small = Machine("x86_64", total=491_810_816, available=270_192_640)
    error = refusal(folder, which, machine=small)
    assert error.message == (
        "loading kernel (54.0 MB in memory) and initrd (150.0 MB) needs 359.2 MB for a moment, "
        "and only 270.2 MB of this machine's 491.8 MB are free"
    )
    half = refusal(folder, which, machine=small._replace(total=400_000_000, available=399_000_000))
    assert half.message == (
        "kernel (54.0 MB in memory) and initrd (150.0 MB) need 205.0 MB, "
        "and kexec takes at most half of this machine's 400.0 MB"
    )
    enough = small._replace(available=359_300_000)
    assert planned(folder, which, machine=enough).initrd_size == 150_000_000
    # Two initrds are put together in memory first.
    (folder / "second").write_bytes(CPIO)
    assert "needs 509.2 MB for a moment" in (
        refusal(folder, entry("/vmlinuz", "/initrd", "/second"), machine=enough).message
    )
    assert planned(folder, which, machine=Machine("x86_64")).initrd_size == 150_000_000
