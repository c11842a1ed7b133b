"""The table of all commands."""

from bootpy.readers.grub import (
    commands_bls,
    commands_boot,
    commands_counting,
    commands_environment,
    commands_flow,
    commands_menu,
    commands_quiet,
    commands_regexp,
    commands_search,
    commands_test,
    commands_text,
)
from bootpy.readers.grub.evaluator import Action, BlockAction

ACTIONS: dict[str, Action] = {
    **commands_quiet.ACTIONS,
    **commands_bls.ACTIONS,
    **commands_boot.ACTIONS,
    **commands_counting.ACTIONS,
    **commands_environment.ACTIONS,
    **commands_flow.ACTIONS,
    **commands_menu.ACTIONS,
    **commands_regexp.ACTIONS,
    **commands_search.ACTIONS,
    **commands_test.ACTIONS,
    **commands_text.ACTIONS,
}

BLOCK_ACTIONS: dict[str, BlockAction] = commands_menu.BLOCK_ACTIONS
