"""What was seen, disk by disk, and why it does not boot: told when nothing can, or on demand."""

from collections.abc import Collection, Iterable, Mapping

from bootpy.devices.device import Device, order
from bootpy.entry import Listing
from bootpy.init.survey import Survey, describe


def report(survey: Survey) -> list[str]:
    """Return the lines of the report on what the survey saw."""
    boots = survey.decision.order
    nothing = "" if boots else "Nothing on this machine can boot by itself. "
    lines = [f"{nothing}What was seen:"]
    if not survey.devices:
        return [
            *lines,
            "  no disk at all",
            "  hint: is one plugged in, and does the image's profile have its driver?"
            " `dmesg` shows what the kernel found.",
        ]
    for disk in (d for d in survey.devices if d.kind == "disk"):
        lines.append(f"  {describe(disk)}")
        parts = [d for d in survey.devices if d.parent == disk.name]
        if not parts or disk.filesystem:
            lines.append(f"    {why_not(disk, survey.troubles, survey.listing, boots)}")
        for part in sorted(parts, key=lambda part: order(part.name)):
            lines.append(f"    {describe(part)}")
            lines.append(f"      {why_not(part, survey.troubles, survey.listing, boots)}")
    remarks = [*survey.listing.diagnostics, *survey.decision.diagnostics]
    if remarks:
        lines.append("What the configurations' readers and the choice had to say:")
        lines += [f"  {remark}" for remark in _unique(str(remark) for remark in remarks)]
    return lines


def why_not(
    device: Device, troubles: Mapping[str, str], listing: Listing, boots: Collection[str] = ()
) -> str:
    """Say why nothing boots from this device by itself, or what does: the ids in `boots`."""
    if device.name in troubles:
        return troubles[device.name]
    ids = [entry.id for entry in listing.entries if entry.source.volume == device.name]
    if ids:
        booting = sum(each in boots for each in ids)
        which = f"{booting or 'none'} that may boot by {'itself' if booting < 2 else 'themselves'}"
        return f"{len(ids)} {'entry' if len(ids) == 1 else 'entries'}, {which}"
    return "mounted and read: no boot configuration in any of the places where one is looked for"


def _unique(lines: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(lines))
