"""The loader's own kernel: Debian's source, a fragment of options, no modules, one file."""
