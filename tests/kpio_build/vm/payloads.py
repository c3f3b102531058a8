"""Guests of a few instructions, each of which does one thing a real guest may do."""

import zlib
from collections.abc import Mapping

from kernel_py.abi import boot
from kernel_py.abi.events import EVENT_PREFIX
from kpio_build.vm.command_line import encode

_HEAD = """
        .section .note.Xen, "a", @note
        .align  4
        .long   4, 4, 18
        .asciz  "Xen"
        .long   start
        .text
        .code32
        .globl  start
start:  cli
        cld
        movl    $stack_top, %esp
"""
_TAIL = """
        cli
9:      hlt
        jmp     9b
        .bss
        .align  16
        .skip   4096
stack_top:
"""

HANG = """
spin:   jmp     spin
"""
TRIPLE_FAULT = """
        lidt    no_idt
fault:  ud2
        .pushsection .rodata
no_idt: .word   0
        .long   0
        .popsection
"""
# ICH9's PM1a control register, where SeaBIOS puts it: sleep enable, type S5.
ACPI_POWER_OFF = """
        movw    $0x604, %dx
        movw    $0x2000, %ax
        outw    %ax, %dx
"""
# Reads COM1 and writes it back, until the byte that ends input.
ECHO_UNTIL_EOF = f"""
echo:   movw    $(CONSOLE_PORT + 5), %dx
1:      inb     %dx, %al
        testb   $1, %al
        jz      1b
        movw    $CONSOLE_PORT, %dx
        inb     %dx, %al
        cmpb    ${boot.CONSOLE_EOF}, %al
        je      2f
        movb    %al, %bl
        movw    $(CONSOLE_PORT + 5), %dx
3:      inb     %dx, %al
        testb   $0x20, %al
        jz      3b
        movw    $CONSOLE_PORT, %dx
        movb    %bl, %al
        outb    %al, %dx
        jmp     echo
2:
"""
# One sector of whatever is in memory to the first sector of the disk at the old IDE ports.
IDE_WRITE = """
        movw    $0x1F6, %dx
        movb    $0xE0, %al
        outb    %al, %dx
        movw    $0x1F2, %dx
        movb    $1, %al
        outb    %al, %dx
        xorb    %al, %al
        incw    %dx
        outb    %al, %dx
        incw    %dx
        outb    %al, %dx
        incw    %dx
        outb    %al, %dx
        movw    $0x1F7, %dx
        movb    $0x30, %al
        outb    %al, %dx
1:      inb     %dx, %al
        testb   $8, %al
        jz      1b
        movw    $0x1F0, %dx
        movl    $256, %ecx
        movl    $start, %esi
        rep outsw
"""


def program(*steps: str) -> str:
    """Return the source of a guest that does these steps, and then nothing."""
    return "".join((_HEAD, *steps, _TAIL))


def exit_with(code: int) -> str:
    """End QEMU with an exit code of the contract."""
    return f"""
        movw    $EXIT_PORT, %dx
        movw    ${code}, %ax
        outw    %ax, %dx
"""


def say(data: bytes, *, times: int = 1) -> str:
    """Write to the console, waiting for its transmitter as a driver does."""
    return f"""
        movl    ${times}, %ebx
1:      movl    ${_label(data)}, %esi
        movl    ${len(data)}, %ecx
2:      movw    $(CONSOLE_PORT + 5), %dx
3:      inb     %dx, %al
        testb   $0x20, %al
        jz      3b
        movw    $CONSOLE_PORT, %dx
        outsb
        decl    %ecx
        jnz     2b
        decl    %ebx
        jnz     1b
{_data(data)}
"""


def send_events(data: bytes) -> str:
    """Write to the events port."""
    return f"""
        movw    $EVENT_PORT, %dx
        movl    ${_label(data)}, %esi
        movl    ${len(data)}, %ecx
        rep outsb
{_data(data)}
"""


def events(*named: tuple[str, Mapping[str, object]]) -> bytes:
    """Return the lines of these events in sequence, with t_ns counting up."""
    return b"".join(
        event_line(seq, name, {"t_ns": seq * 1000, **fields})
        for seq, (name, fields) in enumerate(named)
    )


def event_line(seq: int, name: str, fields: Mapping[str, object]) -> bytes:
    """Return an event's line as the contract has it."""
    text = " ".join((name, *(f"{key}={encode(str(value))}" for key, value in fields.items())))
    checksum = zlib.crc32(f"{seq} {text}".encode())
    return f"{EVENT_PREFIX} {seq} {checksum:08x} {text}\n".encode()


def _label(data: bytes) -> str:
    return f"data_{zlib.crc32(data):08x}_{len(data)}"


def _data(data: bytes) -> str:
    values = ", ".join(map(str, data))
    return f"""
        .pushsection .rodata
{_label(data)}:
        .byte   {values}
        .popsection
"""
