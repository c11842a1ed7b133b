"""Which of libblkid's superblock types are looked for at once, and which only at need.

Each is an array as blkid_probe_filter_superblocks_type takes it. Names and what they cost:
libblkid/src/superblocks of util-linux 2.38.
"""

import ctypes

Types = ctypes.Array[ctypes.c_char_p]


def _types(*names: bytes) -> Types:
    return (ctypes.c_char_p * (len(names) + 1))(*names, None)


LUKS = _types(b"crypto_LUKS")
LUKS_MAGIC = b"LUKS\xba\xbe"
"""What the first header begins with; the second ones begin otherwise."""

# LUKS has second headers in nine places, for when the first is destroyed; the log of an XFS that
# lies on another device is looked for in each block of 256 KiB, and what Promise's controllers
# write in nine places.
COSTLY = _types(b"crypto_LUKS", b"xfs_external_log", b"promise_fasttrack_raid_member")
"""What is left out at first, and looked for where nothing else was found."""

_ARRAYS = b"linux ddf isw lsi_mega via silicon_medley nvidia hpt45x hpt37x adaptec jmicron"
_VOLUMES = b"drbd LVM1_member LVM2_member VMFS_volume_member ubi stratis"

BESIDE_A_TABLE = _types(
    *(name + b"_raid_member" for name in _ARRAYS.split()), *_VOLUMES.split(), b"iso9660", b"udf"
)
"""What can be on a disk as a whole together with a GPT that is in use.

The disks of an array, and images that are written to CDs and to sticks alike. What else has its
superblock there is a former content's, of which the table has left some.
"""
