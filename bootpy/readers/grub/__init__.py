"""GRUB's configuration: its script language read by lexer, parser and evaluator.

    tokens, lexer, syntax, parser     text to statements
    strict, salvage                   as GRUB reads on past what is broken, and as people want it
    expansion, wildcard               words to arguments
    variables, devices, grubenv       what scripts read and set
    evaluator, commands_*             what scripts do
    menu, defaults, walk, reader      from menus to entries and configurations
    origins                           which line gave an entry what
    desk                              one script by itself (bootpy grub-script)

Sources: the GRUB manual; grub-core/script, grub-core/normal and grub-core/commands of
GRUB 2.06, whose behaviour was compared with grub-emu.
"""
