"""GRUB's configuration: its script language read by lexer, parser and evaluator.

    lexer, syntax, parser, salvage    text to statements, and on past what is broken
    expansion, wildcard               words to arguments
    variables, devices, grubenv       what scripts read and set
    evaluator, commands_*             what scripts do
    menu, defaults, walk, reader      from menus to entries and configurations

Sources: the GRUB manual; grub-core/script, grub-core/normal and grub-core/commands of
GRUB 2.06, whose behaviour was compared with grub-emu.
"""
