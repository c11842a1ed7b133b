"""Where an entry's values come from: the lines of a script, for `bootpy explain`."""

from bootpy.diagnostics import Source
from bootpy.entry import Origin
from bootpy.readers.grub.state import State


def given(shell: State, field: str, value: str, command: str) -> Origin:
    """What the line that is running gives to a field."""
    return Origin(field, value, here(shell), f"{command} command")


def here(shell: State) -> Source:
    """The line that is running."""
    return Source(shell.source.volume, shell.source.path, shell.line)


def of_variable(shell: State, field: str, name: str, shown: str) -> list[Origin]:
    """Where a variable was set last; nothing for one that GRUB itself sets."""
    found = shell.set_at.get(name)
    if found is None:
        return []
    source, line, how = found
    return [Origin(field, shown, Source(source.volume, source.path, line), how)]


def of_loading(shell: State, command: str, kernel: str, cmdline: str) -> list[Origin]:
    """The origins of what a kernel's line gives: kernel, volume, cmdline, variables in it."""
    found = [given(shell, "kernel", kernel, command)]
    if not kernel.startswith("("):
        found += of_variable(shell, "root", "root", shell.variables.get("root") or "")
    if cmdline:
        found.append(given(shell, "cmdline", cmdline, command))
    names: dict[str, None] = {}
    for word in shell.command.words if shell.command else ():
        if not isinstance(word, str):
            names.update((part.text, None) for part in word if "variable" in part.kind)
    for name in names:
        if name != "root":
            value = shell.variables.get(name) or ""
            found += of_variable(shell, "variable", name, f"{name}={value}")
    return found
