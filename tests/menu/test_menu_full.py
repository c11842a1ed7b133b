"""The menu as a person sees it: a real pseudo-terminal, a terminal emulator, keys."""

import os
import termios

import pytest
from menu_seat import DOWN, LEFT, UP, News, Seat, entry, offer

from bootpy.menu.choice import Choice

DEBIAN = entry("deb", title="Debian GNU/Linux")
NEW = entry("new", "Advanced options", title="Linux 6.1")
OLD = entry("old", "Advanced options", title="Linux 5.10")
OFF = entry("off", title="UEFI Firmware Settings", kind="action")
THREE = (DEBIAN, NEW, OLD, OFF)


def test_the_screen() -> None:
    seat = Seat(offer(*THREE, timeout=-1))
    seat.see("Enter boots")
    assert seat.lines()[:7] == [
        "bootpy: what to boot",
        "",
        ">* 1  Debian GNU/Linux",
        "      Advanced options:",
        "   2    Linux 6.1",
        "   3    Linux 5.10",
        "   4  UEFI Firmware Settings",
    ]
    assert seat.lines()[-2:] == [
        "Waits for a choice; * marks what boots first (default of grub.cfg on vda2)",
        "Enter boots  e edits  d details  r rescue  b reboots  p powers off  ? help",
    ]
    seat.selects(">* 1  Debian GNU/Linux")
    assert (seat.screen.cursor.y, seat.screen.cursor.x) == (2, 0)
    seat.type("\r")
    assert seat.choice() == Choice("boot", DEBIAN, by_person=True)


def test_the_countdown_boots_what_the_decision_says() -> None:
    seat = Seat(offer(*THREE, timeout=2, default=2))
    assert seat.see("Boots in 2 s").startswith("Boots in 2 s; any key stops: Linux 5.10 (")
    seat.selects(">* 3    Linux 5.10")
    seat.see("Boots in 1 s")
    assert seat.choice() == Choice("boot", OLD, by_person=False)
    assert 2.0 <= seat.seconds < 3.5


def test_the_countdown_sends_only_the_digit_that_changes() -> None:
    seat = Seat(offer(*THREE, timeout=4))
    seat.see("Boots in 4 s")
    before = len(seat.received)
    seat.see("Boots in 3 s")
    assert len(seat.received) - before <= len("\x1b[23;10H3\x1b[3;1H")
    seat.type("r")
    seat.choice()


def test_moving_repaints_two_rows() -> None:
    seat = Seat(offer(*THREE))
    seat.see("Waits")
    before = len(seat.received)
    seat.type("j")
    seat.selects(">  2    Linux 6.1")
    assert len(seat.received) - before < 100
    seat.type("r")
    seat.choice()


def test_without_time_nothing_is_drawn() -> None:
    seat = Seat(offer(*THREE, timeout=0))
    assert seat.choice() == Choice("boot", DEBIAN, by_person=False)
    assert not seat.received
    assert seat.seconds < 0.5


def test_any_key_stops_the_countdown_and_acts() -> None:
    seat = Seat(offer(*THREE, timeout=2))
    seat.see("Boots in 2 s")
    seat.type(DOWN)
    seat.selects(">  2    Linux 6.1")
    seat.see("Waits for a choice")
    seat.read(2.2)
    assert seat.answer is None
    seat.type("\r")
    assert seat.choice() == Choice("boot", NEW, by_person=True)


def test_a_key_typed_before_the_menu_stands_counts() -> None:
    seat = Seat(offer(*THREE, timeout=1), typed=b"jj")
    seat.see("Waits for a choice")
    seat.selects(">  3    Linux 5.10")
    seat.type("\r")
    assert seat.choice().entry == OLD


