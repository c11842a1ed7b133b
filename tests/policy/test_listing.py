"""From configurations to one listing: order, ids, folding, and whose default wins."""

from typing import Any

import pytest

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import (
    Configuration,
    Entry,
    File,
    Folded,
    Kind,
    Module,
    Origin,
    Tries,
    Write,
)
from bootpy.policy.listing import can_boot, merge

HERE = File("sda1", "/k", exists=True)
GONE = File("sda1", "/k", exists=False)
UNSEEN = File("sda1", "/k", exists=None)
AWAY = File(None, "/k", wanted="UUID=1234")
BY_URL = File(None, None, url="http://h/k")


def entry(name: str, volume: str = "sda1", *, path: str = "/grub/grub.cfg", **fields: Any) -> Entry:
    given: dict[str, Any] = {"kind": "linux", "kernel": HERE, "format": "grub", "cmdline": name}
    given |= fields
    given.setdefault("source", Source(volume, path, 1 + len(name)))
    return Entry(id=f"x:{volume}:{name}", title=name, path=(name,), **given)


def config(*entries: Entry, default: int | None = None, **fields: Any) -> Configuration:
    marked = tuple(one._replace(default=n == default) for n, one in enumerate(entries))
    given: dict[str, Any] = {"format": "grub", "source": Source("sda1", "/grub/grub.cfg")}
    return Configuration(
        entries=marked,
        default=None if default is None else entries[default].id,
        **{**given, **fields},
    )


def test_nothing() -> None:
    listing = merge([])
    assert (listing.entries, listing.default, listing.timeout) == ((), None, None)


def test_one_configuration_stays_as_it_is() -> None:
    a, b = entry("a"), entry("b")
    write = Write("sda1", "/grubenv", (("next_entry", ""),))
    said = Diagnostic("info", None, "m")
    listing = merge(
        [
            config(
                a,
                b,
                default=1,
                timeout=5.0,
                fallbacks=(a.id,),
                writes=(write,),
                diagnostics=(said, said),
            )
        ]
    )
    assert [one.id for one in listing.entries] == [a.id, b.id]
    assert (listing.default, listing.timeout, listing.fallbacks) == (b.id, 5.0, (a.id,))
    assert (listing.writes, listing.diagnostics) == ((write,), (said,))
    assert [one.default for one in listing.entries] == [False, True]


def test_equal_entries_of_one_configuration_stay_with_ids_of_their_own() -> None:
    a = entry("a")
    listing = merge([config(a, a._replace(default=False), a, default=1)])
    assert [one.id for one in listing.entries] == ["x:sda1:a", "x:sda1:a#2", "x:sda1:a#3"]
    assert listing.default == "x:sda1:a#2"
    assert [one.default for one in listing.entries] == [False, True, False]


def test_ids_do_not_collide_with_those_that_are_made() -> None:
    listing = merge([config(entry("a#2"), entry("a"), entry("a"))])
    ids = [one.id for one in listing.entries]
    assert ids == ["x:sda1:a#2", "x:sda1:a", "x:sda1:a#3"]


def test_entries_found_twice_are_folded() -> None:
    a, b = entry("a", "sda2"), entry("b", "sda2")
    stub = config(a, b, default=1, source=Source("sda1", "/EFI/debian/grub.cfg"), timeout=3.0)
    itself = config(
        a._replace(id="x:other:a"), b, default=0, source=Source("sda2", "/boot/grub/grub.cfg")
    )
    listing = merge([stub, itself])
    assert [one.id for one in listing.entries] == [a.id, b.id]
    assert (listing.default, listing.timeout) == (b.id, 3.0)
    turned = merge([itself, stub])
    assert len(turned.entries) == 2
    # The ESP's stub leads to the other volume, so its default holds in either order.
    assert (turned.default, turned.timeout) == (b.id, 3.0)


@pytest.mark.parametrize(
    "change",
    [
        {"kernel": GONE},
        {"kind": "uki"},
        {"initrds": (HERE,)},
        {"cmdline": "x"},
        {"devicetree": HERE},
        {"modules": (Module(HERE, "x"),)},
        {"tries": Tries(3, 0)},
        {"profile": 1},
        {"configuration": "conf-2"},
    ],
)
def test_what_boots_otherwise_is_another_entry(change: dict[str, Any]) -> None:
    a = entry("a")
    listing = merge([config(a), config(a._replace(**change), source=Source("sda2", "/x"))])
    assert len(listing.entries) == 2
    assert listing.folded == ()


