"""What Debian's own tools wrote for GRUB legacy, entry by entry."""

import pytest
from listed import DATA, Row, default_path, levels, listed, rows

LINUX = "Debian GNU/Linux, kernel"


def debian(version: str, line: str, suffix: str = "", folder: str = "/boot") -> Row:
    files = (f"{folder}/vmlinuz-{version}", (f"{folder}/initrd.img-{version}",))
    return ("linux", f"{LINUX} {version}{suffix}", *files, line)


SINGLE = " (single-user mode)"
NEW, OLD = "6.1.0-10-amd64", "6.1.0-9-amd64"


def test_update_grub_on_one_partition(capfd: pytest.CaptureFixture[str]) -> None:
    output = listed(capfd, f"path={DATA}/grub-legacy/one,name=sda2")
    assert rows(output, "grub-legacy") == [
        (
            "multiboot",
            f"Xen 4.17-amd64 / {LINUX} {NEW}",
            "/boot/xen-4.17-amd64.gz",
            (
                f"/boot/vmlinuz-{NEW} root=/dev/sda2 ro console=tty0",
                f"/boot/initrd.img-{NEW}",
            ),
            "dom0_mem=1024M",
        ),
        debian(NEW, "root=/dev/sda2 ro quiet"),
        debian(NEW, "root=/dev/sda2 ro single", SINGLE),
        debian(OLD, "root=/dev/sda2 ro quiet"),
        debian(OLD, "root=/dev/sda2 ro single", SINGLE),
        ("unsupported", "Other operating systems:", "", (), ""),
        ("unsupported", "Microsoft Windows XP Professional", "", (), ""),
    ]
    # grub-set-default wrote 1 into the file that `default saved` reads.
    assert default_path(output) == f"{LINUX} {NEW}"
    assert output["timeout"] == 5.0
    assert output["writes"] == [
        {"volume": "sda2", "path": "/boot/grub/default", "variables": {"saved_entry": "1"}}
    ]
    assert [level for level, _, _ in levels(output)] == ["info", "warning"]


@pytest.mark.parametrize("name", ["sda2", "vda2", "nvme0n1p2", "disk", "sda1"])
def test_the_partition_s_name_does_not_matter_where_the_kernels_are(
    capfd: pytest.CaptureFixture[str], name: str
) -> None:
    output = listed(capfd, f"path={DATA}/grub-legacy/one,name={name}")
    kernels = [entry["kernel"] for entry in output["entries"] if entry["kernel"]]
    assert len(kernels) == 5
    assert {(one["volume"], one["exists"]) for one in kernels} == {(name, True)}


def test_update_grub_with_a_boot_partition(capfd: pytest.CaptureFixture[str]) -> None:
    output = listed(capfd, f"path={DATA}/grub-legacy/boot,name=x,grub=hd0\\,msdos1")
    assert rows(output, "grub-legacy") == [
        debian(NEW, "root=/dev/sda2 ro", folder=""),
        debian(NEW, "root=/dev/sda2 ro single", SINGLE, folder=""),
        ("linux", f"{LINUX} memtest86+", "/memtest86+.bin", (), ""),
    ]
    assert (default_path(output), output["timeout"]) == (f"{LINUX} {NEW}", 5.0)
    assert (output["diagnostics"], output["writes"]) == ([], [])


LIVE = "boot=live config LB_BOOTAPPEND_LIVE boot=live components"
FAILSAFE = "memtest noapic noapm nodma nomce nolapic nosmp nosplash vga=788"


