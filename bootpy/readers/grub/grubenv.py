r"""GRUB's environment block: what survives a reboot.

A file of fixed size (1024 bytes as grub-editenv makes it): a signature line, lines
`name=value` in which `\` guards a backslash or a new line, and `#` up to the end.
Source: grub-core/lib/envblk.c.
"""

import re

SIGNATURE = b"# GRUB Environment Block\n"


def parse(content: bytes) -> dict[str, str] | None:
    """Read the variables; None where the signature is missing."""
    if not content.startswith(SIGNATURE):
        return None
    variables: dict[str, str] = {}
    text = content[len(SIGNATURE) :].decode("utf-8", "replace")
    for line in re.findall(r"(?:[^\\\n]+|\\.|\\$)+", text, re.DOTALL):
        _take(re.sub(r"\\(.)", r"\1", line, flags=re.DOTALL), variables)
    return variables


def _take(line: str, variables: dict[str, str]) -> None:
    if line.startswith("#"):
        return
    name, equals, value = line.partition("=")
    if equals:
        variables[name] = value
