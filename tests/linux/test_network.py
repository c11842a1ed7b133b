"""Taking an interface down, in a network namespace of the test's own."""

import os
import subprocess
import sys

import pytest

UP_AND_DOWN = """
import fcntl, socket, struct
from bootpy.linux.network import take_down

def flags():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        answer = fcntl.ioctl(asked, 0x8913, struct.pack("16sh22x", b"lo", 0))
        return struct.unpack("16sh22x", answer)[1]

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
    fcntl.ioctl(asked, 0x8914, struct.pack("16sh22x", b"lo", flags() | 1))
before = flags()
take_down("lo")
print(before & 1, flags() & 1, (before ^ flags()) & 0x8)
try:
    take_down("nowhere0")
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a network namespace is made")
def test_an_interface_goes_down_and_keeps_its_other_flags() -> None:
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", UP_AND_DOWN],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )
    assert done.stdout == "1 0 0\nNo such device\n", done.stderr
