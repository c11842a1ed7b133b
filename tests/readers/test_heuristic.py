"""Kernels found by name: which, in which order, with which initrds and command line."""

import os
import tempfile
from pathlib import Path

import pytest
from boot_trees import EFI, tree
from hypothesis import given, settings
from hypothesis import strategies as st

from bootpy.entry import Configuration, Entry, Host
from bootpy.options import Options
from bootpy.policy.decision import decide
from bootpy.policy.listing import merge
from bootpy.readers.heuristic import read
from bootpy.readers.heuristic_kernels import MOST_KERNELS, version_in
from bootpy.readers.reading import read_all
from bootpy.volume import FolderVolume, Volumes

UUID = "6bdb0a5a-1f5c-4c3c-9d35-0123456789ab"
FSTAB = f"# comment\nUUID={UUID} / ext4 errors=remount-ro 0 1\nUUID=1234-ABCD /boot/efi vfat\n"


def distinct(names: list[str]) -> dict[str, str | bytes]:
    """Files of different sizes, as different kernels have them."""
    return {name: "x" * number for number, name in enumerate(names, 1)}


def only(*volumes: FolderVolume, host: Host = EFI) -> Configuration:
    (found,) = read(volumes[0], Volumes(volumes), host)
    return found


def shown(found: Configuration) -> list[tuple[str, list[str]]]:
    """Titles without the mark, each with its initrds' paths."""
    return [
        (entry.title.removesuffix(" (guessed)"), [file.path or "" for file in entry.initrds])
        for entry in found.entries
    ]


def default(found: Configuration) -> Entry | None:
    marked = [entry for entry in found.entries if entry.default]
    assert [entry.id for entry in marked] == ([found.default] if found.default else [])
    return marked[0] if marked else None


