"""Which of the host's apt sources are Debian's own: the only ones that images are made from.

Both of apt's formats are read (sources.list(5)): one line per source, and deb822 stanzas.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from bootpy.errors import BootError

_FIELD = re.compile(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<rest>.*)$"
)
# Options that say which machine the source was written for; ours is asked for by itself.
_NOT_OURS = ("arch=", "lang=", "target=")


def debian_sources(etc: Path = Path("/etc"), codename: str | None = None) -> str:
    """Return the host's sources for Debian `codename`'s `main`, in sources.list's format.

    `codename` is this machine's where it is not given. BootError where there is none.
    """
    name = codename or _codename(etc)
    wanted = re.compile(rf"({re.escape(name)}|stable|oldstable)(-updates|-security|/updates)?/?")
    apt = etc / "apt"
    texts = [*_read(apt, "sources.list"), *_read(apt / "sources.list.d", "*.list")]
    lines = [line for text in texts for line in _one_line(text)]
    lines += [
        line for text in _read(apt / "sources.list.d", "*.sources") for line in _stanzas(text)
    ]
    kept = []
    for options, uri, suite, components in lines:
        if wanted.fullmatch(suite) and "main" in components:
            inner = " ".join(word for word in options if not word.startswith(_NOT_OURS))
            kept.append(f"deb {f'[{inner}] ' if inner else ''}{uri} {suite} main")
    if not kept:
        raise BootError(
            f"{apt} names no source for Debian {name}'s main component",
            "Images are made from Debian's packages: build on Debian, or set "
            "BOOTPY_APT_SOURCES to a file in sources.list's format.",
        )
    return "\n".join(dict.fromkeys(kept)) + "\n"


def of_suite(sources: str, suite: str) -> str:
    """Return `sources` (of `debian_sources`) with `suite` in the place of the release they name.

    Updates of the one release go with it. BootError where nothing but updates is named.
    """
    lines = [line.split() for line in sources.splitlines() if line.startswith("deb ")]
    kept = [
        " ".join([*words[:-2], suite, words[-1]])
        for words in lines
        if not re.search(r"[-/]", words[-2].rstrip("/"))
    ]
    if not kept:
        raise BootError(
            f"no source of packages leads to Debian's {suite}",
            "Name one of a release, and not of its updates alone, in sources.list.",
        )
    return "\n".join(dict.fromkeys(kept)) + "\n"


def _codename(etc: Path) -> str:
    try:
        release = (etc / "os-release").read_text()
    except OSError:
        release = ""
    found = re.search(r'^VERSION_CODENAME="?([\w.-]+)', release, re.MULTILINE)
    return found[1] if found else "stable"


def _read(folder: Path, pattern: str) -> list[str]:
    return [path.read_text() for path in sorted(folder.glob(pattern)) if path.is_file()]


_Source = tuple[list[str], str, str, list[str]]


def _one_line(text: str) -> Iterator[_Source]:
    for line in text.splitlines():
        found = _LINE.match(line.split("#")[0].strip())
        if found:
            options = (found["options"] or "").split()
            yield options, found["uri"], found["suite"], found["rest"].split()


def _stanzas(text: str) -> Iterator[_Source]:
    uncommented = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", uncommented):
        fields = {key.lower(): value.strip() for key, value in _FIELD.findall(stanza)}
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes") == "no":
            continue
        key = fields.get("signed-by", "")
        # A key that stands in the stanza itself has no place on one line; the host's
        # trusted keys then have to know it.
        options = [f"signed-by={key}"] if key.startswith("/") else []
        if fields.get("trusted", "") == "yes":
            options.append("trusted=yes")
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield options, uri, suite, fields.get("components", "").split()
