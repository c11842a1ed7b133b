# What bootpy/kexec/trampoline.py holds as bytes, before its addresses are filled in.
# The state that the 64-bit boot protocol asks for (Documentation/arch/x86/boot.rst), from
# the one in which the kernel's kexec leaves the processor (relocate_kernel_64.S).

	.code64
start:
	lgdt	gdt(%rip)
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	leaq	start+0x1000(%rip), %rsp

	# Whether tables have four levels or five cannot be changed in 64-bit mode.
	movq	tables_of_4(%rip), %rax
	movq	%cr4, %rdx
	testl	$0x1000, %edx
	cmovnzq	tables_of_5(%rip), %rax
	movq	%rax, %cr3

	pushq	$0x10
	leaq	1f(%rip), %rax
	pushq	%rax
	lretq
1:
	movq	parameters(%rip), %rsi
	jmpq	*entry(%rip)

	.balign	16
gdt:	# Its first descriptor is never used: it holds the table's own size and address.
	.word	gdt_end - gdt - 1
	.quad	0
	.word	0, 0, 0
	.quad	0x00af9a000000ffff	# 0x10, code
	.quad	0x00cf92000000ffff	# 0x18, data
gdt_end:
tables_of_4:
	.quad	0
tables_of_5:
	.quad	0
parameters:
	.quad	0
entry:
	.quad	0
