"""`bootpy status`: what is loaded, and what can be."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bootpy.kexec.state import State

NAME = "status"
SUMMARY = "whether a kernel is loaded, and what the kernel allows"
ABOUT = """\
Tell whether a kernel is loaded for a reboot or for a crash, how much memory is set aside for the
latter, and what would keep a kernel from being loaded."""
EXAMPLES = """\
examples:
  bootpy status
  bootpy status --json | jq .crash.reserved
  bootpy status > /dev/null && systemctl kexec

exit status: 0 when a kernel is loaded for a reboot, 1 when none is, 2 when the running kernel
has no kexec or the command line cannot be used"""

_NO_KEXEC = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("--json", action="store_true", help="print JSON (docs/reboot.md)")


def run(given: argparse.Namespace) -> int:
    """Tell and return the exit status."""
    from bootpy.kexec.state import look

    state = look()
    if given.json:
        import json

        print(json.dumps(status_object(state), indent=2))
    else:
        for line in status_lines(state):
            print(line)
    if not state.supported:
        return _NO_KEXEC
    return 0 if state.reboot else 1


def status_object(state: "State") -> dict[str, Any]:
    """Return what `--json` prints: docs/status.schema.json."""
    return {
        "schema": 1,
        "supported": state.supported,
        "reboot": {"loaded": state.reboot, "loads_left": state.reboot_loads},
        "crash": {
            "loaded": state.crash,
            "reserved": state.reserved,
            "loads_left": state.crash_loads,
        },
        "disabled": state.disabled,
        "lockdown": state.lockdown or None,
    }


def status_lines(state: "State") -> Iterator[str]:
    """Give the lines that a person reads."""
    if not state.supported:
        yield "this kernel has no kexec (CONFIG_KEXEC, CONFIG_KEXEC_FILE), or /sys is not mounted"
        return
    from bootpy.cli.devices import size_text

    yield f"for a reboot   {'a kernel is loaded' if state.reboot else 'nothing is loaded'}"
    if state.crash:
        crash = f"a kernel is loaded, in {size_text(state.reserved)} set aside"
    elif state.reserved:
        crash = f"nothing is loaded; {size_text(state.reserved)} are set aside"
    else:
        crash = "no memory is set aside (crashkernel= on the kernel command line)"
    yield f"for a crash    {crash}"
    if state.disabled:
        yield "loading        switched off until the next reboot (kernel.kexec_load_disabled is 1)"
    for what, left in (("reboot", state.reboot_loads), ("panic", state.crash_loads)):
        if left is not None:
            more = "no more loads" if left == 0 else f"{left} more loads, failed ones included"
            yield f"loading        {more} (kernel.kexec_load_limit_{what} is {left})"
    if state.lockdown in {"integrity", "confidentiality"}:
        yield f"lockdown       {state.lockdown}: only signed kernels can be loaded"
