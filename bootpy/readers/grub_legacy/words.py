"""The commands of GRUB legacy, by what they mean to a reader.

Source: the table in stage2/builtins.c of GRUB 0.97, and the manual; `uuid`, `quiet`,
`gfxmenu` and kin are patches that distributions carried.
"""

STARTING = frozenset(
    (
        "root",
        "rootnoverify",
        "uuid",
        "kernel",
        "initrd",
        "module",
        "modulenounzip",
        "chainloader",
        "configfile",
        "boot",
        "halt",
        "reboot",
        "savedefault",
        "find",
    )
)
"""What an entry starts, and from where."""

SETTINGS = frozenset(("default", "timeout", "fallback"))
"""What the menu does by itself."""

_CHANGING_DISKS = frozenset(
    ("embed", "hide", "install", "makeactive", "map", "partnew", "parttype", "setup", "unhide")
)

_WITHOUT_EFFECT = frozenset(
    (
        "background",
        "blocklist",
        "bootp",
        "cat",
        "clear",
        "cmp",
        "color",
        "debug",
        "device",
        "dhcp",
        "displayapm",
        "displaymem",
        "foreground",
        "fstest",
        "geometry",
        "gfxmenu",
        "help",
        "hiddenmenu",
        "ifconfig",
        "impsprobe",
        "ioprobe",
        "lock",
        "md5crypt",
        "pager",
        "password",
        "pause",
        "pxe",
        "quiet",
        "rarp",
        "read",
        "serial",
        "setkey",
        "shade",
        "splashimage",
        "terminal",
        "terminfo",
        "testload",
        "testvbe",
        "tftpserver",
        "title",
        "unset",
        "uppermem",
        "vbeprobe",
        "verbose",
        "viewport",
        "wait",
    )
)

COMMANDS = STARTING | SETTINGS | _CHANGING_DISKS | _WITHOUT_EFFECT
"""All that are known. What changes disks or asks a person is never done here."""

IN_ENTRIES_ONLY = STARTING - {"savedefault", "find"}
"""What GRUB passes over before the first title."""

KERNEL_TYPES = {"linux": "linux", "biglinux": "linux", "multiboot": "multiboot"}
"""Values of `kernel --type` that can be started; the others are BSD's kernels."""
