"""Devices that drivers let go of before the jump, on folders laid out like /sys."""

from pathlib import Path

import pytest

from bootpy.kexec.unbinding import KNOWN, Bound, give_back, let_go, to_unbind

XHCI, VIRTIO = "sys/bus/pci/drivers/xhci_hcd", "sys/bus/pci/drivers/virtio-pci"


@pytest.fixture
def apple(tmp_path: Path) -> str:
    """A machine of Apple's with a USB controller, two devices of virtio's, and files of theirs."""
    for place in (f"{XHCI}/0000:00:14.0", f"{VIRTIO}/0000:00:03.0", f"{VIRTIO}/0000:00:02.0"):
        (tmp_path / place).mkdir(parents=True)
    for driver in (XHCI, VIRTIO):
        for name in ("bind", "unbind", "new_id", "uevent"):
            (tmp_path / driver / name).touch()
        (tmp_path / driver / "module").symlink_to(tmp_path)
    maker(tmp_path, "Apple Inc.")
    return str(tmp_path)


def maker(root: Path, name: str) -> None:
    file = root / "sys/class/dmi/id/sys_vendor"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{name}\n")


def test_what_is_known_of_this_machine(apple: str) -> None:
    (bound,) = to_unbind(root=apple)
    assert (bound.device, bound.driver) == ("0000:00:14.0", "xhci_hcd")
    assert "keyboard" in bound.why
    assert list(to_unbind(["none"], apple)) == []


def test_nothing_is_known_of_others(apple: str) -> None:
    maker(Path(apple), "QEMU")
    assert list(to_unbind(root=apple)) == []
    (Path(apple) / "sys/class/dmi/id/sys_vendor").unlink()
    assert list(to_unbind(root=apple)) == []


def test_what_is_asked_for(apple: str) -> None:
    found = [str(bound) for bound in to_unbind(["virtio-pci", "no-such"], apple)]
    virtio = ["0000:00:02.0 (virtio-pci)", "0000:00:03.0 (virtio-pci)"]
    assert found == [*virtio, "0000:00:14.0 (xhci_hcd)"]
    assert [str(bound) for bound in to_unbind(["virtio-pci", "none"], apple)] == virtio


def test_they_are_let_go_of_and_given_back(apple: str) -> None:
    said: list[str] = []
    free = let_go(["none", "xhci_hcd"], said.append, apple)
    assert (Path(apple) / XHCI / "unbind").read_text() == "0000:00:14.0"
    assert said == ["unbinding 0000:00:14.0 (xhci_hcd): as asked"]
    give_back(free, apple)
    assert (Path(apple) / XHCI / "bind").read_text() == "0000:00:14.0"


def test_one_that_stays_bound_is_told(apple: str) -> None:
    (Path(apple) / XHCI / "unbind").unlink()
    said: list[str] = []
    assert let_go([], said.append, apple) == []
    assert said[1] == "0000:00:14.0 (xhci_hcd) stays bound: No such file or directory"
    give_back([Bound("0000:00:14.0", "gone", "")], apple)


def test_each_row_has_a_source() -> None:
    for known in KNOWN:
        assert known.source.startswith("https://")
        assert known.driver
        assert known.seen
