"""/etc/bootpy/crash.toml: what it may say, and how it is told that it may not."""

from pathlib import Path

import pytest

from bootpy.crash.settings import PATH, Settings, read
from bootpy.errors import BootError


def given(root: Path, text: str) -> str:
    file = root / PATH
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return str(root)


def test_without_a_file(tmp_path: Path) -> None:
    assert read(str(tmp_path)) == Settings(to="/var/crash", level=31, failed="reboot")


def test_keys(tmp_path: Path) -> None:
    root = given(tmp_path, 'to = "/srv/dumps"\nmakedumpfile = false\nfailed = "prompt"\nwait = 5\n')
    assert read(root) == Settings(to="/srv/dumps", makedumpfile=False, failed="prompt", wait=5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("too = 1", r"crash\.toml: too is no key of it(?s:.*)the keys are to, key, kernel"),
        ("wait = -1", r"wait is -1(?s:.*)not negative"),
        ("wait = true", r"wait is True(?s:.*)a number"),
        ("makedumpfile = 1", r"makedumpfile is 1(?s:.*)true or false"),
        ('failed = "halt"', r"failed is 'halt'(?s:.*)reboot, poweroff, prompt"),
        ("level = 32", r"level is 32(?s:.*)0 to 31"),
        ('to = "crash"', r"to is 'crash'(?s:.*)absolute path"),
        ("to = ", r"crash\.toml: Invalid value \(at end"),
        ("[to]\na = 1", r"to is \{'a': 1\}(?s:.*)a string"),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BootError, match=said):
        read(given(tmp_path, text))