@pytest.mark.parametrize("noise", [b"\0", b"\xff\xfe", b"\x1b[24;80R", b"\x80\0\xc3", b"\x1b[99~"])
def test_line_noise_stops_no_countdown(noise: bytes) -> None:
    seat = Seat(offer(*THREE, timeout=2))
    seat.see("Boots in 2 s")
    os.write(seat.master, noise)
    assert seat.choice() == Choice("boot", DEBIAN, by_person=False)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("r", "rescue"),
        ("c", "rescue"),
        ("\x03", "rescue"),
        ("b", "reboot"),
        ("p", "poweroff"),
    ],
)
def test_actions(keys: str, expected: str) -> None:
    seat = Seat(offer(*THREE))
    seat.see("Waits")
    seat.type(keys)
    assert seat.choice() == Choice(expected, None, by_person=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("jj", OLD),
        (DOWN + DOWN + UP, NEW),
        ("\x1bOB", NEW),
        ("jk", DEBIAN),
        ("k", DEBIAN),
        ("\x1b[4~", OFF),
        ("jj\x1b[H", DEBIAN),
        ("\x1b[6~", OFF),
        ("\x1b[6~\x1b[5~", DEBIAN),
        ("3", OLD),
        ("32", NEW),
    ],
)
def test_moving(keys: str, expected: object) -> None:
    seat = Seat(offer(*THREE))
    seat.see("Waits")
    seat.type(keys + "\r")
    assert seat.choice().entry == expected


def test_an_escape_sequence_in_pieces_is_one_key() -> None:
    seat = Seat(offer(*THREE))
    seat.see("Waits")
    for piece in "\x1b[B":
        os.write(seat.master, piece.encode())
        seat.read(0.08)
    seat.selects(">  2    Linux 6.1")
    seat.type("\r")
    assert seat.choice().entry == NEW


def test_a_long_list_scrolls_and_numbers_have_two_digits() -> None:
    many = [entry(f"n{i}", title=f"Linux {i}") for i in range(1, 41)]
    seat = Seat(offer(*many), size=(14, 60))
    seat.see("lines 1 to 9 of 40")
    seat.type("25")
    seat.selects(">  25  Linux 25")
    seat.type("\x1b[F")
    seat.selects(">  40  Linux 40")
    seat.see("lines 32 to 40 of 40")
    seat.type("7\r")
    assert seat.choice().entry == many[6]


@pytest.mark.parametrize("size", [(2, 20), (3, 10), (5, 40), (9, 30)])
def test_small_screens_show_the_selected_entry(size: tuple[int, int]) -> None:
    seat = Seat(offer(*THREE), size=size)
    seat.see(">* 1")
    seat.type("jj")
    seat.see(">  3")
    seat.type("e")
    seat.type("d\x1b")
    seat.read(0.3)
    seat.type("d?x?\r\r")
    assert seat.choice().entry == OLD


def test_lines_wider_than_the_screen_are_cut() -> None:
    wide = entry("wide", title="0123456789" * 20)
    seat = Seat(offer(wide, DEBIAN), size=(12, 40))
    seat.see("Debian")
    seat.row(2, ">* 1  " + ("0123456789" * 20)[: 40 - 1 - 6])
    seat.row(3, "   2  Debian GNU/Linux")
    seat.type("r")
    seat.choice()


def test_hostile_titles_steer_nothing() -> None:
    evil = entry("evil", "sub\x1b[2J", title="\x1b[2Jgone\x07\x9b5A\u202egnp\n\ud800")
    seat = Seat(offer(evil, DEBIAN))
    seat.see("Debian")
    seat.row(2, "      sub?[2J:")
    seat.row(3, ">* 1    ?[2Jgone??5A?gnp ?")
    seat.type("d")
    seat.see("Any key")
    assert b"gone\x07" not in seat.received
    assert b"\x9b" not in seat.received
    assert b"\x1b[2J" not in seat.received
    seat.type("xr")
    seat.choice()


def test_titles_in_any_script_keep_their_columns() -> None:
    seat = Seat(offer(entry("jp", title="日本語 Grüße"), entry("cut", title="語" * 60)))
    seat.see("Grüße")
    seat.type("j")
    # The emulator shows a wide character as itself and an empty cell.
    unmarked = "*1日本語Grüße"
    seat.wait(lambda: "yes" if seat.lines()[2].replace(" ", "") == unmarked else "", unmarked)
    seat.type("k")
    seat.row(4, "")
    seat.see(">* 1")
    seat.type("r")
    seat.choice()


def test_a_terminal_that_is_ascii_gets_ascii() -> None:
    seat = Seat(offer(entry("de", title="Grüße")), encoding="ascii")
    assert seat.see("Gr") == ">* 1  Gr??e"
    assert bytes(seat.received).isascii()
    seat.type("r")
    seat.choice()


