"""Commands accepted without effect: screens, fonts, modules, keys, and what only GRUB has."""

from bootpy.readers.grub.evaluator import Action, Evaluator

_ACCEPTED = (
    "insmod rmmod lsmod loadfont lsfonts terminal_input terminal_output terminal_info terminfo "
    "serial background_image background_color play keymap sendkey hiddentimeout password "
    "password_pbkdf2 authenticate videoinfo videotest cls clear pager nativedisk cutmem "
    "badram mmap lsmmap lsapm lspci setpci hdparm cryptomount loadkeys at_keyboard drivemap "
    "parttool gptsync partnew verify_detached trust distrust list_trusted rdmsr wrmsr inb inw "
    "inl outb outw outl read_byte read_word read_dword write_byte write_word write_dword acpi "
    "fakebios loadbios dump lsefi lsefimmap lsefisystab lssal tpm net_bootp net_bootp6 "
    "net_dhcp net_add_addr net_add_dns net_add_route net_del_addr net_del_dns net_del_route "
    "net_get_dhcp_option net_ipv6_autoconf net_ls_addr net_ls_cards net_ls_dns net_ls_routes "
    "net_nslookup net_set_vlan usb legacy_initrd_nounzip spkmodem morse macppcbless "
    "mactelbless shim_lock fwconfig bootinfo hello time functional_test gdbinfo "
    "gdbstub gdbstub_break gdbstub_stop"
)


def _accept(_shell: Evaluator, _arguments: list[str]) -> int:
    return 0


ACTIONS: dict[str, Action] = dict.fromkeys(_ACCEPTED.split(), _accept)
