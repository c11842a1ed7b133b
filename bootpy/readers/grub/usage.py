"""How GRUB's commands with options say that they are used (--usage)."""

SUMMARIES = {
    "cat": "FILE",
    "cmp": "FILE1 FILE2",
    "echo": "[-e|-n] STRING",
    "hashsum": "-h HASH [-c FILE [-p PREFIX]] [FILE1 [FILE2 ...]]",
    "list_env": "[-f FILE]",
    "load_env": "[-f FILE] [-s|--skip-sig] [variable_name_to_whitelist] [...]",
    "ls": "[-l|-h|-a] [FILE ...]",
    "menuentry": "BLOCK",
    "probe": "DEVICE",
    "regexp": "REGEXP STRING",
    "save_env": "[-f FILE] variable_name [...]",
    "search": "[-f|-l|-u|-s|-n] [--hint HINT [--hint HINT] ...] NAME",
    "sleep": "NUMBER_OF_SECONDS",
    "submenu": "BLOCK",
    "tr": "[OPTIONS] [SET1] [SET2] [STRING]",
}
