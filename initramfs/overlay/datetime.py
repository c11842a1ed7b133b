"""Takes the place of the standard library's datetime in the boot image.

The original defines everything in Python, and then replaces it by what _datetime has; from
3.12 on it does as this module does.
"""

from _datetime import *  # type: ignore[import-not-found]  # noqa: F403
