"""The names that recorded systems are given, so that recording again gives the same bytes."""

PINS: dict[str, str] = {
    "DISK_A": "d15c0000-0000-4000-8000-00000000000a",
    "DISK_B": "d15c0000-0000-4000-8000-00000000000b",
    "PART_ESP": "9a270000-0000-4000-8000-0000000000e5",
    "PART_BIOS": "9a270000-0000-4000-8000-0000000000b1",
    "PART_BOOT": "9a270000-0000-4000-8000-0000000000b0",
    "PART_ROOT": "9a270000-0000-4000-8000-000000000007",
    "PART_TWIN": "9a270000-0000-4000-8000-000000000008",
    "PART_OTHER": "9a270000-0000-4000-8000-000000000009",
    "ESP": "E5B0-07A1",
    "BOOT": "b0070000-1111-4111-8111-000000000001",
    "ROOT": "70070000-2222-4222-8222-000000000002",
    "OTHER": "07e70000-3333-4333-8333-000000000003",
    "LUKS": "1c500000-4444-4444-8444-000000000004",
    "ARRAY": "a55a0000:55554555:85550000:00000005",
    "PV": "pvpvpv-pvpv-pvpv-pvpv-pvpv-pvpv-pvpv01",
    "VG": "vgvgvg-vgvg-vgvg-vgvg-vgvg-vgvg-vgvg01",
    "LV": "lvlvlv-lvlv-lvlv-lvlv-lvlv-lvlv-lvlv01",
    "NEW": "6.1.0-28-amd64",
    "OLD": "6.1.0-27-amd64",
}
"""Shell variables in the guest: UUIDs by what they name, and the versions of the kernels."""
