"""Crash dumps: what a kernel that panicked left in memory, and how it is saved."""
