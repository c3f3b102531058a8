//! Ending the machine with a status.

use crate::{acpi_tables, cpu, serial};
use kpio_abi::boot::EXIT_PORT;
use x86_64::instructions::port::Port;

/// End the machine: first through QEMU's `isa-debug-exit`, whose status reaches the host, then by
/// ACPI's soft off, then by standing still.
pub fn exit(code: u16) -> ! {
    // The exit device ends QEMU at once; what the UART still holds would be lost.
    serial::drain();
    // SAFETY: the port of the exit device, or of nothing.
    unsafe { Port::new(EXIT_PORT).write(code) };
    acpi_tables::soft_off();
    cpu::halt()
}
