"""Other files that a script runs: source and configfile."""

from bootpy.diagnostics import Source
from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Evaluator
from bootpy.readers.grub.limits import LARGEST_FILE
from bootpy.readers.grub.menu import Menu
from bootpy.readers.grub.salvage import parse
from bootpy.readers.grub.syntax import Script


def load_script(shell: Evaluator, name: str) -> tuple[Source, Script] | None:
    """Read and parse a file named as in a script; None, told of, where it cannot be read."""
    place = shell.place(name)
    if place.volume is None or not place.path.startswith("/"):
        return None
    key = (place.volume.name, place.path)
    script = shell.session.scripts.get(key)
    if script is None:
        try:
            content = place.volume.read(place.path, LARGEST_FILE)
        except (OSError, ValueError):
            return None
        text = content.decode("utf-8", "surrogateescape")
        script = shell.session.scripts[key] = _parse(text, at_desk=shell.session.at_desk)
    return Source(place.volume.name, place.path), script


def _parse(text: str, *, at_desk: bool) -> Script:
    if at_desk:
        from bootpy.readers.grub.strict import parse_file

        return parse_file(text)
    return parse(text)


def run_file(shell: Evaluator, name: str) -> int:
    """Run a file's statements in the current context (source).

    The status is 0 whatever happens, as in GRUB.
    """
    loaded = load_script(shell, name)
    if loaded is None:
        sought = " and ".join(dict.fromkeys(wanted for _, wanted in shell.missing.values()))
        shell.tell(
            "warning",
            f"{name!r} cannot be read, so that nothing of it was run",
            f"attach or unlock {sought}, which was searched for in vain"
            if sought
            else "check the path",
        )
        return status.OK
    source, script = loaded
    if (source.volume, source.path) in shell.passed:
        shell.tell("info", f"{name} is not run again inside its own menu", "")
        return status.OK
    before, line = shell.source, shell.line
    config = shell.variables.get("config_file"), shell.variables.get("config_directory")
    shell.source = source
    _name_config(shell, name)
    try:
        shell.within(lambda: shell.run_script(script))
        return status.OK
    finally:
        shell.source, shell.line = before, line
        for variable, value in zip(("config_file", "config_directory"), config, strict=True):
            if value is None:
                shell.variables.unset(variable)
            else:
                shell.variables.set(variable, value)


def show_file(shell: Evaluator, name: str) -> int:
    """Run a file in a context of its own; its menu joins `shell.shown` (configfile)."""
    place = shell.place(name)
    key = (place.volume.name if place.volume else "", place.path)
    if key in shell.configs or key in shell.passed:
        shell.loading.reason = f"shows {name} again, which this menu already comes from"
        return status.OK
    outer_variables, outer_menu, configs = shell.variables, shell.menu, shell.configs
    shell.own_seen = True  # the file inherits `$chosen`
    source = Source(*key)
    shell.variables = outer_variables.within()
    shell.menu = Menu(source, shell.variables)
    shell.configs = (*configs, key)
    # A menu that has an `exit` somewhere is shown all the same, with what stands before it.
    ends, shell.ends = shell.ends, shell.session.at_desk
    try:
        result = run_file(shell, name)
        if shell.menu.items:
            shell.shown.append(shell.menu)
            shell.menu.variables = shell.variables
    finally:
        shell.variables, shell.menu, shell.configs = outer_variables, outer_menu, configs
        shell.ends = ends
    return result


def show_fresh(shell: Evaluator, source: Source) -> bool:
    """Show the menu of another GRUB, started afresh, that reads the file at `source`.

    False where that is read already on the way here, or has no entries.
    """
    key = (source.volume, source.path)
    if key in shell.configs or key in shell.passed:
        return False
    from bootpy.readers.grub.reader import begin

    prefix = f"({source.volume}){source.path.rpartition('/')[0]}"
    outer_variables, outer_functions = shell.variables, shell.functions
    shell.variables = begin(shell.session, source.volume, prefix, source).variables
    shell.functions = {}
    before = len(shell.shown)
    try:
        show_file(shell, f"({source.volume}){source.path}")
    finally:
        shell.variables, shell.functions = outer_variables, outer_functions
    return len(shell.shown) > before


def _name_config(shell: Evaluator, name: str) -> None:
    full = name if name.startswith("(") else f"({shell.value('root') or ''}){name}"
    shell.variables.set("config_file", full)
    shell.variables.set("config_directory", full.rpartition("/")[0] or full)
    shell.variables.export("config_file")
    shell.variables.export("config_directory")
