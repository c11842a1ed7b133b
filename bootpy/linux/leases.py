"""Whether anybody has a file open for writing, asked through a lease (fcntl(2), F_SETLEASE)."""

import errno
import fcntl

_HELD = {errno.EAGAIN, errno.EWOULDBLOCK}


def open_for_writing(fd: int) -> bool:
    """Say whether the regular file open at `fd`, for reading, is open for writing anywhere.

    A read lease can be had only while no writer is there; it is given back at once. False where
    the file system knows no leases, or the process may not take one (another's file, no
    CAP_LEASE).
    """
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno in _HELD
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
