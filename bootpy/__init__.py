"""bootpy: a Linux-based boot loader that a person can read, script and test."""

__version__ = "0.1.0"
