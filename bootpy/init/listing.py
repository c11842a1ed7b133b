"""List only: what could boot, as JSON for whoever started the machine to read its disks."""

import os
import termios
from typing import Any

from bootpy.devices.mounting import passed_over
from bootpy.diagnostics import Diagnostic
from bootpy.entry import Listing
from bootpy.init.survey import Survey
from bootpy.options import Options


def send(survey: Survey, options: Options) -> None:
    """Write the report on `survey` to the terminal of `bootpy.list=`, and wait until it is out.

    OSError: there is no such terminal.
    """
    import json

    line = json.dumps(report(survey, options)) + "\n"
    fd = os.open(f"/dev/{options.list}", os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _make_raw(fd)
        rest = memoryview(line.encode("ascii"))
        while rest:
            rest = rest[os.write(fd, rest) :]
        termios.tcdrain(fd)
    finally:
        os.close(fd)


def report(survey: Survey, options: Options) -> dict[str, Any]:
    """Return the listing as `bootpy list --all --json` prints it, and how many disks were there."""
    from bootpy.listing_json import listing_object

    return {
        "disks": sum(device.kind == "disk" for device in survey.devices),
        "listing": listing_object(_with_remarks(survey, options), folded=True),
    }


def _with_remarks(survey: Survey, options: Options) -> Listing:
    """Add to the listing what is to be said of devices and of volumes without entries."""
    from bootpy.readers.looked_at import looked_at

    said = []
    disks = {device.name: device for device in survey.devices}
    for device in survey.devices:
        remark = passed_over(device, disks.get(device.parent or ""))
        refusal = survey.refusals.get(device.name)
        if remark:
            said.append(remark)
        elif refusal:
            said.append(Diagnostic("warning", None, refusal.message, refusal.hint))
    listing = survey.listing
    said += listing.diagnostics
    if not listing.entries:
        # The hints there are for who named directories.
        looked = looked_at(survey.volumes, survey.configurations, options.formats)
        said += [one._replace(hint="") for one in looked]
    return listing._replace(diagnostics=tuple(said))


def _make_raw(fd: int) -> None:
    """Have bytes go out as they are, at the highest speed that every serial port has."""
    mode = termios.tcgetattr(fd)
    mode[1] &= ~termios.OPOST
    mode[4] = mode[5] = termios.B115200
    termios.tcsetattr(fd, termios.TCSANOW, mode)
