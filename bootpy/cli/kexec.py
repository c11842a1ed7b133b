"""`bootpy kexec`: kexec-tools' own command line, for scripts that call /sbin/kexec.

Exit statuses are those of kexec-tools 2.0.25: 1 where it gives up at once, 255 where a call of
the kernel's failed, 253 where kexec_file_load did not take the image. docs/kexec-tools.md says
where this differs, and why.
"""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bootpy.errors import BootError

if TYPE_CHECKING:
    import argparse

    from bootpy.cli.kexec_request import Request

NAME = "kexec"
SUMMARY = "what kexec-tools' kexec does, with its options, for scripts that call it"
ABOUT = """\
Stand in for the kexec of kexec-tools: the same options, the same exit statuses."""
EXAMPLES = """\
examples:
  bootpy kexec -l /boot/vmlinuz --initrd=/boot/initrd.img --reuse-cmdline
  bootpy kexec -e"""

FAILED = 255
"""Exit status where the kernel refused, or no kernel was named (-1 in kexec-tools)."""
NOT_TAKEN = 253
"""Exit status where kexec_file_load does not take the image (its EFALLBACK, -3)."""
GIVEN_UP = 1
"""Exit status of what kexec-tools gives up at once, and of a wrong command line."""


def add_arguments(parser: "argparse.ArgumentParser") -> None:
    """Take every word as it is: kexec-tools' options are not argparse's."""
    import argparse

    parser.prefix_chars = "\0"
    parser.add_argument("words", nargs=argparse.REMAINDER)


def run(given: "argparse.Namespace") -> int:
    """Do what the words of the command line ask for, and return the exit status."""
    return kexec(given.words)


def main() -> int:
    """Run as a program of its own, called kexec."""
    try:
        return kexec(sys.argv[1:])
    except KeyboardInterrupt:
        return 130


def kexec(words: Sequence[str]) -> int:
    """Do what a command line of kexec-tools asks for, and return the exit status."""
    from bootpy.cli.kexec_request import Answer, request_of

    machine = os.uname().machine
    try:
        asked = request_of(words, machine)
    except Answer as answer:
        return _answer(answer.status, answer.message, answer.shows, machine)
    try:
        return _do(asked, machine)
    finally:
        sys.stdout.flush()


def _do(asked: "Request", machine: str) -> int:
    from bootpy.kexec import state

    result = 0
    if asked.misused:
        result = _answer(FAILED, asked.misused, "usage", machine)
    if asked.load and asked.kind == "crash" and not _crash_memory():
        return GIVEN_UP
    if asked.reuse_initrd:
        say("--reuseinitrd is not implemented on this machine (nor by kexec-tools)")
        return GIVEN_UP
    if asked.status:
        seen = state.look()
        loaded = seen.crash if asked.kind == "crash" else seen.reboot
        return int(loaded) if seen.supported else FAILED
    if asked.unload:
        result = _unload(asked)
    if asked.load and not result:
        if asked.kernel is None:
            result = _answer(FAILED, "No kernel specified", "usage", machine)
        else:
            from bootpy.cli.kexec_load import load

            result = load(asked, machine)
    if result:
        return result
    seen = state.look()
    if (asked.shutdown or asked.execute) and seen.supported and not seen.reboot:
        say("Nothing has been loaded!")
        return GIVEN_UP
    return _leave(asked)


def _leave(asked: "Request") -> int:
    """Go on after the load: down with the system, or into the kernel at once."""
    from bootpy.kexec.jump import jump

    if asked.shutdown:
        return _shut_down()
    if asked.sync:
        os.sync()
    if asked.execute:
        if asked.ifdown:
            _take_interfaces_down()
        try:
            jump(sync=asked.sync)
        except BootError as error:
            say(str(error))
            return FAILED
    if asked.jump_back:
        say(
            "jumping back into a kernel that was left is not supported\n"
            "  hint: it takes two kernels with CONFIG_KEXEC_JUMP, which Debian's are not built with"
        )
        return FAILED
    return 0


def _crash_memory() -> bool:
    from bootpy.kexec.state import look

    if look().reserved:
        return True
    say(
        "Memory for crashkernel is not reserved\n"
        '  hint: boot with "crashkernel=256M" or the like on the kernel command line, then load'
    )
    return False


def _unload(asked: "Request") -> int:
    from bootpy.kexec.load import unload
    from bootpy.system.unbind_table import forget

    try:
        unload(crash=asked.kind == "crash")
    except BootError as error:
        say(str(error))
        return FAILED
    if asked.kind != "crash":
        forget()
    return 0


def _shut_down() -> int:
    """Become shutdown(8), which ends the system in a jump where its init knows how."""
    sys.stdout.flush()
    for program in ("/sbin/shutdown", "/etc/shutdown", "/bin/shutdown"):
        try:
            os.execv(program, ["shutdown", "-r", "now"])  # noqa: S606
        except OSError as error:
            reason = error.strerror
    say(f"shutdown: {reason}")
    return FAILED


def _take_interfaces_down() -> None:
    from bootpy.linux.network import interfaces_up, take_down

    for name in interfaces_up():
        try:
            take_down(name)
        except OSError as error:
            say(f"the network interface {name} stays up: {error.strerror}")


def _answer(status: int, message: str, shows: str, machine: str) -> int:
    """Print what a command line that goes no further is told; return `status`."""
    from bootpy.cli.kexec_options import VERSION, help_text

    if message:
        say(message)
    if shows == "usage":
        sys.stdout.write(help_text(machine))
    elif shows == "version":
        print(VERSION)
    elif shows == "reserved":
        from bootpy.kexec.state import look

        print(look().reserved)
    sys.stdout.flush()
    return status


def say(text: str) -> None:
    """Tell the person who called, on standard error; "kexec:" before it as theirs has it."""
    print(text if text.startswith("kexec: ") else f"kexec: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
