# What bootpy/kexec/multiboot/entry.py holds as bytes, before its addresses are filled in.
# From the 64-bit mode in which the kernel's kexec leaves the processor (relocate_kernel_64.S) to
# the state in which Multiboot kernels begin. It lies below 4 GiB, mapped to itself.

	.code64
start:
	lgdt	gdt(%rip)
	leaq	start+0x1000(%rip), %rsp
	movl	information(%rip), %ebx
	movl	magic(%rip), %esi
	movl	entry(%rip), %edi
	pushq	$0x10
	leaq	1f(%rip), %rax
	pushq	%rax
	lretq

	.code32
1:	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs

	# Without paging the processor is out of long mode; then the mode may be forgotten, and
	# page tables of five levels with it.
	movl	%cr0, %eax
	andl	$0x7fffffff, %eax
	movl	%eax, %cr0
	movl	$0xc0000080, %ecx
	rdmsr
	andl	$0xfffffeff, %eax
	wrmsr
	xorl	%eax, %eax
	movl	%eax, %cr4

	movl	%esi, %eax
	jmp	*%edi

	.balign	16
gdt:	# Its first descriptor is never used: it holds the table's own size and address.
	.word	gdt_end - gdt - 1
	.quad	0
	.word	0, 0, 0
	.quad	0x00cf9a000000ffff	# 0x10, code
	.quad	0x00cf92000000ffff	# 0x18, data
gdt_end:
information:
	.long	0
magic:
	.long	0
entry:
	.long	0
