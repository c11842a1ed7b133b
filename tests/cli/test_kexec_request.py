"""How the options of kexec-tools combine: what is done in the end, or what is said instead."""

from typing import Any

import pytest

from bootpy.cli.kexec_options import OPTIONS, help_text, longs
from bootpy.cli.kexec_request import HIGHEST, Answer, Request, request_of

ACTS = ("status", "unload", "load", "shutdown", "sync", "ifdown", "execute")


def asked(line: str, machine: str = "x86_64") -> Request:
    return request_of(line.split(), machine)


def acts(line: str) -> str:
    request = asked(line)
    return " ".join(name for name in ACTS if getattr(request, name))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("vmlinuz", "load shutdown sync"),
        ("-l vmlinuz", "load sync"),
        ("-l -y vmlinuz", "load"),
        ("-p vmlinuz", "load"),
        ("-u", "unload"),
        ("-p -u", "unload"),
        ("-u -p", "unload load"),
        ("-e", "sync ifdown execute"),
        ("-e -x", "sync execute"),
        ("-xye", "execute"),
        ("-f vmlinuz", "load sync ifdown execute"),
        ("-l -e vmlinuz", "sync ifdown execute"),  # the load is undone
        ("-l -f vmlinuz", "load sync ifdown execute"),
        ("-f -l vmlinuz", "load sync ifdown"),
        ("-u -l vmlinuz", "unload load"),
        ("-l -u", "unload"),
        ("-S", "status"),
        ("-S -e -u -f", "status"),
        ("--sta", "status"),
    ],
)
def test_acts(line: str, expected: str) -> None:
    assert acts(line) == expected


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("-S", {"kind": "crash"}),
        ("-S -p", {"kind": "crash"}),
        ("-S -l", {"kind": "plain"}),
        ("-S -l -p", {"kind": "crash"}),
        ("-l vmlinuz other", {"kernel": "vmlinuz"}),
        ("vmlinuz -l", {"kernel": "vmlinuz"}),
        ("-l -- -vmlinuz", {"kernel": "-vmlinuz"}),
        ("-l", {"kernel": None, "initrd": None, "append": None, "type": None}),
        ("--append=a --command-line b k", {"append": "b", "kernel": "k"}),
        ("--append= --initrd i1 --ramdisk=i2 k", {"append": "", "initrd": "i2"}),
        ("--append=a --noefi k", {"append": "a", "efi": False}),  # theirs forgets the text
        ("-s k", {"call": "file"}),
        ("-c k", {"call": "load"}),
        ("-a k", {"call": "auto"}),
        ("k", {"call": "default"}),
        ("-sca -c k", {"call": "load"}),
        ("--kexec-syscall-a k", {"call": "auto"}),
        ("--kexec-syscall k", {"call": "load"}),
        ("-tbzImage k", {"type": "bzImage"}),
        ("--mem-min=0x100000 --mem-max=010 k", {"lowest": 1 << 20, "highest": 8}),
        ("--mem-min= k", {"lowest": 0, "highest": HIGHEST}),
        ("--mem-max=-1 k", {"highest": HIGHEST}),
        ("--mem-max=99999999999999999999 k", {"highest": HIGHEST}),
        ("--serial=ttyS1 --serial-baud=9600 k", {"misused": ""}),
        ("--serial=0x3f8 k", {"misused": ""}),
        ("--serial=ttyS9 --serial-baud=1 k", {"misused": "Bad serial port base 'ttyS9'"}),
        ("--serial=0x10000 k", {"misused": "Bad serial port base '0x10000'"}),
        ("--serial-baud=9601 k", {"misused": "Bad serial port baud rate '9601'"}),
        ("--real-mode k", {"other_entry": True}),
        ("--load-preserve-context --mem-max=1 k", {"kind": "preserve"}),
        ("--load-preserve-context --load-panic k", {"kind": "crash"}),
        ("--load-jump-back-helper --entry=0x10", {"jump_back": True}),
        ("-d --reuse-cmdline --reuseinitrd k", {"debug": True, "reuse_cmdline": True}),
    ],
)
def test_fields(line: str, fields: dict[str, Any]) -> None:
    request = asked(line)
    assert {name: getattr(request, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("line", "status", "shows", "message"),
    [
        ("-h -z", 0, "usage", ""),
        ("-z -h", 1, "usage", "kexec: invalid option -- 'z'"),
        ("-?", 1, "usage", ""),
        ("-l -v --nothing", 0, "version", ""),
        ("-l --print-ckr-size --mem-min=x", 0, "reserved", ""),
        ("--dtb=x -l k", 1, "usage", "kexec: unrecognized option '--dtb=x'"),
        ("--load-p -l k", 1, "usage", "kexec: option '--load-p' is ambiguous; possibilities: "
         "'--load-preserve-context' '--load-panic'"),
        ("--append", 1, "usage", "kexec: option '--append' requires an argument"),
        ("--mem-min=1x k", 1, "usage", "Bad option value in --mem-min=1x"),
        ("--mem-max=0x k", 1, "usage", "Bad option value in --mem-max=0x"),
        ("--entry=+ k", 1, "usage", "Bad option value in --entry=+"),
        ("--exec-live-update", 1, "", "--exec-live-update only works under xen."),
        ("--load-live-update k", 1, "", "--load-live-update can only be used with xen"),
        ("--load-preserve-context k", 1, "", 'Please specify memory range used by kexeced kernel\n'
         'to preserve the context of original kernel with \n"--mem-max" parameter'),
        ("-s --load-preserve-context --mem-max=1 k", 1, "",
         "--load-preserve-context not supported with kexec_file_load"),
        ("-s --load-jump-back-helper", 1, "",
         "--load-jump-back-helper not supported with kexec_file_load"),
        ("-e --append=x", 1, "usage", ""),
        ("-u --noefi", 1, "usage", ""),
        ("-S --initrd=x", 1, "usage", ""),
        ("-l -e --reuse-cmdline k", 1, "usage", ""),
    ],
)  # fmt: skip
def test_answers(line: str, status: int, shows: str, message: str) -> None:
    with pytest.raises(Answer) as answer:
        asked(line)
    assert (answer.value.status, answer.value.shows) == (status, shows)
    assert answer.value.message == message


def test_options_that_go_with_another_act() -> None:
    assert asked("-e --reset-vga --serial=ttyS0 --mem-min=1 -t x").execute
    # Only x86's has options that a load alone takes.
    assert asked("-e --append=x", "aarch64").execute


def test_every_machine_has_its_own_options() -> None:
    assert asked("--dtb=x k", "aarch64").kernel == "k"
    assert asked("--dtb=x k", "aarch64").devicetree == "x"
    with pytest.raises(Answer):
        asked("--dtb=x k")
    with pytest.raises(Answer):
        asked("--noefi k", "aarch64")
    for machine in ("x86_64", "aarch64"):
        names = [one.name for one in longs(machine)]
        assert len(set(names)) == len(names)
        shown = help_text(machine)
        assert all(f"--{name}" in shown for name in names)
        assert max(map(len, shown.splitlines())) <= 100
    assert all(one.meaning for one in OPTIONS)


def test_modules_are_kept_in_order_with_their_arguments() -> None:
    request = request_of(["-l", "--module=/a b  c", "xen", "--module", "/d"], "x86_64")
    assert request.modules == ("/a b  c", "/d")
    assert request.kernel == "xen"
