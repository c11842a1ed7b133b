"""The memory that the kernel keeps for a crash kernel (crashkernel=), from /proc/iomem.

Source: Documentation/admin-guide/kdump/kdump.rst of Linux 6.1.
"""

_IOMEM = "/proc/iomem"
_NAME = "Crash kernel"


def reserved(iomem: str = _IOMEM) -> int | None:
    """Return the bytes of the highest stretch that is kept; None where there is none.

    1 where the process may not see addresses, which are zeros then.
    """
    found = None
    try:
        with open(iomem, encoding="ascii", errors="replace") as file:
            for line in file:
                addresses, _, name = line.partition(" : ")
                if name.strip() == _NAME:
                    start, _, last = addresses.strip().partition("-")
                    found = int(last, 16) - int(start, 16) + 1
    except OSError:
        return None
    return found