@pytest.mark.parametrize(
    "change",
    [
        {"title": "other", "path": ("sub", "other")},
        {"source": Source("sda1", "/grub/grub.cfg", 99)},
        {"format": "bls", "cmdline_added": "initrd=x", "version": "6.1"},
        {"origins": (Origin("title", "a", Source("sda1", "/x", 1), "LABEL"),)},
    ],
)
def test_what_boots_the_same_is_one_entry_and_the_other_is_told(change: dict[str, Any]) -> None:
    a = entry("a")
    other = a._replace(id="y:sda1:other", **change)
    first, second = config(a, timeout=1.0), config(other, default=0, timeout=2.0)
    listing = merge([first, second])
    assert [one.id for one in listing.entries] == [a.id]
    # The default of the one that was folded away is still the machine's.
    assert (listing.default, listing.timeout) == (a.id, 2.0)
    assert not listing.entries[0].default
    assert listing.folded == (Folded(other._replace(default=True), a.id),)


def test_entries_without_a_kernel_are_one_only_on_the_same_line() -> None:
    reboot = entry("Reboot", kind="action", kernel=None, action="reboot")
    elsewhere = reboot._replace(source=Source("sda2", "/x", 3))
    assert len(merge([config(reboot), config(elsewhere)]).entries) == 2
    assert len(merge([config(reboot), config(reboot)]).entries) == 1


@pytest.mark.parametrize("kernel", [HERE, UNSEEN, BY_URL])
def test_kernels_that_can_boot(kernel: File) -> None:
    assert can_boot(entry("a", kernel=kernel))


@pytest.mark.parametrize(
    ("kind", "kernel"),
    [
        ("linux", GONE),
        ("linux", AWAY),
        ("local", None),
        ("action", None),
        ("unsupported", HERE),
        ("efi", HERE),
    ],
)
def test_a_default_that_can_boot_wins(kind: Kind, kernel: File | None) -> None:
    weak = config(entry("weak", kind=kind, kernel=kernel), default=0, timeout=1.0)
    none = config(entry("none", "sdb1"), timeout=2.0, source=Source("sdb1", "/x"))
    good = config(entry("good", "sdc1"), default=0, timeout=3.0, source=Source("sdc1", "/x"))
    for order in ([weak, none, good], [good, none, weak], [none, weak, good]):
        listing = merge(order)
        assert (listing.default, listing.timeout) == ("x:sdc1:good", 3.0)
        assert [one.title for one in listing.entries if one.default] == [
            one.entries[0].title for one in order if one.default
        ]
    alone = merge([none, weak])
    assert (alone.default, alone.timeout) == ("x:sda1:weak", 1.0)


def test_the_first_of_equals_wins() -> None:
    one = config(entry("one"), default=0)
    two = config(entry("two", "sdb1"), default=0, source=Source("sdb1", "/x"), timeout=2.0)
    assert merge([one, two]).default == "x:sda1:one"
    assert merge([one, two]).timeout is None
    assert merge([two, one]).default == "x:sdb1:two"


def test_a_stub_that_leads_elsewhere_wins_over_other_formats() -> None:
    bls = config(
        entry("bls", format="bls"), default=0, format="bls", source=Source("sda1", "/loader")
    )
    stub = config(entry("grub", "sda3"), default=0, source=Source("sda2", "/EFI/debian/grub.cfg"))
    plain = config(entry("grub", "sda3"), default=0, source=Source("sda3", "/boot/grub/grub.cfg"))
    assert merge([bls, stub]).default == "x:sda3:grub"
    assert merge([bls, plain]).default == "x:sda1:bls"
    broken = config(entry("grub", "sda3", kernel=GONE), default=0, source=stub.source)
    assert merge([bls, broken]).default == "x:sda1:bls"


def test_without_any_default_nothing_boots_by_itself() -> None:
    empty = config(timeout=9.0)
    waiting = config(entry("a"), timeout=-1.0)
    listing = merge([empty, waiting])
    assert (listing.default, listing.timeout) == (None, -1.0)


def test_fallbacks_follow_their_entries_ids() -> None:
    one = config(entry("a"), entry("b"))
    two = config(
        entry("a", kernel=UNSEEN),
        entry("b", path="/other", cmdline="other"),
        entry("c", cmdline="b"),
        default=0,
        fallbacks=("x:sda1:b", "x:sda1:gone", "x:sda1:c"),
        source=Source("sda1", "/other"),
    )
    listing = merge([one, two])
    assert listing.default == "x:sda1:a#2"
    # The last was folded into the first configuration's b.
    assert listing.fallbacks == ("x:sda1:b#2", "x:sda1:b")
