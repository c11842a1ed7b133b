"""The rescue prompt: Python with the live objects at hand, and words that need no Python."""

import code
from typing import TYPE_CHECKING

from bootpy import __version__
from bootpy.errors import BootError
from bootpy.init.words import WORDS, Words
from bootpy.menu.asking import Asking
from bootpy.menu.terminal import Terminal

if TYPE_CHECKING:
    from bootpy.init.boot import Boot

_BANNER = f"""
bootpy {__version__} rescue prompt: `help` lists the words, anything else is Python with
devices, volumes, entries, survey and timeline at hand. Ctrl-D goes back to the menu."""


class Prompt(code.InteractiveConsole):
    """A Python console in which a line that begins with a word of ours does what it says."""

    def __init__(self, boot: "Boot") -> None:
        self._boot = boot
        self._words = Words(boot)
        terminal = Terminal.of_process()
        self._asking = None if terminal.plain else Asking(terminal)
        with terminal:
            terminal.size()  # asked for once, before anything stands on the screen
        super().__init__(locals={"__name__": "rescue", "__builtins__": __builtins__})
        self._refresh()

    def _refresh(self) -> None:
        """Put what is known now under the names that a person types."""
        survey = self._boot.survey
        self.locals.update(
            boot=self._boot.try_entry,
            devices=survey.devices,
            volumes={volume.name: volume for volume in survey.volumes},
            entries=list(survey.listing.entries),
            survey=survey,
            timeline=self._boot.timeline,
        )

    def raw_input(self, prompt: str = "") -> str:
        """Ask for a line, with editing and history where the terminal can show them."""
        return self._asking.ask(prompt) if self._asking else super().raw_input(prompt)

    def push(self, line: str, *arguments: object, **named: object) -> bool:
        """Run one line: a word of ours, or Python."""
        words = _split(line)
        if not self.buffer and words and words[0] in WORDS and not _is_python(line, words):
            try:
                self._boot.look_again()
                self._words.run(words)
            except BootError as error:
                self.write(f"{error}\n")
            except OSError as error:
                self.write(f"{words[0]}: {error.filename or ''}: {error.strerror}\n")
            self._refresh()
            return False
        return super().push(line)


def _split(line: str) -> list[str]:
    """Take a line apart as a shell does; at blanks alone where its quotes do not pair."""
    import shlex

    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _is_python(line: str, words: list[str]) -> bool:
    """Tell `ls /boot`, `ls .` and `ls (vda2)/boot` from `ls = 3`.

    `entries[0]` and `boot(entries[1])` never come here: no blank ends the word.
    """
    return line.strip()[len(words[0]) :].lstrip().startswith("=")


def prompt(boot: "Boot") -> None:
    """Give a person the prompt on the console; returns when it is left with Ctrl-D or exit()."""
    boot.look_again()
    console = Prompt(boot)
    try:
        console.interact(banner=_BANNER, exitmsg="")
    except SystemExit:
        return
