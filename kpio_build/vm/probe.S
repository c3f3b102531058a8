# The program an accelerator has to finish before it is trusted with a guest.
#
# It does what made guests hang under accelerators that looked usable: it turns on paging and long
# mode, takes interrupts from a timer it has programmed, and computes between them. Only then does it
# write the exit code of success. EXIT_PORT and EXIT_SUCCESS are defined by whoever assembles this.
#
# Source: Intel SDM vol. 3 "Initializing IA-32e Mode", "Interrupt Descriptor Table"; Intel 8254 and
# 8259A data sheets; Xen "PVH direct boot ABI" for the entry: 32-bit, flat segments, no paging.

        .set    TICKS, 20
        .set    PIT_DIVISOR, 1193       # 1 ms
        .set    CODE64, 0x08

        .section .note.Xen, "a", @note
        .align  4
        .long   4, 4, 18                # name, descriptor, XEN_ELFNOTE_PHYS32_ENTRY
        .asciz  "Xen"
        .long   start

        .text
        .code32
        .globl  start
start:  cli
        cld
        movl    $stack_top, %esp

        # Identity map of the first GiB with 2 MiB pages.
        movl    $(pdpt + 3), pml4
        movl    $(pd + 3), pdpt
        movl    $pd, %edi
        movl    $0x83, %eax
1:      movl    %eax, (%edi)
        movl    $0, 4(%edi)
        addl    $8, %edi
        addl    $0x200000, %eax
        cmpl    $0x40000083, %eax
        jne     1b

        movl    %cr4, %eax
        orl     $0x20, %eax             # PAE
        movl    %eax, %cr4
        movl    $pml4, %eax
        movl    %eax, %cr3
        movl    $0xC0000080, %ecx       # EFER
        rdmsr
        orl     $0x100, %eax            # LME
        wrmsr
        movl    %cr0, %eax
        orl     $0x80000001, %eax       # PG, PE
        movl    %eax, %cr0
        lgdt    gdt_pointer
        ljmp    $CODE64, $long_mode

        .code64
long_mode:
        xorl    %eax, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss

        # Vector 0x20, the timer: an interrupt gate to `tick`.
        movl    $idt, %edi
        movl    $tick, %eax
        movw    %ax, 0x200(%rdi)
        movw    $CODE64, 0x202(%rdi)
        movw    $0x8E00, 0x204(%rdi)
        shrl    $16, %eax
        movw    %ax, 0x206(%rdi)
        lidt    idt_pointer

        # Both interrupt controllers to vectors 0x20 and up; only the timer is let through.
        movb    $0x11, %al
        outb    %al, $0x20
        outb    %al, $0xA0
        movb    $0x20, %al
        outb    %al, $0x21
        movb    $0x28, %al
        outb    %al, $0xA1
        movb    $4, %al
        outb    %al, $0x21
        movb    $2, %al
        outb    %al, $0xA1
        movb    $1, %al
        outb    %al, $0x21
        outb    %al, $0xA1
        movb    $0xFE, %al
        outb    %al, $0x21
        movb    $0xFF, %al
        outb    %al, $0xA1

        # Timer 0, rate generator.
        movb    $0x34, %al
        outb    %al, $0x43
        movb    $(PIT_DIVISOR & 0xFF), %al
        outb    %al, $0x40
        movb    $(PIT_DIVISOR >> 8), %al
        outb    %al, $0x40

        xorl    %ebx, %ebx              # ticks seen
        movl    $1, %ecx                # something to compute
        sti
2:      hlt
        imull   $1664525, %ecx, %ecx
        addl    $1013904223, %ecx
        cmpl    $TICKS, %ebx
        jb      2b
        cli

        movw    $EXIT_PORT, %dx
        movw    $EXIT_SUCCESS, %ax
        outw    %ax, %dx
3:      hlt
        jmp     3b

tick:   pushq   %rax
        incl    %ebx
        movb    $0x20, %al              # end of interrupt
        outb    %al, $0x20
        popq    %rax
        iretq

        .section .rodata
        .align  8
gdt:    .quad   0
        .quad   0x00AF9A000000FFFF      # 64-bit code
gdt_pointer:
        .word   . - gdt - 1
        .long   gdt
idt_pointer:
        .word   0x20F
        .long   idt, 0

        .bss
        .align  4096
pml4:   .skip   4096
pdpt:   .skip   4096
pd:     .skip   4096
idt:    .skip   4096
        .skip   4096
stack_top:
