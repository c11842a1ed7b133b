"""A listing as the object that `bootpy list --json` prints; docs/list.schema.json describes it."""

from typing import Any

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Entry, File, Listing

SCHEMA = 1
"""Raised with every change of meaning, not with additions."""


def listing_object(listing: Listing, *, folded: bool = False) -> dict[str, Any]:
    """Return the whole listing as JSON's types, on demand with what was folded away."""
    away = [{"into": one.into, "entry": entry_object(one.entry)} for one in listing.folded]
    return {
        "schema": SCHEMA,
        "default": listing.default,
        "timeout": listing.timeout,
        "entries": [entry_object(entry) for entry in listing.entries],
        "writes": [
            {"volume": write.volume, "path": write.path, "variables": dict(write.variables)}
            for write in listing.writes
        ],
        "diagnostics": [diagnostic_object(said) for said in listing.diagnostics],
        **({"folded": away} if folded else {}),
    }


def diagnostic_object(said: Diagnostic) -> dict[str, Any]:
    """Return one diagnostic as JSON's types."""
    return {
        "level": said.level,
        "source": source_object(said.source) if said.source else None,
        "message": said.message,
        "hint": said.hint,
    }


def entry_object(entry: Entry) -> dict[str, Any]:
    """Return one entry as JSON's types."""
    return {
        "id": entry.id,
        "title": entry.title,
        "path": list(entry.path),
        "format": entry.format,
        "kind": entry.kind,
        "default": entry.default,
        "source": source_object(entry.source),
        "kernel": _file(entry.kernel),
        "initrds": [_file(file) for file in entry.initrds],
        "devicetree": _file(entry.devicetree),
        "overlays": [_file(file) for file in entry.overlays],
        "modules": [
            {**_present(module.file), "cmdline": module.cmdline} for module in entry.modules
        ],
        "cmdline": entry.cmdline,
        "cmdline_added": entry.cmdline_added,
        "architecture": entry.architecture,
        "version": entry.version,
        "tries": {"left": entry.tries.left, "done": entry.tries.done} if entry.tries else None,
    }


def source_object(source: Source) -> dict[str, Any]:
    """Return a place as JSON's types."""
    return {"volume": source.volume, "path": source.path, "line": source.line}


def _file(file: File | None) -> dict[str, Any] | None:
    return _present(file) if file else None


def _present(file: File) -> dict[str, Any]:
    return {
        "volume": file.volume,
        "path": file.path,
        "url": file.url,
        "wanted": file.wanted,
        "resolved": file.resolved,
        "exists": file.exists,
    }
