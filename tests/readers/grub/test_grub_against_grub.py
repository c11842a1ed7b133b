"""Generated scripts go through GRUB 2.06 (grub-emu) and through the interpreter.

What they print and the status they leave must be the same; whether they parse is compared
with grub-script-check. BOOTPY_GRUB_SCRIPTS says how many scripts, BOOTPY_GRUB_SEED which.
"""

import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grub_scripts
import pytest
import real_grub
from grub_words import FILES
from hypothesis import HealthCheck, Phase, given, seed, settings

from bootpy.entry import Host
from bootpy.readers.grub import desk
from bootpy.readers.grub.strict import parse_file
from bootpy.readers.grub.tokens import as_lines
from bootpy.volume import FolderVolume, Volumes

PARTS = 8
SCRIPTS = int(os.environ.get("BOOTPY_GRUB_SCRIPTS", "2000"))
SEED = int(os.environ.get("BOOTPY_GRUB_SEED", "0"))
BATCH = 50

needs_grub = pytest.mark.skipif(
    not (shutil.which("grub-emu") and shutil.which("grub-script-check")),
    reason="needs grub-emu and grub-script-check (Debian: grub-emu, grub-common)",
)

DATA = Path(__file__).with_name("data")
KNOWN = [
    re.compile(row["pattern"], re.DOTALL)
    for row in tomllib.loads((DATA / "grub-2.06-differences.toml").read_text())["difference"]
]


def samples(number: int, count: int) -> list[grub_scripts.Sample]:
    """A corpus that is the same from run to run; a few samples fewer, as some repeat."""
    found: dict[grub_scripts.Sample, None] = {}

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(grub_scripts.scripts())
    def collect(sample: grub_scripts.Sample) -> None:
        found.setdefault(sample)

    collect()
    return list(found)


def ours(scripts: list[bytes], folder: Path) -> list[str]:
    """What the interpreter prints for each script, on the same disk as GRUB."""
    shutil.rmtree(folder, ignore_errors=True)
    files = FILES | {f"s/{number}": one for number, one in enumerate(scripts)}
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    volumes = Volumes([FolderVolume(str(folder), name="memdisk")])
    script = real_grub.driver(len(scripts)).encode()
    done = desk.run(script, "grub.cfg", volumes, Host("emu", "x86_64"))
    pieces = real_grub.split(done.printed.decode().replace("\r", ""), len(scripts))
    assert pieces is not None, done.diagnostics[-3:]
    return pieces


def same(grub: str, here: str) -> bool:
    """Whether both printed the same, as far as a terminal of 80 columns shows it."""
    if grub == here or "\nfeature_200_final=" in grub:  # the machine's variables differ
        return True
    if "\t" in here:  # which the terminal makes spaces
        grub, here = (re.sub(r"[ \t]+", " ", text) for text in (grub, here))
    if any(len(line) > 75 for line in here.split("\n")):  # which the terminal breaks
        grub, here = (re.sub(r"\s+", "", text) for text in (grub, here))
    return grub == here


@needs_grub
@pytest.mark.parametrize("part", range(PARTS))
def test_generated_scripts(part: int, tmp_path: Path) -> None:
    corpus = samples(SEED * PARTS + part, -(-SCRIPTS // PARTS))
    differing = [text for text in _differing(corpus, tmp_path) if not known_difference(text)]
    assert not differing, f"{len(differing)} differ, such as\n{differing[0]}"
    # GRUB drops lines that begin with "#" before it parses; grub-script-check does not.
    texts = [as_lines(sample.text).replace("\r", "") for sample in corpus]
    checked = real_grub.parses([text.encode() for text in texts], tmp_path)
    for text, well_formed in zip(texts, checked, strict=True):
        problems = parse_file(text).problems
        assert well_formed == (not problems), (text, problems)


def known_difference(text: str) -> bool:
    return any(known.search(text) for known in KNOWN)


def _differing(corpus: list[grub_scripts.Sample], folder: Path) -> Iterator[str]:
    """Scripts after which GRUB and the interpreter differ, with what each printed."""
    ending = [sample.text.encode() for sample in corpus if sample.ends]
    for start in range(0, len(ending), BATCH):
        batch = ending[start : start + BATCH]
        grub = real_grub.printed(batch, FILES, folder / "grub")
        here = ours(batch, folder / "disk")
        for script, one, other in zip(batch, grub, here, strict=True):
            if not same(one, other):
                yield f"{script.decode()}\n--- GRUB\n{one}\n--- here\n{other}"


@needs_grub
def test_a_difference_is_seen(tmp_path: Path) -> None:
    assert real_grub.printed([b"echo a; false"], FILES, tmp_path) == ["a\n[0]\n"]
    assert not same("a\n[0]\n", "a\n[1]\n")
    assert real_grub.parses([b"echo a", b"echo a |", b""], tmp_path) == [True, False, True]
