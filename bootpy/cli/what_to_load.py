"""Which kernel is to be loaded: what the arguments of `load` and `reboot` come to."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from bootpy.cli.list_text import clean, remark_lines
from bootpy.diagnostics import Diagnostic
from bootpy.entry import Configuration, Entry, Listing
from bootpy.errors import BootError
from bootpy.kexec.given import (
    entry_of_files,
    file_here,
    module_here,
    reused,
    running_cmdline,
    this_system,
)
from bootpy.volume import Volumes


class Chosen(NamedTuple):
    """An entry as it is to be loaded, and how it came about.

    `changes` say in words what the command line put in the place of the entry's own;
    `listing` and `configurations` are empty where files were given.
    """

    entry: Entry
    volumes: Volumes
    append: str = ""
    changes: tuple[str, ...] = ()
    listing: Listing = Listing()
    configurations: tuple[Configuration, ...] = ()

    def origins(self) -> Iterator[str]:
        """Give lines that say where each part came from."""
        if self.configurations:
            from bootpy.cli.explanation import explanation_of

            found = explanation_of(self.entry.id, self.listing, self.configurations, self.volumes)
            assert found is not None
            yield from found.lines()
        for change in self.changes:
            yield clean(change)

    def remarks(self) -> tuple[Diagnostic, ...]:
        """Return what is wrong with the lines that the entry's values came from."""
        places = {self.entry.source, *(one.source for one in self.entry.origins)}
        return tuple(said for said in self.listing.diagnostics if said.source in places)


@contextmanager
def chosen(given: argparse.Namespace) -> Iterator[Chosen]:
    """Find what the command line asks for; its files can be read within the block.

    BootError: no entry is called so, or none boots by itself.
    """
    if given.kernel is not None:
        from bootpy.kexec.multiboot.kind import kind_of_file

        entry = entry_of_files(given.kernel)._replace(kind=kind_of_file(given.kernel))
        changes = (f"kernel: --kernel {given.kernel}",)
        yield _changed(Chosen(entry, Volumes([this_system()]), changes=changes), given)
        return
    from bootpy.cli.list import given_volumes, this_machine
    from bootpy.policy.listing import merge
    from bootpy.readers.reading import read_all

    with given_volumes([]) as (volumes, remarks):
        configurations = read_all(volumes, this_machine(None))
        listing = merge(configurations)
        entry = named(given.entry, listing, remarks)
        everywhere = Volumes([*volumes, this_system()])
        found = Chosen(entry, everywhere, "", (), listing, tuple(configurations))
        yield _changed(found, given)


def named(words: str | None, listing: Listing, remarks: Sequence[Diagnostic] = ()) -> Entry:
    """Return the entry that `words` name, or for None the default.

    BootError: there is none; `remarks` tell what could not be looked at.
    """
    from bootpy.policy.decision import names_near, resolve

    if words is not None:
        entry = resolve(listing, words)
        if entry is not None:
            return entry
        message, hint = f"{words} names no entry that is here", names_near(listing, words)
    else:
        entry = listing.find(listing.default) if listing.default is not None else None
        if entry is not None:
            return entry
        message = "no entry boots by itself"
        hint = "name an entry (`bootpy list` shows them), or give --kernel and --initrd"
    seen = "".join(f"\n{line}" for line in remark_lines(remarks))
    raise BootError(f"{message}, so nothing is loaded", f"{hint}{seen}")


def _changed(found: Chosen, given: argparse.Namespace) -> Chosen:
    """Put in what the command line has in place of the entry's own."""
    entry, changes = found.entry, list(found.changes)
    if given.initrds:
        entry = entry._replace(initrds=tuple(file_here(path) for path in given.initrds))
        changes.append(f"initrds: --initrd {' '.join(given.initrds)}")
    if given.modules:
        if entry.kind not in {"multiboot", "multiboot2"}:
            raise BootError(
                f"{entry.kernel or entry.title} is no Multiboot kernel, and takes no modules",
                "leave --module out: a Linux kernel takes --initrd",
            )
        entry = entry._replace(modules=tuple(map(module_here, given.modules)))
        changes.append(f"modules: --module {' --module '.join(given.modules)}")
    if given.dtb is not None:
        entry = entry._replace(devicetree=file_here(given.dtb))
        changes.append(f"device tree: --dtb {given.dtb}")
    line = given.command_line
    if given.reuse_cmdline:
        line = reused(running_cmdline())
        changes.append("command line: /proc/cmdline less BOOT_IMAGE= (--reuse-cmdline)")
    elif line is not None:
        changes.append("command line: --command-line")
    if line is not None:
        entry = entry._replace(cmdline=line, cmdline_added="")
    append = " ".join(given.append)
    if append:
        changes.append(f"at the end of the command line: --append {append}")
    return found._replace(entry=entry, append=append, changes=tuple(changes))
