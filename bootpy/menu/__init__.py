"""The menu on a terminal or a bare serial line."""