def test_editing_the_command_line() -> None:
    seat = Seat(offer(*THREE))
    seat.see("Waits")
    seat.type("e")
    seat.see("Command line of Debian GNU/Linux")
    seat.row(2, "root=/dev/vda2 ro")
    seat.type(" single")
    seat.type("\x1b[H\x1b[3~r" + LEFT + "\x7f")
    # The row is as before, so that it does not tell when the keys were taken.
    seat.wait(
        lambda: "there" if (seat.screen.cursor.y, seat.screen.cursor.x) == (2, 0) else "",
        "the cursor at the beginning",
    )
    seat.row(2, "root=/dev/vda2 ro single")
    seat.type("\r")
    choice = seat.choice()
    assert choice == Choice("boot", DEBIAN._replace(cmdline="root=/dev/vda2 ro single"), True)


def test_escape_leaves_the_entry_as_it_was() -> None:
    seat = Seat(offer(*THREE))
    seat.see("Waits")
    seat.type("e\x15gone\x1b")
    seat.see("Waits")
    seat.type("\r")
    assert seat.choice().entry == DEBIAN


def test_a_long_command_line_scrolls() -> None:
    words = " ".join(f"word{i:02}" for i in range(30))
    seat = Seat(offer(entry("long", cmdline=words)), size=(24, 40))
    seat.see("Waits")
    seat.type("e")
    seat.see("word29")
    assert seat.lines()[2].startswith("<")
    seat.type("\x01")
    assert seat.see("word00 word01").endswith(">")
    seat.type("quiet \x05 ro\r")
    edited = seat.choice().entry
    assert edited is not None
    assert edited.cmdline == f"quiet {words} ro"


def test_what_cannot_boot_says_so() -> None:
    seat = Seat(offer(DEBIAN, entry("odd", kind="unsupported"), OFF))
    seat.see("odd  (cannot boot)")
    seat.type("j\r")
    seat.see("This entry cannot boot")
    seat.type("je")
    seat.see("no command line to edit")
    seat.type("\r")
    assert seat.choice() == Choice("boot", OFF, by_person=True)


def test_details_and_help() -> None:
    seat = Seat(offer(entry("x", "sub", title="X", cmdline="ro " + "a" * 100, exists=False)))
    seat.see("X  (kernel is missing)")
    seat.type("d")
    seat.see("kernel     (vda2)/boot/vmlinuz-x, missing")
    seat.see("initrd     (vda2)/boot/initrd-x")
    seat.see("from       (vda2)/boot/grub/grub.cfg:12")
    assert seat.see("cmdline    ro aaa").endswith("a")
    seat.type(" ?")
    seat.see("power off")
    seat.type(" ")
    seat.see("Waits")
    seat.type("r")
    seat.choice()


def test_a_long_title_does_not_hide_the_countdown() -> None:
    seat = Seat(offer(entry("long", title="long " * 30), timeout=60), size=(24, 40))
    assert seat.see("Boots in 60 s").startswith("Boots in 60 s; any key stops: long long")
    seat.type("r")
    seat.choice()


def test_what_was_asked_for_and_is_not_there_is_said() -> None:
    seat = Seat(offer(*THREE, timeout=60, asked="Debain"))
    seat.see("bootpy.entry=Debain names no entry that is here (near matches: 'Debian")
    seat.see("Boots in 60 s; any key stops: Debian GNU/Linux (default of grub.cfg")
    seat.type("r")
    seat.choice()


def test_a_disk_that_arrives_joins_while_the_countdown_runs() -> None:
    news = News()
    seat = Seat(offer(DEBIAN, timeout=2), watch=news)
    seat.see("Boots in 2 s")
    news.tell(None)
    usb = entry("usb", volume="sda1")
    news.tell(offer(usb, DEBIAN, timeout=2, default=1))
    assert seat.see("usb") == "   1    usb"
    assert "      on sda1:" in seat.lines()
    seat.selects(">* 2    Debian GNU/Linux")
    assert seat.choice() == Choice("boot", DEBIAN, by_person=False)
    assert seat.seconds < 3.5


def test_the_selection_stays_on_its_entry() -> None:
    news = News()
    seat = Seat(offer(*THREE, timeout=5), watch=news)
    seat.see("Boots in")
    seat.type("j")
    usb = entry("usb", volume="sda1")
    news.tell(offer(usb, *THREE, timeout=5))
    seat.see("usb")
    seat.selects(">  3      Linux 6.1")
    seat.type("\r")
    assert seat.choice().entry == NEW