DISTRIBUTIONS = {
    "debian": (
        "/boot",
        "vmlinuz-6.1.0-9-amd64 vmlinuz-6.1.0-10-amd64 initrd.img-6.1.0-9-amd64"
        " System.map-6.1.0-9-amd64 initrd.img-6.1.0-10-amd64 config-6.1.0-10-amd64"
        " initrd.img-6.1.0-10-amd64.old-dkms",
        [
            ("Linux 6.1.0-10-amd64", ["/boot/initrd.img-6.1.0-10-amd64"]),
            ("Linux 6.1.0-9-amd64", ["/boot/initrd.img-6.1.0-9-amd64"]),
        ],
    ),
    "ubuntu": (
        "/boot",
        "vmlinuz-5.15.0-91-generic vmlinuz-5.15.0-91-generic.efi.signed memtest86+.bin"
        " initrd.img-5.15.0-91-generic xen-4.16-amd64.gz",
        [("Linux 5.15.0-91-generic", ["/boot/initrd.img-5.15.0-91-generic"])],
    ),
    "fedora, /boot of its own": (
        "/",
        "vmlinuz-0-rescue-5a6b vmlinuz-6.6.8-200.fc39.x86_64 .vmlinuz-6.6.8-200.fc39.x86_64.hmac"
        " initramfs-0-rescue-5a6b.img initramfs-6.6.8-200.fc39.x86_64.img symvers-6.6.8.xz"
        " vmlinuz-6.5.6-300.fc39.x86_64 initramfs-6.5.6-300.fc39.x86_64.img"
        " initramfs-6.6.8-200.fc39.x86_64kdump.img",
        [
            ("Linux 6.6.8-200.fc39.x86_64", ["/initramfs-6.6.8-200.fc39.x86_64.img"]),
            ("Linux 6.5.6-300.fc39.x86_64", ["/initramfs-6.5.6-300.fc39.x86_64.img"]),
            ("Linux 0-rescue-5a6b", ["/initramfs-0-rescue-5a6b.img"]),
        ],
    ),
    "suse": (
        "/boot",
        "vmlinuz-5.14.21-150500.55.39-default initrd-5.14.21-150500.55.39-default"
        " vmlinux-5.14.21-150500.55.39-default.gz initrd-5.14.21-150500.55.39-default-kdump"
        " vmlinuz-5.14.21-150500.55.39-default.sig",
        [
            (
                "Linux 5.14.21-150500.55.39-default",
                ["/boot/initrd-5.14.21-150500.55.39-default"],
            )
        ],
    ),
    "arch": (
        "/boot",
        "vmlinuz-linux vmlinuz-linux-lts initramfs-linux.img initramfs-linux-fallback.img"
        " initramfs-linux-lts.img amd-ucode.img intel-ucode.img",
        [
            (
                "Linux linux",
                ["/boot/intel-ucode.img", "/boot/amd-ucode.img", "/boot/initramfs-linux.img"],
            ),
            (
                "Linux linux-lts",
                ["/boot/intel-ucode.img", "/boot/amd-ucode.img", "/boot/initramfs-linux-lts.img"],
            ),
            (
                "Linux linux (fallback initramfs, guessed)",
                [
                    "/boot/intel-ucode.img",
                    "/boot/amd-ucode.img",
                    "/boot/initramfs-linux-fallback.img",
                ],
            ),
        ],
    ),
    "alpine": (
        "/boot",
        "vmlinuz-lts initramfs-lts config-6.6.8-0-lts System.map-6.6.8-0-lts dtbs-lts",
        [("Linux lts", ["/boot/initramfs-lts"])],
    ),
    "void": (
        "/boot",
        "vmlinuz-6.6.11_1 initramfs-6.6.11_1.img vmlinuz-6.6.9_1 initramfs-6.6.9_1.img",
        [
            ("Linux 6.6.11_1", ["/boot/initramfs-6.6.11_1.img"]),
            ("Linux 6.6.9_1", ["/boot/initramfs-6.6.9_1.img"]),
        ],
    ),
    "slackware": (
        "/boot",
        "vmlinuz-generic-5.15.19 vmlinuz-huge-5.15.19 initrd.gz"
        " System.map-huge-5.15.19 README.initrd",
        [
            ("Linux generic-5.15.19", ["/boot/initrd.gz"]),
            ("Linux huge-5.15.19", []),
        ],
    ),
    "gentoo, genkernel": (
        "/boot",
        "kernel-genkernel-x86_64-6.1.12-gentoo initramfs-genkernel-x86_64-6.1.12-gentoo"
        " kernel-genkernel-x86_64-5.15.80-gentoo early_ucode.cpio",
        [
            (
                "Linux genkernel-x86_64-6.1.12-gentoo",
                ["/boot/early_ucode.cpio", "/boot/initramfs-genkernel-x86_64-6.1.12-gentoo"],
            ),
            ("Linux genkernel-x86_64-5.15.80-gentoo", ["/boot/early_ucode.cpio"]),
        ],
    ),
    "gentoo, make install": (
        "/boot",
        "vmlinuz-6.1.12-gentoo vmlinuz-6.1.12-gentoo.old initramfs-6.1.12-gentoo.img"
        " initramfs-6.1.12-gentoo.img.old bzImage-5.15.1 config-6.1.12-gentoo.old",
        [
            ("Linux 6.1.12-gentoo", ["/boot/initramfs-6.1.12-gentoo.img"]),
            ("Linux 6.1.12-gentoo.old", ["/boot/initramfs-6.1.12-gentoo.img.old"]),
            ("Linux 5.15.1", []),
        ],
    ),
    "powerpc": (
        "/boot",
        "vmlinux-6.1.0-9-powerpc64le initrd.img-6.1.0-9-powerpc64le",
        [("Linux 6.1.0-9-powerpc64le", ["/boot/initrd.img-6.1.0-9-powerpc64le"])],
    ),
    "arm64": (
        "/boot",
        "Image-6.4.0-default initrd-6.4.0-default vmlinux-6.4.0-default.gz Image.gz",
        [
            ("Linux 6.4.0-default", ["/boot/initrd-6.4.0-default"]),
            ("Linux /boot/Image.gz", []),
        ],
    ),
    "a kernel and its initrd, no version": (
        "/",
        "vmlinuz initrd.img vmlinuz.old initrd.img.old notes.txt linux-firmware kernel.d",
        [("Linux /vmlinuz", ["/initrd.img"]), ("Linux old", ["/initrd.img.old"])],
    ),
    "one of each": (
        "/boot",
        "vmlinuz initrd-6.1.img",
        [("Linux /boot/vmlinuz", ["/boot/initrd-6.1.img"])],
    ),
}


