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


SET_UP = """
from bootpy.crash.server import Route, route_to, routes
from bootpy.linux.network import address_of, interfaces_up, set_up
print(address_of("lo"))
set_up("lo", "127.0.0.1", "255.0.0.0")  # the kernel gives it that one when it goes up
set_up("lo", "10.9.8.2", "255.255.255.0", "10.9.8.1")
print(address_of("lo"), address_of("nowhere0"))
with open("/proc/net/route") as file:
    known = routes(file.read())
print(route_to("192.0.2.1", known) == Route("lo", 0, 0, 0x0A090801))
try:
    set_up("nowhere0", "10.9.8.2", "255.255.255.0")
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a network namespace is made")
def test_an_interface_gets_its_address_and_the_way_to_all_else() -> None:
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", SET_UP],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "None",
        "('10.9.8.2', '255.255.255.0') None",
        "True",
        "No such device",
    ]
