"""The patterns that were compiled when the image was built: its builder writes them here."""

TYPE_CHECKING = False  # typing imports re
if TYPE_CHECKING:
    from typing import Any

READY: "dict[tuple[str | bytes, int], tuple[Any, ...]]" = {}
