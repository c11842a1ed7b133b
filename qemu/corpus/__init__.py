"""Recipes of tests/corpus: configuration that Debian's own generators write, recorded."""
