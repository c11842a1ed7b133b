"""What was looked at, volume by volume, where nothing was found that could boot."""

from collections.abc import Collection, Iterable

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration
from bootpy.readers.table import ROWS
from bootpy.volume import Volumes


def looked_at(
    volumes: Volumes, configurations: Iterable[Configuration], formats: Collection[str]
) -> list[Diagnostic]:
    """Say per volume what was looked for, where nothing at all was found."""
    rows = [row for row in ROWS if not formats or row.format in formats]
    places = "; ".join(f"{row.format} in {', '.join(row.places)}" for row in rows)
    read = {one.source.volume for one in configurations}
    said = []
    for volume in volumes:
        if volume.name in read:
            message = "no boot entry in the configurations that are there"
            hint = "what each says is told above; nothing told means that it is empty"
        elif not volume.names("/"):
            message, hint = "nothing to boot: the volume is empty", "is it mounted?"
        else:
            message = f"no boot configuration found; looked for {places}"
            hint = "a VOLUME is the content of one file system, from its root"
        said.append(Diagnostic("info", Source(volume.name, "/"), message, hint))
    return said
