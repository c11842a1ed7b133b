"""test and [: strings, numbers, files, and, or, not, parentheses (commands/test.c).

There is no precedence beyond `-o` binding least, and an odd expression is read from left
to right as GRUB reads it, where a shell would refuse it.
"""

import re

from bootpy.readers.grub import status
from bootpy.readers.grub.evaluator import Action, Evaluator
from bootpy.volume import Status


def test(shell: Evaluator, arguments: list[str]) -> int:
    """Evaluate an expression; a last argument `]` is left out."""
    if arguments and arguments[-1] == "]":
        arguments = arguments[:-1]
    return status.OK if _Expression(shell, arguments).value() else status.FALSE


class _Expression:
    __slots__ = ("_arguments", "_position", "_shell")

    def __init__(self, shell: Evaluator, arguments: list[str]) -> None:
        self._shell = shell
        self._arguments = arguments
        self._position = 0

    def value(self, depth: int = 0) -> bool:
        """Evaluate up to the end or a closing parenthesis."""
        arguments = self._arguments
        either = False
        every = True
        negated = False
        while self._position < len(arguments):
            one = arguments[self._position]
            result = self._comparison()
            if result is None:
                self._position += 1
                if one == ")":
                    return either or every
                if one == "!":
                    negated = not negated
                    continue
                if one == "-a":
                    continue
                if one == "-o":
                    either = either or every
                    every = True
                    continue
                # Deeper than anyone writes: the rest counts as one plain string.
                result = self.value(depth + 1) if one == "(" and depth < 50 else bool(one)
            every = every and result != negated
            negated = False
        return either or every

    def _comparison(self) -> bool | None:
        """The test of two or three arguments at the current place, if there is one."""
        arguments = self._arguments[self._position : self._position + 3]
        if len(arguments) == 3:
            result = self._binary(*arguments)
            if result is not None:
                self._position += 3
                return result
        if len(arguments) >= 2:
            result = self._unary(arguments[0], arguments[1])
            if result is not None:
                self._position += 2
                return result
        return None

    def _binary(self, left: str, operator: str, right: str) -> bool | None:
        match operator:
            case "=" | "==":
                return left == right
            case "!=":
                return left != right
            case "<":
                return left.encode() < right.encode()
            case "<=":
                return left.encode() <= right.encode()
            case ">":
                return left.encode() > right.encode()
            case ">=":
                return left.encode() >= right.encode()
            case "-eq":
                return number(left) == number(right)
            case "-ne":
                return number(left) != number(right)
            case "-ge":
                return number(left) >= number(right)
            case "-gt":
                return number(left) > number(right)
            case "-le":
                return number(left) <= number(right)
            case "-lt":
                return number(left) < number(right)
            case "-pgt":
                one, other = _past_prefix(left, right)
                return unsigned(one) > unsigned(other)
            case "-plt":
                one, other = _past_prefix(left, right)
                return unsigned(one) < unsigned(other)
        if operator.startswith(("-nt", "-ot")):
            return self._newer(left, operator, right)
        return None

    def _unary(self, operator: str, operand: str) -> bool | None:
        match operator:
            case "-n":
                return bool(operand)
            case "-z":
                return not operand
            case "-e":
                return self._status(operand) is not None
            case "-d":
                found = self._status(operand)
                return found is not None and found.kind == "folder"
            case "-f":
                found = self._status(operand)
                return found is not None and found.kind != "folder"
            case "-s":
                found = self._status(operand)
                return found is not None and found.kind == "file" and found.size > 0
        return None

    def _status(self, name: str) -> Status | None:
        place = self._shell.place(name)
        if place.volume is None:
            return None
        return self._shell.session.devices.status(place.volume, place.path or "/")

    def _newer(self, left: str, operator: str, right: str) -> bool:
        one, other = self._status(left), self._status(right)
        bias = number(operator[3:]) if len(operator) > 3 else 0
        if one is None or other is None:
            return (one is not None) if operator[1] == "n" else (other is not None)
        # GRUB knows whole seconds only.
        difference = int(one.modified) + bias - int(other.modified)
        return difference > 0 if operator[1] == "n" else difference < 0


def number(text: str) -> int:
    """What follows -eq and kin, as GRUB reads it: an int of 32 bits, which wraps around."""
    value = -unsigned(text[1:]) if text[:1] == "-" else unsigned(text)
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def unsigned(text: str) -> int:
    """GRUB's strtoul with base 0: decimal, 0x, and 0 for octal; what is no number is 0.

    What 64 bits cannot hold is the largest number that they can.
    """
    found = re.match(r"\s*(?:0[xX]([0-9a-fA-F]+)|0([0-7]+)|([0-9]+))", text, re.ASCII)
    if found is None:
        return 0
    digits, base = next((found[i], base) for i, base in ((1, 16), (2, 8), (3, 10)) if found[i])
    # No number of 64 bits has more than 22 digits, in whatever base.
    return min(int(digits.lstrip("0")[:30] or "0", base), (1 << 64) - 1)


def _past_prefix(left: str, right: str) -> tuple[str, str]:
    """Skip what both begin with, then go back to where its last number begins."""
    position = 0
    while position < min(len(left), len(right)) and left[position] == right[position]:
        position += 1
    position -= 1
    while position > 0 and left[position : position + 1].isdigit():
        position -= 1
    return left[position + 1 :], right[position + 1 :]


ACTIONS: dict[str, Action] = {"test": test, "[": test}
