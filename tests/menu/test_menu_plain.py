"""The menu on a terminal that can only write one line below the other, and on none at all."""

import os

import pytest
from menu_seat import News, Seat, entry, offer

from bootpy.menu.choice import Choice, choose
from bootpy.menu.terminal import Terminal

DEBIAN = entry("deb", title="Debian GNU/Linux")
OLD = entry("old", "Advanced options", title="Linux 5.10")
OFF = entry("off", title="Firmware", kind="action")
ODD = entry("odd", title="Odd", kind="unsupported")
ALL = (DEBIAN, OLD, OFF, ODD)


def seat_with(timeout: float = -1, watch: News | None = None) -> Seat:
    return Seat(offer(*ALL, timeout=timeout), kind="dumb", told=(0, 0), size=(40, 100), watch=watch)


def test_the_lines() -> None:
    seat = seat_with()
    seat.see("boot>")
    assert seat.lines()[:6] == [
        "What to boot:",
        " * 1  Debian GNU/Linux",
        "      Advanced options:",
        "   2    Linux 5.10",
        "   3  Firmware",
        "   4  Odd  (cannot boot)",
    ]
    seat.type("\r")
    assert seat.choice() == Choice("boot", DEBIAN, by_person=True)
    assert b"\x1b" not in seat.received


def test_the_countdown() -> None:
    seat = seat_with(timeout=2)
    seat.see("Debian GNU/Linux boots by itself (default of grub.cfg on vda2)")
    seat.see("Seconds left: 2 1")
    assert seat.choice() == Choice("boot", DEBIAN, by_person=False)


def test_a_key_stops_the_countdown_and_begins_the_answer() -> None:
    seat = seat_with(timeout=1)
    seat.see("Seconds left: 1")
    seat.type("2")
    assert seat.see("boot>") == "boot> 2"
    seat.read(1.2)
    assert seat.answer is None
    seat.type("\r")
    assert seat.choice() == Choice("boot", OLD, by_person=True)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2", Choice("boot", OLD, by_person=True)),
        ("Advanced options>Linux 5.10", Choice("boot", OLD, by_person=True)),
        ("21\x7f", Choice("boot", OLD, by_person=True)),
        ("nonsense\x152", Choice("boot", OLD, by_person=True)),
        ("r", Choice("rescue", None, by_person=True)),
        ("c", Choice("rescue", None, by_person=True)),
        ("b", Choice("reboot", None, by_person=True)),
        ("p", Choice("poweroff", None, by_person=True)),
        ("7\r2", Choice("boot", OLD, by_person=True)),
        ("4\r3", Choice("boot", OFF, by_person=True)),
        ("e 3\r2", Choice("boot", OLD, by_person=True)),
        ("e 2\r single", Choice("boot", OLD._replace(cmdline="root=/dev/vda2 ro single"), True)),
        ("e\r\x15ro", Choice("boot", DEBIAN._replace(cmdline="ro"), True)),
        ("e 1\rx\x1b[A\x03", Choice("boot", DEBIAN, by_person=True)),
    ],
)
def test_answers(typed: str, expected: Choice) -> None:
    seat = seat_with()
    seat.see("boot>")
    seat.type(typed)
    seat.type("\r")
    assert seat.choice() == expected


def test_what_is_wrong_is_said_and_asked_again() -> None:
    seat = seat_with()
    seat.see("boot>")
    seat.type("9\r")
    seat.see("There is no entry 9")
    seat.type("4\r")
    seat.see("Odd: cannot boot")
    seat.type("d 2\r")
    seat.see("kernel     (vda2)/boot/vmlinuz-old")
    seat.see("boot>", times=4)
    seat.type("\x03")
    assert seat.choice() == Choice("rescue", None, by_person=True)


def test_a_disk_that_arrives_is_listed_and_what_was_typed_stays() -> None:
    news = News()
    seat = seat_with(timeout=60, watch=news)
    seat.see("Seconds left: 60")
    seat.type("2")
    news.tell(offer(*ALL, entry("usb", volume="sda1")))
    seat.see("   5    usb")
    assert seat.see("boot>", times=2) == "boot> 2"
    seat.type("\r")
    assert seat.choice().entry == OLD


def test_what_is_no_terminal_is_written_to_in_lines_and_read_to_its_end() -> None:
    reading, typing = os.pipe()
    reader, writing = os.pipe()
    os.write(typing, b"2\n")
    assert choose(Terminal(reading, writing), *offer(*ALL)).entry == OLD
    os.close(typing)
    assert choose(Terminal(reading, writing), *offer(*ALL)).action == "rescue"
    last = choose(Terminal(reading, writing), *offer(*ALL, timeout=1))
    assert last == Choice("boot", DEBIAN, by_person=False)
    assert b"\x1b" not in os.read(reader, 65536)
