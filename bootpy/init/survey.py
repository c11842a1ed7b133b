"""Survey: what has been found on this machine so far, and what follows from it.

The stages of the straight path in order: devices, volumes, readers, listing, decision.
A new disk makes a new look; what is unchanged is not probed or mounted again.
"""

import time
from collections.abc import Mapping
from contextlib import ExitStack

from bootpy.devices.device import Device
from bootpy.devices.enumeration import devices
from bootpy.devices.grubnames import grub_names
from bootpy.devices.mounting import mount, why_not_mountable
from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Host, Listing
from bootpy.errors import BootError
from bootpy.init.drivers import Drivers
from bootpy.init.early import VOLUMES
from bootpy.init.hotplug import newest_event
from bootpy.linux import mounts
from bootpy.options import Options
from bootpy.policy.decision import Decision, decide
from bootpy.policy.listing import merge
from bootpy.readers.reading import read_all
from bootpy.timeline import Timeline
from bootpy.volume import FolderVolume, Volume, Volumes


class Survey:
    """The machine as known now.

    `devices` in the order of their coming, those found at once by name; `volumes` what of
    them is mounted; `troubles` why a device gave no volume, by device name, and `refusals`
    the same for those whose file system the kernel refused; `listing` and `decision` what
    follows.
    """

    def __init__(self, timeline: Timeline, options: Options, host: Host, drivers: Drivers) -> None:
        self.devices: list[Device] = []
        self.volumes = Volumes()
        self.troubles: dict[str, str] = {}
        self.refusals: dict[str, BootError] = {}
        self.configurations: list[Configuration] = []
        self.listing = Listing()
        self.decision = Decision((), None, "nothing was looked at yet")
        self._mounted: dict[str, tuple[Device, Volume]] = {}
        self._said: set[Diagnostic] = set()
        self._found = ""
        # The numbers of the newest event when each device was probed, and before the last look.
        self._looked: dict[str, int] = {}
        self._last_look = -1
        self._timeline = timeline
        self._options = options
        self._host = host
        self._drivers = drivers

    def knows(self, efi_variables: tuple[tuple[str, str], ...]) -> None:
        """Let the readers know systemd-boot's variables, from the next look on."""
        self._host = self._host._replace(efi_variables=efi_variables)

    def look(self, changed: Mapping[str, int] | None = None) -> bool:
        """Look at the block devices again; say whether anything is new.

        With `changed` only where one of those names had an event, of the number given, that is
        later than the last look at it. When drivers are loaded, the kernel tells of every disk
        while the first look is under way.
        """
        anew = {
            name
            for name, number in (changed or {}).items()
            if number > self._looked.get(name, self._last_look)
        }
        if changed and not anew:
            return False
        before = self.devices
        begun = time.monotonic()
        self._last_look = newest_event()
        kept = {device.name: device for device in before if device.name not in anew}
        with ExitStack() as held:
            now = devices(kept.values(), self._timeline.spans, lock=True, held=held)
            self._timeline.spent("devices", "enumeration", begun)
            self._looked = {
                device.name: self._looked.get(device.name, -1)
                if kept.get(device.name) is device
                else self._last_look
                for device in now
            }
            if set(now) == set(before):
                return False
            # What was known stays in its place: a disk plugged in later must not move the menu's
            # entries under a person's fingers, nor take the default from the one that counts down.
            names = {device.name: place for place, device in enumerate(before)}
            self.devices = sorted(now, key=lambda device: names.get(device.name, len(names)))
            self._drop_gone()
            self._say_new(before)
            self._mount_new()
        self._read()
        return True

    def _drop_gone(self) -> None:
        """Unmount what is not there any more, or is another file system now."""
        present = {device.name: device for device in self.devices}
        for name, (device, volume) in list(self._mounted.items()):
            if present.get(name) != device:
                self._timeline.info(f"{name} is gone")
                del self._mounted[name]
                if not isinstance(volume, FolderVolume):
                    continue
                try:
                    mounts.unmount(volume.folder, at_once=True)
                except OSError as error:
                    # A person at the prompt may have been quicker.
                    self._timeline.debug(f"unmounting {name}: {error.strerror}")
        self.troubles = {name: why for name, why in self.troubles.items() if name in present}

    def _say_new(self, before: list[Device]) -> None:
        for device in self.devices:
            if device not in before:
                self.troubles.pop(device.name, None)
                self.refusals.pop(device.name, None)
                self._timeline.info(f"found {describe(device)}")

    def _mount_new(self) -> None:
        names = grub_names(self.devices)
        disks = {device.name: device for device in self.devices}
        for device in self.devices:
            if device.name in self._mounted or device.name in self.troubles:
                continue
            why = why_not_mountable(device, disks.get(device.parent or ""))
            if why:
                self.troubles[device.name] = why
                continue
            begun = time.monotonic()
            self._drivers.load_filesystem(device.filesystem)
            try:
                folder = f"{VOLUMES}/{device.name}"
                volume = mount(device, folder, names.get(device.name, ""))
                self._mounted[device.name] = device, volume
            except BootError as error:
                self.refusals[device.name] = error
                self.troubles[device.name] = f"{error.message} ({error.hint})"
                self._timeline.warning(self.troubles[device.name])
            self._timeline.spent("mounts", f"{device.name} ({device.filesystem})", begun)
        self.volumes = Volumes(
            self._mounted[device.name][1] for device in self.devices if device.name in self._mounted
        )

    def complete(self) -> None:
        """Read what was passed over so far: from now on a person may choose."""
        if self._host.waits != -1:
            self._host = self._host._replace(waits=-1)
            if self.listing.passed:
                self._read()

    def _read(self) -> None:
        before = self.listing
        self._read_configurations()
        if self.listing.passed and not self._boots_at_once():
            self._host = self._host._replace(waits=-1)
            self._read_configurations()
        for remark in (*self.listing.diagnostics, *self.decision.diagnostics):
            if remark not in self._said:
                self._said.add(remark)
                self._timeline.say(remark.level if remark.level != "info" else "debug", str(remark))
        if self.listing.entries != before.entries:
            count = len(self.listing.entries) + self.listing.passed
            places = dict.fromkeys(entry.source[:2] for entry in self.listing.entries)
            names = sorted(str(Source(volume, path)) for volume, path in places)
            found = f"{count} {'entry' if count == 1 else 'entries'} in {', '.join(names)}"
            if found != self._found:  # as before, but looked into now
                self._found = found
                self._timeline.info(found)

    def _boots_at_once(self) -> bool:
        """Whether the default boots, and nobody is asked before."""
        decision = self.decision
        return (
            decision.timeout == 0
            and decision.settled
            and self._options.entry is None
            and not (self._options.list or self._options.shell)
            and decision.order[:1] == (self.listing.default,)
        )

    def _read_configurations(self) -> None:
        begun = time.monotonic()
        self.configurations = read_all(
            self.volumes, self._host, self._options.formats, self._timeline.spans
        )
        begun = self._timeline.spent("readers", "all configurations", begun)
        self.listing = merge(self.configurations)
        self.decision = decide(self.listing, self._options)
        self._timeline.spent("policy", "merging and deciding", begun)


def describe(device: Device) -> str:
    """Say in a few words what a device is: `vda2: partition, 2.0 GB, ext4, label root`."""
    words = [f"{device.name}: {device.bus + ' ' if device.bus else ''}{device.kind}"]
    words.append(human_size(device.size))
    if device.model:
        words.append(device.model)
    if device.table:
        words.append(f"{device.table} partition table")
    if device.filesystem:
        words.append(device.filesystem)
    for name, value in (("label", device.label), ("UUID", device.uuid)):
        if value:
            words.append(f"{name} {value}")
    if device.problem:
        words.append(device.problem)
    return ", ".join(words)


def human_size(size: int) -> str:
    """Write bytes as people say them, in decimal units: 2147483648 is "2.1 GB"."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
