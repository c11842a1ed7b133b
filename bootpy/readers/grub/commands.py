"""The table of all commands."""

from bootpy.readers.grub import (
    commands_bls,
    commands_boot,
    commands_environment,
    commands_flow,
    commands_menu,
    commands_quiet,
    commands_regexp,
    commands_search,
    commands_test,
    commands_text,
)
from bootpy.readers.grub.evaluator import Action, BlockAction, Evaluator

_COUNTING = "commands_counting"

_LATER = {
    "commands_chain": "chainloader",
    _COUNTING: "increment decrement",
    "commands_loopback": "loopback",
    "commands_foreign": (
        "legacy_configfile legacy_source syslinux_configfile syslinux_source "
        "extract_legacy_entries_configfile extract_legacy_entries_source "
        "extract_syslinux_entries_configfile extract_syslinux_entries_source"
    ),
    "commands_hash": "hashsum crc md5sum sha1sum sha256sum sha512sum",
}
"""Commands that few configurations have: their modules are imported when one is called."""


_OTHER_FILES = 20_000
"""Work that is charged for a command that reads other files than scripts."""


def _later(module: str, name: str) -> Action:
    def action(shell: Evaluator, arguments: list[str]) -> int:
        from importlib import import_module

        if module != _COUNTING:
            shell.charge(_OTHER_FILES)
        found: Action = import_module(f"bootpy.readers.grub.{module}").ACTIONS[name]
        return found(shell, arguments)

    return action


ACTIONS: dict[str, Action] = {
    **{name: _later(module, name) for module, names in _LATER.items() for name in names.split()},
    **commands_quiet.ACTIONS,
    **commands_bls.ACTIONS,
    **commands_boot.ACTIONS,
    **commands_environment.ACTIONS,
    **commands_flow.ACTIONS,
    **commands_menu.ACTIONS,
    **commands_regexp.ACTIONS,
    **commands_search.ACTIONS,
    **commands_test.ACTIONS,
    **commands_text.ACTIONS,
}

BLOCK_ACTIONS: dict[str, BlockAction] = commands_menu.BLOCK_ACTIONS
