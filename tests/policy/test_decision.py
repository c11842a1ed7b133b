"""Each rule of the decision, as a table."""

import pytest

from bootpy.diagnostics import Source
from bootpy.entry import Entry, File, Kind, Listing, Tries
from bootpy.options import Options
from bootpy.policy.decision import SILENT_TIMEOUT, decide, resolve

GRUB = "/boot/grub/grub.cfg"


def entry(
    name: str,
    *above: str,
    title: str = "",
    volume: str = "vda2",
    path: str = GRUB,
    kind: Kind = "linux",
    exists: bool | None = True,
    wanted: str | None = None,
    left: int | None = None,
) -> Entry:
    title = title or name
    kernel = File(None if wanted else volume, f"/vmlinuz-{name}", wanted=wanted, exists=exists)
    return Entry(
        f"grub:{volume}:{name}",
        title,
        (*above, title),
        "grub",
        kind,
        Source(volume, path, 7),
        kernel=None if kind in {"action", "local"} else kernel,
        tries=None if left is None else Tries(left, 3),
    )


def listing(
    *entries: Entry,
    default: int | None = 0,
    fallbacks: tuple[int, ...] = (),
    timeout: float | None = None,
) -> Listing:
    return Listing(
        entries,
        None if default is None else entries[default].id,
        timeout,
        tuple(entries[index].id for index in fallbacks),
    )


def names(order: tuple[str, ...]) -> list[str]:
    return [each.rpartition(":")[2] for each in order]


A, B, C, D = (entry(name) for name in "abcd")
OTHER_FILE = entry("bls", path="/loader/entries/x.conf")
OTHER_DISK = entry("usb", volume="sda1")


@pytest.mark.parametrize(
    ("found", "asked", "expected"),
    [
        pytest.param(listing(A, B, C, default=1), None, "b a c", id="default then menu order"),
        pytest.param(listing(A, B, C, D, fallbacks=(3, 2)), None, "a d c b", id="fallbacks"),
        pytest.param(listing(A, B, C, D, fallbacks=(3,)), "b", "b a d c", id="asked, default"),
        pytest.param(
            listing(OTHER_DISK, OTHER_FILE, A, B, default=3),
            None,
            "b a bls usb",
            id="nearest first",
        ),
        pytest.param(
            listing(A, OTHER_FILE, OTHER_DISK), "usb", "usb a bls", id="asked on another disk"
        ),
        pytest.param(listing(A, entry("x", exists=False), B), None, "a b", id="missing kernel"),
        pytest.param(listing(entry("x", exists=False), B), None, "b", id="default is missing"),
        pytest.param(listing(A, B, entry("x", exists=False)), "x", "a b", id="asked is missing"),
        pytest.param(listing(entry("x", exists=None), B), None, "x b", id="not looked at"),
        pytest.param(listing(entry("x", wanted="UUID=1"), B), None, "b", id="default unresolved"),
        pytest.param(
            listing(A, *(entry(k, kind=k) for k in ("efi", "iso", "action", "uki")), B),
            None,
            "a uki b",
            id="only linux and uki by themselves",
        ),
        pytest.param(listing(entry("xen", kind="multiboot2"), B), None, "xen b", id="Xen default"),
        pytest.param(listing(entry("off", kind="action"), B), None, "b", id="action by default"),
        pytest.param(
            listing(A, entry("off", kind="action")), "off", "off a", id="action asked for"
        ),
        pytest.param(listing(A, entry("x", kind="unsupported")), "x", "a", id="unsupported"),
        pytest.param(
            listing(entry("next", kind="local"), A, OTHER_DISK), None, "usb", id="next device"
        ),
        pytest.param(
            listing(A, entry("bad", left=0), OTHER_DISK), None, "a usb bad", id="given up"
        ),
        pytest.param(listing(entry("bad", left=0), A), None, "bad a", id="given up yet default"),
        pytest.param(listing(A, B, default=None), None, "", id="no default"),
        pytest.param(listing(A, B, default=None), "b", "b", id="no default, one asked for"),
        pytest.param(listing(A, B), "zzz", "a b", id="asked is not there"),
        pytest.param(Listing(), None, "", id="nothing"),
        pytest.param(Listing((A,), "gone", None, ("away",)), None, "", id="ids that are not there"),
    ],
)
def test_order(found: Listing, asked: str | None, expected: str) -> None:
    decision = decide(found, Options(entry=asked))
    assert names(decision.order) == expected.split()


@pytest.mark.parametrize(
    ("configured", "given", "expected"),
    [
        (None, None, SILENT_TIMEOUT),
        (3.0, None, 3.0),
        (0.0, None, 0.0),
        (-1.0, None, None),
        (3.0, 7.0, 7.0),
        (-1.0, 0.0, 0.0),
        (0.0, -1.0, None),
    ],
)
def test_timeout(configured: float | None, given: float | None, expected: float | None) -> None:
    assert decide(listing(A, timeout=configured), Options(timeout=given)).timeout == expected


