"""The slim userland's parts: CPython from source, and all modules frozen into one program."""
