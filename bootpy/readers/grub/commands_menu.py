"""menuentry and submenu, and SUSE's hiddenentry."""

from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Action, BlockAction, Evaluator
from bootpy.readers.grub.limits import MOST_ENTRIES, STEPS_OF_A_MENUENTRY
from bootpy.readers.grub.menu import MenuItem
from bootpy.readers.grub.options import Option, take_apart
from bootpy.readers.grub.origins import here
from bootpy.readers.grub.plain import PlainBlock
from bootpy.readers.grub.syntax import Block

_OPTIONS = (
    Option("class", takes="value"),
    Option("users", takes="value"),
    Option("hotkey", takes="value"),
    Option("source", takes="value"),
    Option("id", takes="value"),
    Option("unrestricted"),
)


def _add(
    shell: Evaluator,
    arguments: list[str],
    block: Block | PlainBlock | None,
    *,
    is_submenu: bool,
    hidden: bool = False,
) -> int:
    found = take_apart(arguments, _OPTIONS, dash=True)
    body = found.last("source")
    if body is not None and block is None:
        from bootpy.readers.grub.salvage import parse

        block = Block(shell.line, parse(body).statements, body, 0, len(body))
    lacks_title = not (found.fault or found.arguments or block is None or arguments)
    if found.fault or not found.arguments or block is None:
        shell.tell(
            "error",
            f"a menu entry that GRUB refuses: {found.fault or _lacking(found.arguments)}",
            "write menuentry 'TITLE' [--id ID] [--class CLASS] { ... }",
        )
        return status.MENU if lacks_title else status.BAD_ARGUMENT
    if shell.repeating:
        shell.session.budget.spend(STEPS_OF_A_MENUENTRY)
    shell.session.entries += 1
    if shell.session.entries > MOST_ENTRIES:
        shell.tell("error", f"more than {MOST_ENTRIES} entries: this one is left out", "")
        return status.MENU
    title = found.arguments[0]
    identity = found.last("id")
    users = found.last("users")
    shell.menu.items.append(
        MenuItem(
            title=title,
            id=title if identity is None else identity,
            arguments=tuple(found.arguments),
            block=block,
            source=here(shell),
            is_submenu=is_submenu,
            restricted=users is not None or "unrestricted" not in found.given,
            classes=tuple(found.all("class")),
            hotkey=found.last("hotkey") or "",
            repeated=shell.repeating > 0,
            hidden=hidden,
        )
    )
    return status.OK


def _lacking(arguments: list[str]) -> str:
    return "it has no body" if arguments else "it has no title"


def menuentry(shell: Evaluator, arguments: list[str], block: Block | PlainBlock | None) -> int:
    """Add an entry to the menu."""
    return _add(shell, arguments, block, is_submenu=False)


def submenu(shell: Evaluator, arguments: list[str], block: Block | PlainBlock | None) -> int:
    """Add a menu to the menu."""
    return _add(shell, arguments, block, is_submenu=True)


def hiddenentry(shell: Evaluator, arguments: list[str], block: Block | PlainBlock | None) -> int:
    """Add SUSE's entry that the menu does not show and only its hot key can run."""
    return _add(shell, arguments, block, is_submenu=False, hidden=True)


def _without_block(shell: Evaluator, arguments: list[str]) -> int:
    return _add(shell, arguments, None, is_submenu=False)


ACTIONS: dict[str, Action] = {"menuentry": _without_block, "submenu": _without_block}

BLOCK_ACTIONS: dict[str, BlockAction] = {
    "menuentry": menuentry,
    "submenu": submenu,
    "hiddenentry": hiddenentry,
}
