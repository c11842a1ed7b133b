"""The manual page and the shells' completions, made of the command line's own parsers."""
