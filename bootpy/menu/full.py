"""The menu as a whole screen."""

from bootpy.menu.choice import Choice
from bootpy.menu.overview import Overview
from bootpy.menu.page import Step
from bootpy.menu.screen import Screen
from bootpy.menu.state import State
from bootpy.menu.terminal import Terminal


class FullMenu:
    """Shows one page after another until there is a choice or the countdown ends."""

    __slots__ = ("_screen", "_state", "_terminal")

    def __init__(self, terminal: Terminal, state: State) -> None:
        self._terminal = terminal
        self._screen = Screen(terminal)
        self._state = state

    def run(self) -> Choice:
        """Return what was chosen, by a person or by the countdown."""
        self._screen.begin()
        try:
            return self._run()
        finally:
            self._screen.end()

    def _run(self) -> Choice:
        step: Step = Overview(self._state)
        while not isinstance(step, Choice):
            choice = self._state.expired(self._terminal.gone)
            if choice is not None:
                return choice
            self._screen.show(*step.rows(*self._screen.size()))
            keys, news = self._terminal.wait(self._state.pause(), self._state.watched)
            if news:
                self._state.update()
            for key in keys:
                self._state.touched = True
                if key == "^L":
                    self._screen.forget()
                elif not isinstance(step, Choice):
                    step = step.press(key)
        return step
