"""List only: what could boot, as JSON for whoever started the machine to read its disks."""

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

    from bootpy.init.serial_line import send_line

    send_line(options.list, json.dumps(report(survey, options)))


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
