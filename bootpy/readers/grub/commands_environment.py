"""load_env, save_env, list_env: what survives a reboot."""

from bootpy.readers.grub import grubenv, status
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.readers.grub.options import Option, Options, take_apart

_OPTIONS = (Option("file", "f", "value"), Option("skip-sig", "s"))


def load_env(shell: Evaluator, arguments: list[str]) -> int:
    """Set variables from the environment block: all, or those named."""
    found = take_apart(arguments, _OPTIONS)
    variables = _block(shell, found)
    if isinstance(variables, int):
        return variables
    for name, value in variables.items():
        if not found.arguments or name in found.arguments:
            shell.set(name, value, "load_env")
    return status.OK


def list_env(shell: Evaluator, arguments: list[str]) -> int:
    """Print the environment block."""
    variables = _block(shell, take_apart(arguments, _OPTIONS))
    if isinstance(variables, int):
        return variables
    for name, value in variables.items():
        shell.print(f"{name}={value}\n")
    return status.OK


def save_env(shell: Evaluator, arguments: list[str]) -> int:
    """Record that variables would be written; the file must exist, as for GRUB."""
    found = take_apart(arguments, _OPTIONS)
    if not found.arguments:
        return status.BAD_ARGUMENT
    variables = _block(shell, found)
    if isinstance(variables, int):
        return variables
    place = shell.place(_file(shell, found))
    assert place.volume is not None
    values = {name: shell.value(name) or "" for name in found.arguments}
    shell.write(place.volume, place.path, values)
    return status.OK


def _file(shell: Evaluator, found: Options) -> str:
    return found.last("file") or f"{shell.value('prefix') or ''}/grubenv"


def _block(shell: Evaluator, found: Options) -> dict[str, str] | int:
    """The environment block, with what this run would have written; a status on failure."""
    if found.fault:
        return status.BAD_ARGUMENT
    name = _file(shell, found)
    content = shell.read(name)
    if content is None:
        return status.FILE_NOT_FOUND
    if shell.repeating:  # by itself each entry of a long menu may well read it
        shell.charge(4 * len(content))
    variables = grubenv.parse(content)
    if variables is None:
        shell.tell(
            "warning",
            f"{name} is no environment block",
            "make a new one: grub-editenv FILE create",
        )
        return status.BAD_FILE_TYPE
    place = shell.place(name)
    for write in shell.writes:
        if place.volume and (write.volume, write.path) == (place.volume.name, place.path):
            variables.update(write.variables)
    return variables


ACTIONS: dict[str, Action] = {"load_env": load_env, "save_env": save_env, "list_env": list_env}
