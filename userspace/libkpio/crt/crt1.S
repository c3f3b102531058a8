/*
 * The first instructions of every program, static and static-PIE alike: the kernel has applied all relocations before it
 * starts the program, so this is crt1.o and rcrt1.o in one.
 *
 * At entry rsp points at argc and is a multiple of 16 (System V ABI, AMD64 supplement, "Process Initialization"); every
 * other register holds 0. `__libc_start_main(main, argc, argv, 0, 0, 0)` does not return.
 */
	.text
	.globl _start
	.type _start, @function
_start:
	.cfi_startproc
	.cfi_undefined rip
	xorl	%ebp, %ebp
	movl	(%rsp), %esi
	leaq	8(%rsp), %rdx
	movq	main@GOTPCREL(%rip), %rdi
	xorl	%ecx, %ecx
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	andq	$-16, %rsp
	call	__libc_start_main
	ud2
	.cfi_endproc
	.size _start, . - _start

	.section .note.GNU-stack, "", @progbits
