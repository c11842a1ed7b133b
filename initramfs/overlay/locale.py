"""Takes the place of the standard library's locale in the boot image.

subprocess imports it, and asks for one encoding. The original brings a table of the world's
locales, of which the image has none, and compiles a regular expression when it is imported.
"""

from _locale import *  # noqa: F403
from _locale import getencoding


def getpreferredencoding(do_setlocale: bool = True) -> str:
    """Return the encoding of text files: with UTF-8 mode, and without locales, UTF-8."""
    import sys

    return "utf-8" if sys.flags.utf8_mode else getencoding()
