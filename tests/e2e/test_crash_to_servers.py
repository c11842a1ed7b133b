"""A Debian that crashes with its dumps going to another one: by ssh, and by NFS."""

from pathlib import Path

import pytest
from kexec_calls import Running

from qemu.disks.crashing import PATIENCE, SERVICES, crash, crashing_machine, ready_alone, wired
from qemu.guest import Guest
from qemu.places import BUILD

SERVER, OWN = "10.9.8.1", "10.9.8.2"
FOLDER = "/srv/dumps"

# With bootpy's own calls: the system has no iproute2.
SET_UP = """\
modprobe virtio_net; cd /usr/lib/bootpy && python3 -c '
import os
from bootpy.linux.network import set_up
name, = set(os.listdir("/sys/class/net")) - {{"lo"}}
set_up("lo", "127.0.0.1", "255.0.0.0")
set_up(name, "{}", "255.255.255.0")
'"""
SERVE = f"""\
set -e
mkdir -p {FOLDER} /run/sshd /root/.ssh /var/lib/nfs/v4recovery
echo 'sshd:x:99:65534::/run/sshd:/usr/sbin/nologin' >> /etc/passwd
ssh-keygen -q -A
/usr/sbin/sshd -f /dev/null
echo 'nfs 2049/tcp' >> /etc/services
echo '{FOLDER} {OWN}(rw,no_root_squash,no_subtree_check)' > /etc/exports
: > /var/lib/nfs/etab; : > /var/lib/nfs/rmtab
modprobe nfsd; mount -t nfsd nfsd /proc/fs/nfsd
rpc.mountd -N 3 -V 4; rpc.nfsd -N 3 -V 4.2 2; exportfs -r
"""


def came(server: Guest, kind: str) -> str:
    """Return the folder that came, after a look at what is in it."""
    folder = server.shell.run(f"ls -d {FOLDER}/*-*")
    date = folder.rpartition("-")[2]
    assert folder == f"{FOLDER}/{HOST}-{date}"
    names = server.shell.run(f"ls {folder}").split()
    assert names == [f"dmesg.{date}", f"dump.{date}", f"log.{date}"]
    assert server.shell.run(f"stat -c %a {folder} {folder}/*").split() == ["700", *["600"] * 3]
    panic = server.shell.run(f"grep -c 'not syncing: sysrq triggered crash' {folder}/dmesg.*")
    assert panic == "1"
    assert f" by {kind}, through " in server.shell.run(f"grep -v '  | ' {folder}/log.*")
    return folder


HOST = "crasher"


@pytest.mark.long
def test_dumps_go_to_a_server(running: Running, tmp_path: Path) -> None:
    socket = tmp_path / "wire"
    other = crashing_machine(tmp_path, "0", alone=True, more=SERVICES)
    with wired(other, socket, 1).start(log=BUILD / "logs/crash-server.log") as server:
        guest = running(
            wired(crashing_machine(tmp_path, "256M", alone=True, more=SERVICES), socket, 2)
        )
        for machine, address in ((server, SERVER), (guest, OWN)):
            ready_alone(machine)
            machine.shell.run(SET_UP.format(address), timeout=PATIENCE)
        server.shell.run(SERVE, timeout=PATIENCE)
        run = guest.shell.run

        # By ssh, once the server is known and knows the key.
        run("mkdir -p -m 700 /etc/bootpy /root/.ssh")
        run(f"echo 'to = \"ssh:{SERVER}:{FOLDER}\"' > /etc/bootpy/crash.toml")
        assert "there is no private key /root/.ssh/id_ed25519" in run(
            "bootpy crash load", check=False
        )
        run("ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519")
        refused = run("bootpy crash load", check=False, timeout=PATIENCE)
        assert "Host key verification failed" in refused
        key = server.shell.run("cat /etc/ssh/ssh_host_ed25519_key.pub")
        run(f"echo '{SERVER} {key}' > /root/.ssh/known_hosts")
        assert "Permission denied" in run("bootpy crash load", check=False, timeout=PATIENCE)
        own = run("cat /root/.ssh/id_ed25519.pub")
        server.shell.run(f"echo '{own}' > /root/.ssh/authorized_keys; chmod -R go= /root/.ssh")
        run(f"hostname {HOST}")
        assert f"{FOLDER} on root@{SERVER} by ssh" in run("bootpy crash load", timeout=PATIENCE)
        crash(guest)
        guest.expect("rebooting\r", timeout=PATIENCE, panics=True)
        folder = came(server, "ssh")
        # It is flattened: to be put together again (makedumpfile(8), -R).
        server.shell.run(f"makedumpfile -R /root/dump < {folder}/dump.* > /root/out 2>&1")
        server.shell.run("makedumpfile --dump-dmesg -f /root/dump /root/theirs > /root/out 2>&1")
        assert server.shell.run(f"diff /root/theirs {folder}/dmesg.*", check=False) == ""
        server.shell.run(f"rm -r {folder}")

        # By NFS, in the file system's own way.
        ready_alone(guest)
        run(SET_UP.format(OWN), timeout=PATIENCE)
        run(f"hostname {HOST}; echo 'to = \"nfs:{SERVER}:{FOLDER}\"' > /etc/bootpy/crash.toml")
        assert f"{FOLDER} on {SERVER} by nfs" in run("bootpy crash load", timeout=PATIENCE)
        crash(guest)
        guest.expect("rebooting\r", timeout=PATIENCE, panics=True)
        folder = came(server, "nfs")
        server.shell.run(f"rm /root/*; makedumpfile --dump-dmesg -f {folder}/dump.* /root/theirs")
        assert server.shell.run(f"diff /root/theirs {folder}/dmesg.*", check=False) == ""