def test_until_a_key_is_pressed_the_selection_is_what_boots() -> None:
    news = News()
    seat = Seat(offer(DEBIAN, timeout=60), watch=news)
    seat.see("Boots in")
    usb = entry("usb", volume="sda1")
    news.tell(offer(DEBIAN, usb, timeout=60, default=1))
    seat.selects(">* 2    usb")
    seat.type("\r")
    assert seat.choice().entry == usb


def test_the_first_disk_starts_the_countdown() -> None:
    news = News()
    seat = Seat(offer(), watch=news)
    seat.see("There is nothing to boot")
    seat.read(1.2)
    news.tell(offer(DEBIAN, timeout=1))
    seat.see("Boots in 1 s")
    assert seat.choice() == Choice("boot", DEBIAN, by_person=False)
    assert seat.seconds >= 2.2


def test_a_selected_entry_that_leaves_selects_the_nearest() -> None:
    news = News()
    seat = Seat(offer(DEBIAN, OLD), watch=news)
    seat.see("Linux 5.10")
    seat.type("j")
    news.tell(offer(DEBIAN))
    seat.wait(lambda: "" if "5.10" in str(seat.lines()) else "yes", "the shorter list")
    seat.type("\r")
    assert seat.choice().entry == DEBIAN


def test_a_serial_line_is_asked_for_its_size_once() -> None:
    many = [entry(f"n{i}", title=f"Linux {i}") for i in range(1, 41)]
    seat = Seat(offer(*many), size=(30, 60), told=(0, 0))
    seat.see("lines 1 to 25 of 40")
    seat.type("jjk")
    assert seat.received.count(b"\x1b[6n") == 1
    seat.type("r")
    seat.choice()


def test_a_serial_line_that_does_not_answer_is_taken_for_24_rows_of_80() -> None:
    many = [entry(f"n{i}", title=f"Linux {i}") for i in range(1, 41)]
    seat = Seat(offer(*many, timeout=60), size=(24, 80), told=(0, 0), answers=False)
    seat.see("lines 1 to 19 of 40")
    seat.see("Boots in 60 s")
    seat.type("r")
    seat.choice()
    assert seat.received.count(b"\x1b[6n") == 1


def test_a_window_that_changes_is_painted_anew() -> None:
    seat = Seat(offer(*THREE), size=(24, 80))
    seat.see("Waits")
    seat.screen.resize(12, 50)
    termios.tcsetwinsize(seat.slave, (12, 50))
    seat.wait(lambda: "yes" if seat.lines()[0] == "bootpy: what to boot" else "", "the title")
    seat.selects(">* 1  Debian GNU/Linux")
    seat.row(-1, "Enter boots  e edits  d details  r rescue  b rebo")
    seat.type("r")
    seat.choice()


def test_control_l_paints_everything_again() -> None:
    seat = Seat(offer(*THREE))
    seat.see("Waits")
    seat.screen.erase_in_display(2)
    assert not any(seat.lines())
    seat.type("\x0c")
    seat.selects(">* 1  Debian GNU/Linux")
    seat.type("r")
    seat.choice()


def test_the_terminal_is_left_as_it_was() -> None:
    seat = Seat(offer(*THREE))
    seat.see("Waits")
    assert termios.tcgetattr(seat.slave) != seat.before
    seat.type("r")
    seat.choice()
    assert termios.tcgetattr(seat.slave) == seat.before
    assert seat.received.endswith(b"\x1b[0m\x1b[?7h\x1b[24;1H\r\n")


def test_the_terminal_is_left_as_it_was_after_an_error() -> None:
    class Broken(News):
        def update(self) -> None:
            raise RuntimeError("the watch broke")

    news = Broken()
    seat = Seat(offer(*THREE), watch=news)
    seat.see("Waits")
    news.tell(None)
    with pytest.raises(RuntimeError, match="the watch broke"):
        seat.choice()
    assert termios.tcgetattr(seat.slave) == seat.before
    assert b"\x1b[?7h" in seat.received


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [(1, Choice("boot", DEBIAN, by_person=False)), (-1, Choice("rescue", None, by_person=False))],
)
def test_a_hung_up_terminal(timeout: float, expected: Choice) -> None:
    seat = Seat(offer(*THREE, timeout=timeout))
    seat.see("Debian")
    os.close(seat.master)
    seat._thread.join(3)
    assert seat.answer == expected
