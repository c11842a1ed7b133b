"""What a fresh process does to be measured: read one configuration, or nothing at all.

    python -m bench.one_reading FORMAT WARM_FOLDER [FOLDER]

It first reads the small configuration in WARM_FOLDER, so that what a reader imports is
there, and then the one in FOLDER. The result goes to standard output as JSON. Of counted
instructions those of a run without FOLDER are taken away.
"""

import gc
import json
import sys
import time

from bench.configurations import UUID
from bootpy.entry import Host
from bootpy.readers.reading import read_all
from bootpy.volume import FolderVolume, Volumes


def main(arguments: list[str]) -> int:
    """Read, and say how long it took; 0."""
    format_name, *folders = arguments
    measured: dict[str, float] = {}
    for folder in folders:
        volume = FolderVolume(folder, name="sda1", uuid=UUID)
        gc.collect()
        before = _peak()
        began = time.process_time()
        found = read_all(Volumes([volume]), Host("efi", "x86_64"), [format_name])
        measured = {
            "seconds": time.process_time() - began,
            "kilobytes": _peak() - before,
            "entries": sum(len(one.entries) for one in found),
        }
    print(json.dumps(measured))
    return 0


def _peak() -> int:
    """Return the peak of this process's memory in kB; getrusage(2) would count its parent's."""
    with open("/proc/self/status") as file:
        (line,) = (line for line in file if line.startswith("VmHWM:"))
    return int(line.split()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