def test_without_anything_to_boot_no_countdown_runs() -> None:
    found = listing(entry("x", kind="unsupported"), timeout=0.0)
    decision = decide(found, Options(timeout=0.0))
    assert (decision.order, decision.timeout) == ((), None)
    assert decision.reason == "nothing here can boot by itself"


@pytest.mark.parametrize(
    ("found", "asked", "expected"),
    [
        (listing(A, B), None, "default of grub.cfg on vda2"),
        (listing(A, B), "b", "bootpy.entry= on the kernel command line"),
        (listing(A, B), "zzz", "default of grub.cfg on vda2"),
        (
            listing(entry("x", exists=False), B, C, fallbacks=(2,)),
            None,
            "fallback of grub.cfg on vda2",
        ),
        (
            listing(entry("x", exists=False), B),
            None,
            "next that can boot, since the default of grub.cfg on vda2 cannot",
        ),
        (
            listing(OTHER_FILE._replace(format="bls")),
            None,
            "default of /loader/entries on vda2",
        ),
    ],
)
def test_reason(found: Listing, asked: str | None, expected: str) -> None:
    assert decide(found, Options(entry=asked)).reason == expected


def test_an_entry_that_is_not_there_is_named_with_near_matches() -> None:
    found = listing(entry("deb", title="Debian GNU/Linux"), entry("win", title="Windows"))
    (remark,) = decide(found, Options(entry="Debain")).diagnostics
    assert remark.level == "error"
    assert "bootpy.entry=Debain" in remark.message
    assert "'Debian GNU/Linux'" in remark.hint
    assert "Windows" not in remark.hint


def test_where_nothing_is_near_the_numbers_are_named() -> None:
    (remark,) = decide(listing(A, B), Options(entry="7")).diagnostics
    assert "1 to 2" in remark.hint


def test_each_entry_passed_over_is_told_once_with_file_and_line() -> None:
    found = listing(entry("x", exists=False), B, fallbacks=(0,))
    (remark,) = decide(found, Options()).diagnostics
    assert str(remark.source) == f"(vda2){GRUB}:7"
    assert "(vda2)/vmlinuz-x is missing" in remark.message
    assert remark.hint


def test_going_on_with_the_next_device_is_no_fault() -> None:
    (remark,) = decide(listing(entry("next", kind="local"), OTHER_DISK), Options()).diagnostics
    assert remark.level == "info"
    assert "next device" in remark.message


@pytest.mark.parametrize(
    ("found", "asked", "settled"),
    [
        (listing(A), None, True),
        (listing(A), "zzz", False),
        (listing(entry("x", wanted="UUID=1"), A), None, False),
        (listing(A, entry("x", wanted="UUID=1")), None, True),
        (listing(A, entry("x", wanted="UUID=1")), "x", False),
        (listing(A, B), "b", True),
    ],
)
def test_what_may_still_be_plugged_in_is_worth_waiting_for(
    found: Listing, asked: str | None, settled: bool
) -> None:
    assert decide(found, Options(entry=asked)).settled is settled


def test_what_only_a_person_may_choose_is_never_tried_by_itself() -> None:
    iso = B._replace(by_person=True)
    assert B.id in decide(listing(A, B), Options()).order
    assert iso.id not in decide(listing(A, iso), Options()).order
    assert decide(listing(A, iso), Options(entry=iso.id)).order[0] == iso.id


def test_a_guess_is_one_until_a_person_asks_for_it() -> None:
    guess = A._replace(format="heuristic")
    assert decide(listing(guess, B), Options()).is_guess
    assert not decide(listing(guess, B), Options(entry=guess.id)).is_guess
    assert not decide(listing(A, B), Options()).is_guess


MENU = listing(
    entry("simple", title="Debian GNU/Linux"),
    entry("adv>6.1", "Advanced options", title="Debian, with Linux 6.1"),
    entry("adv>5.10", "Advanced options", title="Debian GNU/Linux"),
    entry("two", title="2"),
    entry("odd", "a > b", title="c>d"),
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("grub:vda2:adv>6.1", "adv>6.1"),
        ("adv>6.1", "adv>6.1"),
        ("1", "simple"),
        ("3", "adv>5.10"),
        ("2", "adv>6.1"),  # the number in the list, though an entry is titled so
        ("05", "odd"),
        ("Debian GNU/Linux", "simple"),
        (" debian gnu/linux ", "simple"),
        ("Advanced options>Debian GNU/Linux", "adv>5.10"),
        ("advanced options > debian, with linux 6.1", "adv>6.1"),
        ("a > b>c>d", "odd"),
        ("0", None),
        ("6", None),
        ("-1", None),
        ("²", None),
        ("9" * 5000, None),
        ("", None),
        ("Debian", None),
    ],
)
def test_resolve(words: str, expected: str | None) -> None:
    found = resolve(MENU, words)
    assert (found and found.id.split(":", 2)[2]) == expected
