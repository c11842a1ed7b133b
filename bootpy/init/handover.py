"""The timeline's record, given to whoever asked for it, at the last moment before the jump."""

import termios

from bootpy.options import Options
from bootpy.timeline import Timeline


def give(timeline: Timeline, options: Options) -> None:
    """Write the record where `bootpy.timeline=` says, and as a line at debug level.

    What cannot be written is told, and stops nothing.
    """
    if options.log == "debug":
        timeline.debug(f"timeline: {timeline.record('jump').decode(errors='replace')}")
    if not options.timeline:
        return
    try:
        if options.timeline == "efi":
            from bootpy.init.loader_interface import RECORD_SIZE, keep_record

            keep_record(timeline.record("jump", RECORD_SIZE))
        else:
            from bootpy.init.serial_line import send_line

            send_line(options.timeline, timeline.record("jump").decode(errors="replace"))
    except (OSError, termios.error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        timeline.warning(f"bootpy.timeline={options.timeline}: not written: {reason}")
