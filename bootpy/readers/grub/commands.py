"""The table of all commands."""

from bootpy.readers.grub import (
    commands_bls,
    commands_boot,
    commands_chain,
    commands_counting,
    commands_environment,
    commands_flow,
    commands_foreign,
    commands_hash,
    commands_menu,
    commands_quiet,
    commands_regexp,
    commands_search,
    commands_test,
    commands_text,
)
from bootpy.readers.grub.evaluator import Action, BlockAction, Evaluator


def _loopback(shell: Evaluator, arguments: list[str]) -> int:
    from bootpy.readers.grub.commands_loopback import loopback  # few configurations have it

    return loopback(shell, arguments)


ACTIONS: dict[str, Action] = {
    **commands_quiet.ACTIONS,
    **commands_bls.ACTIONS,
    **commands_boot.ACTIONS,
    **commands_chain.ACTIONS,
    **commands_foreign.ACTIONS,
    **commands_hash.ACTIONS,
    **commands_counting.ACTIONS,
    **commands_environment.ACTIONS,
    **commands_flow.ACTIONS,
    **commands_menu.ACTIONS,
    **commands_regexp.ACTIONS,
    **commands_search.ACTIONS,
    **commands_test.ACTIONS,
    **commands_text.ACTIONS,
    "loopback": _loopback,
}

BLOCK_ACTIONS: dict[str, BlockAction] = commands_menu.BLOCK_ACTIONS
