"""Other files that a script runs: source and configfile."""

from bootpy.diagnostics import Source
from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Evaluator
from bootpy.readers.grub.menu import Menu
from bootpy.readers.grub.salvage import parse
from bootpy.readers.grub.syntax import Script


def load_script(shell: Evaluator, name: str) -> tuple[Source, Script] | None:
    """Read and parse a file named as in a script; None, told of, where it cannot be read."""
    place = shell.place(name)
    if place.volume is None or not place.path:
        return None
    key = (place.volume.name, place.path)
    script = shell.session.scripts.get(key)
    if script is None:
        try:
            content = place.volume.read(place.path)
        except (OSError, ValueError):
            return None
        script = shell.session.scripts[key] = parse(content.decode("utf-8", "replace"))
    return Source(place.volume.name, place.path), script


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
    source = Source(*key)
    shell.variables = outer_variables.within()
    shell.menu = Menu(source, shell.variables)
    shell.configs = (*configs, key)
    try:
        result = run_file(shell, name)
        if shell.menu.items:
            shell.shown.append(shell.menu)
            shell.menu.variables = shell.variables
    finally:
        shell.variables, shell.menu, shell.configs = outer_variables, outer_menu, configs
    return result


def _name_config(shell: Evaluator, name: str) -> None:
    full = name if name.startswith("(") else f"({shell.value('root') or ''}){name}"
    shell.variables.set("config_file", full)
    shell.variables.set("config_directory", full.rpartition("/")[0] or full)
    shell.variables.export("config_file")
    shell.variables.export("config_directory")
