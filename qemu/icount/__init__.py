"""Boots counted in guest instructions, each with what the console showed at which count.

`machine` describes a machine that always does the same, `run` runs it with the plugin of
`count.c`, which `compiling` builds.
"""
