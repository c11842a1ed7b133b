"""The thin, typed layer over system calls, /sys and /proc: the only place with ctypes."""
