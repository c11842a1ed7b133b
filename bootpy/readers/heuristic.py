"""Kernels found by name where nothing configures a boot: a guess, and marked as one.

Read only where no configuration on any volume has an entry, or where it is asked for by name.
The newest kernel is offered first and boots by itself if there is a sign that it can: an
initrd beside it, or a root file system for it.
"""

from functools import cmp_to_key

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, Host, Origin
from bootpy.readers.files import look
from bootpy.readers.heuristic_cmdline import Guess, Roots
from bootpy.readers.heuristic_kernels import Kernel, kernels
from bootpy.readers.uapi_version import compare
from bootpy.volume import Volume, Volumes


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """List the kernels on `home`; nothing at all where there is none."""
    found = sorted(kernels(home), key=in_order)
    if not found:
        return []
    roots = Roots(home, volumes, host)
    regular: list[Entry] = []
    fallbacks: list[Entry] = []
    last: list[Entry] = []
    for kernel in found:
        guesses = roots.cmdline(
            kernel.path, kernel.version, initrd=bool(kernel.initrds), rescue=kernel.rescue
        )
        entry = _entry(home, kernel, kernel.initrds, guesses)
        (last if kernel.rescue else regular).append(entry)
        if kernel.fallback:
            other = _entry(home, kernel, (kernel.fallback,), guesses, "fallback initramfs")
            fallbacks.append(other)
    entries = [*regular, *fallbacks, *last]
    chosen = next((entry for entry in entries if _may_boot(entry, found)), None)
    return [
        Configuration(
            source=Source(home.name, "/"),
            format="heuristic",
            entries=tuple(entry._replace(default=entry is chosen) for entry in entries),
            default=chosen.id if chosen else None,
            diagnostics=(*_remarks(home, entries, chosen), *roots.said),
        )
    ]


def _compare(a: Kernel, b: Kernel) -> int:
    """Order kernels: rescue images last, the newest first, one without a version after them.

    Of equal versions the one with an initrd comes first, and ".old" after the one it was.
    """
    if a.rescue != b.rescue:
        return 1 if a.rescue else -1
    if bool(a.version) != bool(b.version):
        return -1 if a.version else 1
    newer = compare(b.version, a.version)
    if newer:
        return newer
    left, right = ((one.old, not one.initrds, one.name, one.path) for one in (a, b))
    return (left > right) - (left < right)


in_order = cmp_to_key(_compare)
"""Sort key for kernels: menu order."""


def _entry(
    home: Volume,
    kernel: Kernel,
    initrds: tuple[str, ...],
    guesses: list[Guess],
    variant: str = "",
) -> Entry:
    source = Source(home.name, kernel.path)
    files = (*kernel.early, *initrds)
    name = f"Linux {kernel.name or kernel.path}"
    title = f"{name} ({f'{variant}, ' if variant else ''}guessed)"
    origins = [
        Origin("title", title, source, "the kernel's file name"),
        Origin("kernel", kernel.path, source, "the kernel's file name"),
    ]
    for path in files:
        how = "processor microcode" if path in kernel.early else "a name like the kernel's"
        origins.append(Origin("initrds", path, Source(home.name, path), how))
    origins += [Origin("cmdline", one.text, one.source, one.how) for one in guesses]
    return Entry(
        id=f"heuristic:{home.name}:{kernel.path[1:]}{'+fallback' if variant else ''}",
        title=title,
        path=(title,),
        format="heuristic",
        kind="linux",
        source=source,
        kernel=look(home, kernel.path),
        initrds=tuple(look(home, path) for path in files),
        cmdline=" ".join(one.text for one in guesses),
        version=kernel.version or None,
        origins=tuple(origins),
    )


def _may_boot(entry: Entry, found: list[Kernel]) -> bool:
    """Whether a kernel has something to go on with: without either it only panics."""
    with_initrd = any(one.path == entry.source.path and one.initrds for one in found)
    return with_initrd or "root=" in entry.cmdline or entry.id.endswith("+fallback")


def _remarks(home: Volume, entries: list[Entry], chosen: Entry | None) -> list[Diagnostic]:
    source = Source(home.name, "/")
    many = f"{len(entries)} entries" if len(entries) > 1 else "one entry"
    message = f"{many} guessed from file names: no boot configuration found"
    hint = "write one (loader/entries/*.conf, or grub-mkconfig) to have this machine boot for sure"
    said = [Diagnostic("warning", source, message, hint)]
    lost = [entry for entry in entries if not entry.cmdline]
    if lost:
        message = f"no root file system was found for {lost[0].title}"
        message += f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        hint = (
            "put root=... into /etc/kernel/cmdline or /etc/fstab of the system, or edit the entry"
        )
        said.append(Diagnostic("warning", lost[0].source, message, hint))
    if chosen is None:
        message = "nothing boots by itself: no kernel here has an initrd or a root file system"
        said.append(Diagnostic("warning", source, message, "choose an entry and edit it"))
    return said
