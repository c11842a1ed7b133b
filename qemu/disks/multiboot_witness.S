# A Multiboot kernel that tells what it was handed: it prints the registers with which it was
# entered, then the bytes of memory that it is asked for on the serial line: ADDRESS LENGTH, eight
# hexadecimal digits each. Both versions' headers; it does without any memory but its own.

	.set	PORT, 0x3f8
	.set	LENGTH, header_end - header

	.code32
	.text
	.globl	start
	.balign	8
	.long	0x1badb002, 7, -(0x1badb002 + 7)
	.balign	8
header:
	.long	0xe85250d6, 0, LENGTH, -(0xe85250d6 + LENGTH)
	.word	1, 0		# what it asks for: sizes and map of memory
	.long	16, 4, 6
	.word	1, 1		# and if it can be had: the screen, ELF's sections, ACPI
	.long	24, 8, 9, 14, 15
	.word	6, 0		# modules at pages
	.long	8
	.word	0, 0
	.long	8
header_end:

start:
	movl	$stack_end, %esp
	pushf
	pushl	%ds
	pushl	%cs
	movl	%cr4, %ecx
	pushl	%ecx
	movl	%cr0, %ecx
	pushl	%ecx
	pushl	%ebx
	pushl	%eax
	movl	$hello, %esi
1:	lodsb
	testb	%al, %al
	jz	2f
	call	put
	jmp	1b
2:	movl	$7, %edi	# the registers pushed, the last one first
3:	popl	%eax
	call	put_long
	movb	$' ', %al
	call	put
	decl	%edi
	jnz	3b

next:	movb	$'\n', %al
	call	put
	movb	$'>', %al
	call	put
	call	get_long
	movl	%eax, %esi
	call	get_long
	movl	%eax, %edi
1:	testl	%edi, %edi
	jz	next
	lodsb
	call	put_byte
	decl	%edi
	jmp	1b

put:	movl	%eax, %ecx	# writes AL
	movw	$PORT + 5, %dx
1:	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	movl	%ecx, %eax
	movw	$PORT, %dx
	outb	%al, %dx
	ret

put_byte:			# writes AL as two digits
	pushl	%eax
	shrb	$4, %al
	call	digit
	popl	%eax
	andb	$15, %al
digit:	cmpb	$10, %al
	jb	1f
	addb	$'a' - '0' - 10, %al
1:	addb	$'0', %al
	jmp	put

put_long:			# writes EAX as eight digits
	movl	$4, %ebx
1:	roll	$8, %eax
	pushl	%eax
	call	put_byte
	popl	%eax
	decl	%ebx
	jnz	1b
	ret

get_long:			# reads eight digits into EAX, whatever stands between them
	xorl	%ebx, %ebx
	movl	$8, %ecx
1:	movw	$PORT + 5, %dx
	inb	%dx, %al
	testb	$1, %al
	jz	1b
	movw	$PORT, %dx
	inb	%dx, %al
	subb	$'0', %al
	jb	1b
	cmpb	$10, %al
	jb	2f
	subb	$'a' - '0' - 10, %al
	cmpb	$16, %al
	jae	1b
2:	movzbl	%al, %eax
	shll	$4, %ebx
	orl	%eax, %ebx
	decl	%ecx
	jnz	1b
	movl	%ebx, %eax
	ret

hello:	.asciz	"\nWITNESS "

	.bss
	.skip	4096
stack_end:
