"""Which init runs a system, on folders laid out like its /; and what would be done."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bootpy.system.init_system import Init, running, stop_scripts
from bootpy.system.shutdown import way_of

LaidOut = Callable[[Mapping[str, str]], str]

SYSVINIT = {
    "proc/1/comm": "init\n",
    "etc/inittab": "id:2:initdefault:\n",
    # Debian's, with insserv's numbers.
    "etc/rc6.d/K01cron": "",
    "etc/rc6.d/K02sendsigs": "",
    "etc/rc6.d/K03rsyslog": "",
    "etc/rc6.d/K06umountfs": "",
    "etc/rc6.d/K07umountroot": "",
    "etc/rc6.d/K01bootpy-autoload": "",
    "etc/rc6.d/K08bootpy-jump": "",
    "etc/rc6.d/K08reboot": "",
    "etc/rc6.d/K08kexec": "",
    "etc/rc6.d/README": "",
}


@pytest.mark.parametrize(
    ("files", "init"),
    [
        ({"run/systemd/system/x": "", "proc/1/comm": "systemd\n"}, "systemd"),
        (SYSVINIT, "sysvinit"),
        # systemd runs a system whose scripts are still there.
        (SYSVINIT | {"run/systemd/system/x": ""}, "systemd"),
        (SYSVINIT | {"proc/1/comm": "bash\n"}, "other"),
        ({"proc/1/comm": "init\n"}, "other"),
        ({}, "other"),
    ],
)
def test_what_runs_the_system(laid_out: LaidOut, files: dict[str, str], init: Init) -> None:
    assert running(laid_out(files)) == init


def test_scripts_of_runlevel_6_but_for_the_reboot(
    laid_out: LaidOut,
) -> None:
    scripts = stop_scripts(laid_out(SYSVINIT))
    assert [Path(script).name for script in scripts] == [
        "K01cron",
        "K02sendsigs",
        "K03rsyslog",
        "K06umountfs",
        "K07umountroot",
    ]


def test_the_way_down_in_words() -> None:
    assert (
        way_of("systemd", firmware=False) == "systemd stops the system and jumps (systemctl kexec)"
    )
    assert "firmware (systemctl reboot)" in way_of("systemd", firmware=True)
    assert "runlevel 6" in way_of("sysvinit", firmware=False)
    assert "(shutdown -r now)" in way_of("sysvinit", firmware=True)
    assert way_of("other", firmware=False) == "bootpy stops all processes, unmounts, and jumps"
