"""Exit statuses: GRUB's error numbers, which `$?` shows (include/grub/err.h)."""

OK = 0
FALSE = 1
FILE_NOT_FOUND = 5
UNKNOWN_FS = 8
BAD_NUMBER = 10
UNKNOWN_DEVICE = 12
BAD_DEVICE = 13
UNKNOWN_COMMAND = 16
INVALID_COMMAND = 17
BAD_ARGUMENT = 18
NO_KERNEL = 22
MENU = 27
