"""`bootpy crash status`: words and JSON; and what takes root."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bootpy.cli.crash_text import status_lines, status_object
from bootpy.crash.place import DiskPlace
from bootpy.crash.readiness import Readiness, Room, advice
from bootpy.crash.server import Link, ServerPlace
from bootpy.crash.settings import Settings
from bootpy.crash.sizing import Sizes
from bootpy.kexec.state import State

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/crash.schema.json").read_text())
MIB = 1 << 20

READY = Readiness(
    State(True, crash=True, reserved=256 * MIB),
    Settings(),
    DiskPlace("ext4", "89e32d8f", "/var/crash", "vda2"),
    "",
    "",
    "crashkernel=256M",
    Sizes(116 * MIB, 192 * MIB),
    "/usr/bin/makedumpfile",
    {"panic_on_oops": True, "hung_task_panic": False},
    Room(10**10, 2 * 10**9),
    ("20261129121000", "20261129131000"),
    (),
)
BARE = Readiness(
    State(True),
    Settings(),
    None,
    "/var/crash is on tmpfs",
    "name another folder",
    "",
    None,
    "",
    {},
    None,
    (),
    (),
)


LINK = Link("52:54:00:12:34:56", "10.0.2.15", "255.255.255.0", "10.0.2.2", "enp0s2")
REMOTE = READY._replace(
    settings=Settings(to="ssh:dumps@vault:/srv/crash"),
    place=ServerPlace("ssh", "dumps", "vault", "10.0.2.3", "/srv/crash", LINK),
    room=None,
    dumps=(),
)


@pytest.mark.parametrize("found", [READY, BARE, REMOTE])
def test_json_is_what_the_schema_says(found: Readiness) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA)
    validator.validate(status_object(found))
    assert not validator.is_valid(status_object(found) | {"failed": "halt"})


def test_lines_of_a_system_that_is_ready() -> None:
    assert list(status_lines(READY)) == [
        "memory      256 MiB (crashkernel=256M); saving a dump takes 116 MiB",
        "loaded      a capture kernel",
        "saves to    /var/crash of the ext4 on vda2, UUID 89e32d8f",
        "room        10.0 GB free for a dump of at most 2.0 GB",
        "dump        /usr/bin/makedumpfile -c -d 31; a copy if that fails",
        "failed      reboot, where nothing can be saved",
        "panics      after an oops, as most faults of a driver are (panic_on_oops)",
        "goes on     after a task that hangs for minutes (hung_task_panic)",
        "dumps       2 in /var/crash, the newest 20261129131000",
    ]
    assert advice(READY) == []


def test_lines_of_one_that_saves_to_a_server() -> None:
    assert "saves to    /srv/crash on dumps@vault by ssh, through enp0s2" in status_lines(REMOTE)


def test_lines_of_one_that_is_not() -> None:
    lines = list(status_lines(BARE._replace(advice=("do this",))))
    assert lines[0] == "memory      nothing is kept"
    assert "saves to    nowhere: /var/crash is on tmpfs" in lines
    assert lines[-2:] == ["dumps       none in /var/crash", "advice      do this"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (BARE, ["name another folder", "boot with crashkernel=256M on the kernel command line"]),
        (
            READY._replace(state=State(True), wanted="crashkernel=4G"),
            [
                "the kernel kept nothing of crashkernel=4G: dmesg | grep -i crashkernel says why",
                "boot with crashkernel=192M on the kernel command line",
            ],
        ),
        (
            READY._replace(state=State(True, reserved=64 * MIB)),
            [
                "64 MiB are kept, and saving a dump takes 116: boot with crashkernel=192M",
                "nothing is loaded: bootpy crash load",
            ],
        ),
        (
            READY._replace(panics={"panic_on_oops": False}),
            ["after an oops the kernel goes on, with nothing saved: sysctl kernel.panic_on_oops=1"],
        ),
        (
            READY._replace(makedumpfile="", room=Room(10**9, 2 * 10**9)),
            [
                "a dump is as large as memory in use: with makedumpfile installed it is filtered"
                " and compressed",
                "1.0 GB are free for a dump of up to 2.0 GB",
            ],
        ),
    ],
)
def test_advice(found: Readiness, said: list[str]) -> None:
    told = advice(found)
    assert told[: len(said)] == said


def run(*arguments: str, before: str = "pass") -> subprocess.CompletedProcess[str]:
    code = (
        f"import os, sys; from bootpy.cli.main import main; {before}; sys.exit(main(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", code, "crash", *arguments]
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which takes root")
@pytest.mark.parametrize("action", ["load", "unload"])
def test_only_root_changes_it(action: str) -> None:
    done = run(action, before="os.setuid(65534)")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("  hint: run it as root\n")


def test_status_is_told_to_everybody() -> None:
    done = run("status", "--json", before="os.geteuid() or os.setuid(65534)")
    assert done.returncode in {0, 1}, done.stderr
    Draft202012Validator(SCHEMA).validate(json.loads(done.stdout))


def test_an_unknown_action_is_a_wrong_command_line() -> None:
    assert run("save").returncode == 2