def test_live_build(capfd: pytest.CaptureFixture[str]) -> None:
    output = listed(capfd, f"{DATA}/live-build/grub-legacy")
    live = ("/live/vmlinuz-6.1.0-10-amd64", ("/live/initrd.img-6.1.0-10-amd64",))
    names = ("", ", kernel 6.1.0-10-amd64")
    titles = ("Install", "Expert", "Rescue", "Auto", "Install with speech synthesis")
    before = (
        "",
        "priority=low ",
        "rescue/enable=true ",
        "auto=true priority=critical ",
        "speakup.synth=soft ",
    )
    gtk = ("/install/gtk/vmlinuz", ("/install/gtk/initrd.gz",))
    text = ("/install/vmlinuz", ("/install/initrd.gz",))
    live_title, failsafe = "Debian GNU/Linux - live", " (fail-safe mode)"
    expected: list[Row] = [("unsupported", "Live:", "", (), "")]
    for name in names:
        expected += [
            ("linux", f"{live_title}{name}", *live, f"{LIVE} quiet splash"),
            ("linux", f"{live_title}{name}{failsafe}", *live, f"{LIVE} {FAILSAFE}"),
        ]
    expected.append(("unsupported", "Installer:", "", (), ""))
    for kind, files, mode, count in (("GUI", gtk, "788", 5), ("Text", text, "normal", 4)):
        expected += [
            (
                "linux",
                f"Debian GNU/Linux - {kind} {titles[number]}",
                *files,
                f"{before[number]}vga={mode}  --- quiet",
            )
            for number in range(count)
        ]
    expected += [
        ("unsupported", "Other:", "", (), ""),
        ("linux", "memtest86+", "/live/memtest", (), ""),
    ]
    assert rows(output, "grub-legacy") == expected
    # Its first entry is a heading, and it has no timeout: GRUB waits for somebody to choose.
    assert (default_path(output), output["timeout"]) == ("Live:", -1)


def test_memtest86_s_example(capfd: pytest.CaptureFixture[str]) -> None:
    output = listed(capfd, f"{DATA}/grub-legacy/memtest")
    assert rows(output, "grub-legacy") == [("linux", "memtest86+", "/boot/memtest86+.bin", (), "")]
    assert (default_path(output), output["diagnostics"]) == ("memtest86+", [])


def test_grub_s_example(capfd: pytest.CaptureFixture[str]) -> None:
    output = listed(capfd, f"path={DATA}/grub-legacy/example,name=sda1")
    found = rows(output, "grub-legacy")
    hurd = (
        "--multiboot-command-line=${kernel-command-line} --host-priv-port=${host-port} "
        "--device-master-port=${device-port} --exec-server-task=${exec-task} -T typed ${root} "
        "$(task-create) $(task-resume)"
    )
    assert found == [
        (
            "multiboot",
            "GNU (also known as GNU/Hurd)",
            "/boot/gnumach.gz",
            (
                f"/hurd/ext2fs.static {hurd}",
                "/lib/ld.so.1! /hurd/exec $(exec-task=task-create)",
            ),
            "root=device:hd0s1",
        ),
        ("linux", "GNU/Linux", "/vmlinuz?hd1,0", (), "root=/dev/hdb1"),
        ("linux", "GNU/kFreeBSD", "/boot/loader.gz?hd0,2,a", (), ""),
        ("unsupported", "GNU/kNetBSD", "/boot/knetbsd.gz?hd0,2,a", (), ""),
        (
            "multiboot",
            "Utah Mach4 multiboot",
            "/boot/kernel?fd0",
            ("/boot/bootstrap?fd0",),
            "root=hd0s3",
        ),
        ("linux", "FreeBSD", "/boot/loader?hd0,2,a", (), ""),
        ("unsupported", "NetBSD", "/netbsd?hd0,2,a", (), ""),
        ("unsupported", "OpenBSD", "/bsd?hd0,2,a", (), ""),
        ("unsupported", "OS/2", "", (), ""),
        ("unsupported", "Windows NT / Windows 95 boot menu", "", (), ""),
        ("unsupported", "Install GRUB into the hard disk", "", (), ""),
        ("unsupported", "Change the colors", "", (), ""),
    ]
    assert (output["timeout"], default_path(output)) == (30.0, "GNU (also known as GNU/Hurd)")