@pytest.mark.parametrize(("folder", "names", "wanted"), DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_what_distributions_call_their_kernels(
    tmp_path: Path, folder: str, names: str, wanted: list[tuple[str, list[str]]]
) -> None:
    found = only(tree(tmp_path, distinct([f"{folder}/{name}" for name in names.split()])))
    assert shown(found) == wanted
    for entry in found.entries:
        assert (entry.kind, entry.format) == ("linux", "heuristic")
        assert entry.title.endswith("guessed)")
        assert all(file and file.exists for file in (entry.kernel, *entry.initrds))
    assert (chosen := default(found)) is None or chosen.initrds


def test_what_kernel_install_lays_out(tmp_path: Path) -> None:
    machine = "9d0c3a8e1a6f4b0f8a5c0d2b7e6f1a23"
    files = distinct(
        [
            f"{machine}/6.6.8-200.fc39.x86_64/linux",
            f"{machine}/6.6.8-200.fc39.x86_64/initrd",
            f"{machine}/6.6.8-200.fc39.x86_64/microcode.cpio",
            f"{machine}/6.10.1-1.fc39.x86_64/linux",
            f"{machine}/6.10.1-1.fc39.x86_64/initrd",
            f"{machine}/0-rescue/linux",
            "debian/6.1.0-10-amd64/linux",
            "debian/6.1.0-10-amd64/initrd.img-6.1.0-10-amd64",
            "EFI/arch/vmlinuz-linux",
            "EFI/arch/initramfs-linux.img",
            "EFI/Linux/linux-6.1.0.efi",
        ]
    )
    (tmp_path / "boot").symlink_to(".")
    found = only(tree(tmp_path, files))
    front = f"/{machine}/6.6.8-200.fc39.x86_64"
    assert shown(found) == [
        ("Linux 6.10.1-1.fc39.x86_64", [f"/{machine}/6.10.1-1.fc39.x86_64/initrd"]),
        ("Linux 6.6.8-200.fc39.x86_64", [f"{front}/microcode.cpio", f"{front}/initrd"]),
        ("Linux 6.1.0-10-amd64", ["/debian/6.1.0-10-amd64/initrd.img-6.1.0-10-amd64"]),
        ("Linux linux", ["/EFI/arch/initramfs-linux.img"]),
        ("Linux 0-rescue", []),
    ]
    assert found.entries[0].version == "6.10.1-1.fc39.x86_64"


def test_links_are_not_listed_beside_what_they_lead_to(tmp_path: Path) -> None:
    names = ["vmlinuz-6.1.0-9-amd64", "vmlinuz-6.1.0-10-amd64", "vmlinuz-huge-5.15.19"]
    volume = tree(tmp_path, distinct([f"/boot/{name}" for name in names]))
    (tmp_path / "vmlinuz").symlink_to("boot/vmlinuz-6.1.0-10-amd64")
    (tmp_path / "vmlinuz.old").symlink_to("boot/vmlinuz-6.1.0-9-amd64")
    (tmp_path / "boot/vmlinuz").symlink_to("vmlinuz-6.1.0-10-amd64")
    (tmp_path / "boot/vmlinuz-huge").symlink_to("vmlinuz-huge-5.15.19")
    (tmp_path / "boot/boot").symlink_to(".")
    (tmp_path / "boot/vmlinuz-6.9").symlink_to("/nowhere")
    assert [title for title, _ in shown(only(volume))] == [
        "Linux 6.1.0-10-amd64",
        "Linux 6.1.0-9-amd64",
        "Linux huge-5.15.19",
    ]
    # On the boot partition itself /boot leads to the same files once more.
    of_its_own = FolderVolume(str(tmp_path / "boot"), name="sda1")
    assert len(only(of_its_own).entries) == 3


def test_a_plain_kernel_that_is_another_one_stays(tmp_path: Path) -> None:
    files = distinct(["/boot/vmlinuz-6.1.0", "/boot/initrd.img-6.1.0", "/boot/vmlinuz"])
    assert shown(only(tree(tmp_path, files))) == [
        ("Linux 6.1.0", ["/boot/initrd.img-6.1.0"]),
        ("Linux /boot/vmlinuz", []),
    ]


def test_live_media_are_told_by_their_folder(tmp_path: Path) -> None:
    files = distinct(
        ["/casper/vmlinuz", "/casper/initrd", "/live/vmlinuz-6.1", "/live/initrd.img-6.1"]
    )
    found = only(tree(tmp_path, {**files, "etc/fstab": FSTAB, "install/vmlinuz": "12345678"}))
    assert {entry.source.path: entry.cmdline for entry in found.entries} == {
        "/casper/vmlinuz": "boot=casper",
        "/live/vmlinuz-6.1": "boot=live",
        "/install/vmlinuz": "",
    }


BOTH = distinct(["boot/vmlinuz-6.1.0", "boot/initrd.img-6.1.0"])
ROOT = f"root=UUID={UUID} ro rootfstype=ext4"
CMDLINES: dict[str, tuple[dict[str, str | bytes], str]] = {
    "kernel-install's": (
        {"etc/kernel/cmdline": "# mine\nroot=/dev/sda9\n  quiet \n", "etc/fstab": FSTAB},
        "root=/dev/sda9 quiet",
    ),
    "the vendor's": ({"usr/lib/kernel/cmdline": "root=LABEL=x rw"}, "root=LABEL=x rw"),
    "fstab": ({"etc/fstab": FSTAB}, ROOT),
    "fstab and GRUB's settings": (
        {
            "etc/fstab": FSTAB,
            "etc/default/grub": 'GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"\nGRUB_TIMEOUT=5\n'
            "#GRUB_CMDLINE_LINUX=no\nGRUB_CMDLINE_LINUX='console=ttyS0,115200 root=/dev/x' # why\n",
        },
        f"{ROOT} console=ttyS0,115200 quiet splash",
    ),
    "GRUB's settings that a shell has to expand": (
        {"etc/fstab": FSTAB, "etc/default/grub": 'GRUB_CMDLINE_LINUX="$(id)"\n'},
        ROOT,
    ),
    "btrfs": (
        {"etc/fstab": "LABEL=data  /  btrfs  noatime,subvol=@,compress=zstd 0 0\n"},
        "root=LABEL=data ro rootfstype=btrfs rootflags=subvol=@",
    ),
    "a quoted label, automatic type": (
        {"etc/fstab": 'LABEL="root" / auto defaults\n'},
        "root=LABEL=root ro",
    ),
    "a label with a blank": (
        {"etc/fstab": "LABEL=my\\040root / ext4\n"},
        '"root=LABEL=my root" ro rootfstype=ext4',
    ),
    "zfs": ({"etc/fstab": "rpool/ROOT/debian / zfs defaults\n"}, "root=ZFS=rpool/ROOT/debian ro"),
    "fstab without a device": ({"etc/fstab": "overlay / overlay\n/dev/root / auto\n"}, ""),
    "an init": ({"sbin/init": "x", "etc/fstab": "proc /proc proc\n"}, "root=UUID=AA-BB ro"),
    "an init in a subvolume": (
        {"@/usr/lib/systemd/systemd": "x"},
        "root=UUID=AA-BB ro rootflags=subvol=@",
    ),
    "nothing": ({}, ""),
}


@pytest.mark.parametrize(("files", "wanted"), CMDLINES.values(), ids=CMDLINES)
def test_the_command_line(tmp_path: Path, files: dict[str, str | bytes], wanted: str) -> None:
    volume = tree(tmp_path, {**BOTH, **files})
    volume.uuid = "AA-BB"
    (entry,) = only(volume).entries
    assert entry.cmdline == wanted
    told = [origin.value for origin in entry.origins if origin.field == "cmdline"]
    assert " ".join(told) == wanted
    # With an initrd it is tried even so: many find their root themselves.
    assert entry.default
    warned = [one.message for one in only(volume).diagnostics]
    assert "guessed from file names: no boot configuration found" in warned[0]
    assert any("no root file system" in message for message in warned) == (not wanted)


def test_the_origins_name_file_and_line(tmp_path: Path) -> None:
    (entry,) = only(tree(tmp_path, {**BOTH, "etc/fstab": FSTAB})).entries
    assert [(one.field, one.source.path, one.source.line) for one in entry.origins] == [
        ("title", "/boot/vmlinuz-6.1.0", None),
        ("kernel", "/boot/vmlinuz-6.1.0", None),
        ("initrds", "/boot/initrd.img-6.1.0", None),
        ("cmdline", "/etc/fstab", 2),
    ]


BOOT = distinct(["vmlinuz-6.1.0", "initrd.img-6.1.0"])


def named(folder: Path, files: dict[str, str | bytes], name: str, **names: str) -> FolderVolume:
    tree(folder, files)
    volume = FolderVolume(str(folder), name=name)
    for key, value in names.items():
        setattr(volume, key, value)
    return volume


def test_the_root_on_another_volume(tmp_path: Path) -> None:
    boot = named(tmp_path / "1", BOOT, "sda1", uuid="B00T")
    other = named(tmp_path / "2", {"etc/fstab": "UUID=other / xfs\n"}, "sdb1")
    mine = named(tmp_path / "3", {"etc/fstab": "UUID=mine / xfs\n"}, "sda2")
    assert only(boot, other, mine).entries[0].cmdline == "root=UUID=mine ro rootfstype=xfs"
    # A root that mounts this very volume on /boot belongs to it, wherever it lies.
    claims = "UUID=claims / xfs\nUUID=b00t /boot ext4\n"
    claiming = named(tmp_path / "4", {"etc/fstab": claims}, "sdc1")
    found = only(boot, other, mine, claiming)
    assert found.entries[0].cmdline == "root=UUID=claims ro rootfstype=xfs"
    by_link = claims.replace("UUID=b00t", "/dev/disk/by-uuid/B00T")
    (tmp_path / "4/etc/fstab").write_text(by_link)
    assert only(boot, other, mine, claiming).entries == found.entries
    # And one that has the kernel's modules, even more.
    modules: dict[str, str | bytes] = {"lib/modules/6.1.0/modules.dep": ""}
    own = named(tmp_path / "5", {**modules, "etc/fstab": "UUID=own / xfs\n"}, "sdd1")
    found = only(boot, other, mine, claiming, own)
    assert found.entries[0].cmdline == "root=UUID=own ro rootfstype=xfs"


def test_a_root_partition_by_its_type(tmp_path: Path) -> None:
    x64 = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
    boot = named(tmp_path / "1", BOOT, "sda1")
    root = named(tmp_path / "2", {}, "sda2", uuid="R00T", partuuid="P4RT", parttype=x64)
    assert only(boot, root).entries[0].cmdline == "root=UUID=R00T ro"
    arm = Host("efi", "aarch64")
    assert only(boot, root, host=arm).entries[0].cmdline == ""
    with_init = named(tmp_path / "3", {"sbin/init": "x"}, "sda3", uuid="1N1T")
    assert only(boot, with_init, root).entries[0].cmdline == "root=UUID=R00T ro"
    assert only(boot, with_init, root, host=arm).entries[0].cmdline == "root=UUID=1N1T ro"


def test_a_kernel_without_initrd_is_told_the_partition(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"boot/vmlinuz-6.1.0": "k", "etc/fstab": FSTAB}
    volume = named(tmp_path, files, "sda2", uuid=UUID, partuuid="1234-02")
    assert only(volume).entries[0].cmdline == "root=PARTUUID=1234-02 ro rootfstype=ext4"
    volume = named(tmp_path, files, "sda2", uuid=UUID)
    assert only(volume).entries[0].cmdline == ROOT


def test_what_boots_by_itself(tmp_path: Path) -> None:
    # The newest has neither initrd nor root; the one before has an initrd.
    names = ["vmlinuz-6.2.0", "vmlinuz-6.1.0", "initrd.img-6.1.0"]
    volume = tree(tmp_path / "1", distinct(names))
    chosen = default(only(volume))
    assert chosen is not None
    assert chosen.version == "6.1.0"
    listing = merge(read_all(Volumes([volume]), EFI))
    decision = decide(listing, Options())
    assert decision.order[0] == "heuristic:sda1:vmlinuz-6.1.0"
    assert decision.timeout == 5.0
    bare = tree(tmp_path / "2", {"vmlinuz-6.2.0": "k"})
    assert default(only(bare)) is None
    assert any("nothing boots by itself" in one.message for one in only(bare).diagnostics)


def test_read_only_where_nothing_is_configured(tmp_path: Path) -> None:
    configured = tree(tmp_path / "1", {"loader/entries/a.conf": "linux /k\n", "k": "k"}, "sda1")
    kernel = tree(tmp_path / "2", {"vmlinuz-6.1": "k"}, "sda2")
    volumes = Volumes([configured, kernel])
    assert [one.format for one in read_all(volumes, EFI)] == ["bls"]
    assert [one.format for one in read_all(volumes, EFI, ["heuristic"])] == ["heuristic"]
    assert [one.format for one in read_all(Volumes([kernel]), EFI)] == ["heuristic"]
    assert read_all(Volumes([tree(tmp_path / "3", {"file": "x"})]), EFI) == []


def test_names_on_a_fat_file_system(tmp_path: Path) -> None:
    volume = tree(tmp_path, distinct(["VMLINUZ-6.1.0", "INITRD.IMG-6.1.0", "INTEL-UCODE.IMG"]))
    volume.ignores_case = True
    assert shown(only(volume)) == [
        ("Linux 6.1.0", ["/INTEL-UCODE.IMG", "/INITRD.IMG-6.1.0"]),
    ]


def test_a_flood_of_kernels_is_bounded(tmp_path: Path) -> None:
    volume = tree(tmp_path, distinct([f"/boot/vmlinuz-6.{number}.0" for number in range(300)]))
    assert len(only(volume).entries) == MOST_KERNELS


def test_a_broken_fstab_costs_nothing(tmp_path: Path) -> None:
    found = only(tree(tmp_path, {**BOTH, "etc/fstab": b"\xff\xfe / \0\n", "sbin/init/x": ""}))
    assert len(found.entries) == 1
    assert any(one.source and one.source.path == "/etc/fstab" for one in found.diagnostics)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("6.1.0-9-amd64", "6.1.0-9-amd64"),
        ("genkernel-x86_64-6.1.12-gentoo", "6.1.12-gentoo"),
        ("x86_64-6.1.12-gentoo", "6.1.12-gentoo"),
        ("huge-5.15.19", "5.15.19"),
        ("6.1.0.old", "6.1.0"),
        ("6", "6"),
        ("lts", ""),
        ("", ""),
    ],
)
def test_the_version_in_a_name(name: str, version: str) -> None:
    assert version_in(name) == version


