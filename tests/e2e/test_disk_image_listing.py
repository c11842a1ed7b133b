"""`bootpy list IMAGE`: a machine reads from a disk what its content gives in a directory."""

import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bootpy.errors import BootError
from initramfs.build import build
from qemu.disks import recipes
from qemu.disks.content import Content, lay_out
from qemu.disks.image import MIB
from qemu.places import REPOSITORY, call
from qemu.reading import read

SCHEMA = json.loads((REPOSITORY / "docs/list.schema.json").read_text())
LISTED = ("schema", "default", "timeout", "entries", "writes")
ISOLINUX = """\
default live
timeout 50
label live
  menu label ^Live system
  kernel vmlinuz
  append initrd=initrd.img boot=live quiet
label check
  kernel memtest
"""


def bootpy(
    *arguments: str | Path, before: tuple[str, ...] = ()
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*before, sys.executable, "-m", "bootpy.cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )


def listed(*arguments: str | Path, status: int = 0, before: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the JSON, which is all of standard output, and holds to its schema."""
    done = bootpy("list", "--json", *arguments, before=before)
    assert done.returncode == status, done.stderr
    output: dict[str, Any] = json.loads(done.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(output)
    assert done.stdout == json.dumps(output, indent=2) + "\n"
    return output


def in_directory(
    files: Mapping[str, Content], folder: Path, name: str = "vda1", *options: str
) -> dict[str, Any]:
    """List the same content in a directory, under the name that the machine gives it."""
    tree = folder / f"tree-{name}"
    tree.mkdir()
    lay_out(files, tree)
    return listed(f"path={tree},name={name}", *options)


def same(output: dict[str, Any], expected: dict[str, Any]) -> None:
    assert {name: output[name] for name in LISTED} == {name: expected[name] for name in LISTED}
    said = output["diagnostics"]
    assert [one for one in said if one in expected["diagnostics"]] == expected["diagnostics"]


def state(image: Path) -> tuple[str, int]:
    with image.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return digest, image.stat().st_mtime_ns


def grub_content() -> dict[str, Content]:
    config = "set timeout=2\nset default=0\n"
    config += recipes.grub_entry("First") + recipes.grub_entry("Second")
    return recipes.target_files() | {"/boot/grub/grub.cfg": config}


def iso_of(files: Mapping[str, Content], folder: Path) -> Path:
    tree = folder / "iso-tree"
    tree.mkdir()
    lay_out(files, tree)
    image = folder / "live.iso"
    call(["xorriso", "-as", "mkisofs", "-quiet", "-J", "-R", "-V", "LIVE", "-o", image, tree])
    return image


def test_a_disk_and_what_stands_on_it(tmp_path: Path) -> None:
    expected = in_directory(grub_content(), tmp_path)
    disk = tmp_path / "disk.img"
    shutil.copyfile(recipes.grub(), disk)
    before = state(disk)
    output = listed(disk)
    same(output, expected)
    assert [one["title"] for one in output["entries"]] == ["First", "Second"]
    assert output["entries"][0]["kernel"]["exists"] is True
    assert output["timeout"] == 2
    assert [one["message"] for one in output["diagnostics"]] == [
        "vda: disk with a gpt partition table"
    ]
    assert state(disk) == before

    overlay = tmp_path / "overlay.qcow2"
    call(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", disk, overlay])
    before_overlay = state(overlay)
    assert listed(overlay) == output
    assert (state(disk), state(overlay)) == (before, before_overlay)


def test_an_iso_image(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        "/isolinux/isolinux.cfg": ISOLINUX,
        "/isolinux/vmlinuz": b"kernel",
        "/isolinux/initrd.img": b"initrd",
        "/boot/grub/grub.cfg": "menuentry $grub_platform {\n\tlinux /isolinux/vmlinuz\n}\n",
    }
    iso = iso_of(files, tmp_path)
    before = state(iso)
    output = listed(iso, "--format", "syslinux")
    same(output, in_directory(files, tmp_path, "vda", "--format", "syslinux"))
    live, check = output["entries"]
    assert live["title"] == "Live system"
    assert (live["kernel"]["exists"], check["kernel"]["exists"]) == (True, False)
    assert output["diagnostics"][-1]["source"]["path"] == "/isolinux/isolinux.cfg"

    # The same on a stick: its first partition is the whole image.
    hybrid = bytearray(iso.read_bytes())
    hybrid[446:462] = bytes((0x80, 0, 1, 0, 0x17, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0)) + (
        len(hybrid) // 512
    ).to_bytes(4, "little")
    hybrid[510:512] = b"\x55\xaa"
    iso.write_bytes(hybrid)
    output = listed(iso, "--platform", "efi", "--format", "grub", "--format", "syslinux")
    assert [one["title"] for one in output["entries"]] == ["efi", "Live system", "check"]
    assert "vda1: the same iso9660 as the whole of vda" in [
        one["message"] for one in output["diagnostics"]
    ]
    assert state(iso)[0] != before[0]


def test_two_broken_disks_and_one_good_entry_of_each(tmp_path: Path) -> None:
    broken = "menuentry 'Broken' {\n\tif [ -e /boot ; then\n\tlinux /boot/nothing \"\n"
    config = "set timeout=2\nset default=0\n"
    config += recipes.grub_entry("First") + broken + recipes.grub_entry("Last")
    expected = in_directory(
        recipes.target_files() | {"/boot/grub/grub.cfg": config}, tmp_path, "vdb1"
    )
    cut = tmp_path / "cut.img"
    with recipes.grub().open("rb") as file:
        cut.write_bytes(file.read(40 * MIB))
    output = listed(cut, recipes.broken_grub())
    same(output, expected)
    assert any(one["source"]["volume"] == "vdb1" for one in output["entries"])
    (first,) = (one for one in output["diagnostics"] if one["message"].startswith("vda"))
    assert first["level"] == "warning"
    assert "cut short" in first["message"]


def test_nothing_on_a_disk() -> None:
    output = listed(recipes.empty(), status=1)
    assert (output["entries"], output["default"]) == ([], None)
    assert "nothing recognised" in output["diagnostics"][0]["message"]


def test_an_ordinary_user_reads_as_text() -> None:
    user: tuple[str, ...] = ()
    if os.geteuid() == 0:
        user = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    disk = recipes.grub_disk("steering", recipes.grub_entry("Steer\x1b[31m"))
    build()
    for needed in (disk, sys.executable):
        if subprocess.run([*user, "test", "-r", needed], check=False).returncode:
            pytest.skip("the repository is out of other users' reach")
    done = bootpy("list", disk, before=user)
    assert done.returncode == 0, done.stderr
    assert "* Steer\\x1b[31m\n" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert f"Reading {disk.name} in a virtual machine" in done.stderr


def test_a_machine_that_fails_shows_its_console() -> None:
    with pytest.raises(BootError, match="it ended before it gave an answer") as error:
        read([recipes.empty()], ["rdinit=/nothing"])
    assert "Kernel panic - not syncing" in error.value.message


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_reading_that_is_ended_takes_its_machine_along(number: int, status: int) -> None:
    # Programs that a script puts into the background ignore the signal, these tests among them.
    heeding = ("env", "--default-signal=INT")
    with subprocess.Popen(
        [*heeding, sys.executable, "-m", "bootpy.cli.main", "list", recipes.empty()],
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    ) as reading:
        assert reading.stderr is not None
        for line in reading.stderr:
            if "Reading" in line:
                break
        machine = None
        while machine is None and reading.poll() is None:
            machine = next(filter(is_machine, children(reading.pid)), None)
        assert machine is not None
        end = os.pidfd_open(machine)
        signal.pidfd_send_signal(end, signal.SIGSTOP)  # so that it cannot end by itself
        reading.send_signal(number)
        said = reading.stderr.read()
        assert reading.wait() == status, said
    assert "Traceback" not in said
    ended, _, _ = select.select([end], [], [], 60)
    if not ended:
        signal.pidfd_send_signal(end, signal.SIGKILL)
    os.close(end)
    assert ended


def children(process: int) -> list[int]:
    try:
        return [
            int(word)
            for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()
        ]
    except FileNotFoundError:
        return []


def is_machine(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().startswith(b"qemu-system")
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_an_image_that_qemu_refuses(tmp_path: Path) -> None:
    image = tmp_path / "cut.qcow2"
    call(["qemu-img", "create", "-q", "-f", "qcow2", image, "4M"])
    image.write_bytes(image.read_bytes()[:80])
    done = bootpy("list", "--json", image)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"QEMU cannot read {image}" in done.stderr
    assert "Traceback" not in done.stderr