ODD = """
vmlinuz vmlinuz- vmlinuz. vmlinuz-6.1 vmlinuz.old vmlinuz-6.1.old.old Image.gz linux initrd
initrd.img-6.1 initrd.img-6.1.old initramfs-6.1.img kernel-~ linux-9.efi
"""
NAMES = st.one_of(
    st.sampled_from(ODD.split()),
    st.text(
        st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=9
    ).map(lambda text: f"vmlinuz-{text}"),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(NAMES, max_size=8, unique=True),
    st.binary(max_size=80),
    st.text(max_size=80),
    st.booleans(),
)
def test_heuristic_raises_nothing(
    names: list[str], fstab: bytes, settings_of_grub: str, ignores_case: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files: dict[str, str | bytes] = dict(distinct([f"boot/{os.fsdecode(n)}" for n in names]))
        files |= {
            "etc/fstab": b"UUID=" + fstab + b" / ext4\n" + fstab,
            "etc/default/grub": f"GRUB_CMDLINE_LINUX={settings_of_grub}",
            "boot/debian/6.1/linux": "k",
        }
        volume = tree(Path(folder), files)
        volume.ignores_case = ignores_case
        found = only(volume)
        listing = merge([found])
        ids = [entry.id for entry in listing.entries]
        assert len(ids) == len(set(ids)) == len(found.entries)
        default(found)
