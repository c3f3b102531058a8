//! The few facts the kernel takes from the ACPI tables: interrupt routing and soft off.
//!
//! Source: ACPI specification "Multiple APIC Description Table", "Fixed ACPI Description Table".
//! The byte code (AML) is not interpreted.

use crate::memory::to_usize;
use crate::paging::map_mmio;
use acpi::sdt::fadt::Fadt;
use acpi::sdt::madt::{Madt, MadtEntry};
use acpi::{AcpiTables, Handler, PciAddress, PhysicalMapping};
use core::sync::atomic::{AtomicU16, Ordering};
use x86_64::instructions::port::Port;

/// What the rest of the machine layer needs.
pub(crate) struct Facts {
    /// Physical address of the first I/O APIC.
    pub io_apic: u64,
    /// Its input that ISA line 4 (COM1) is wired to.
    pub serial_line: u32,
}

/// Port of PM1a control, 0 when unknown.
static PM1A_CONTROL: AtomicU16 = AtomicU16::new(0);

const COM1_ISA_LINE: u8 = 4;

/// Reads tables through kernel mappings. Firmware puts them in RAM or in reserved memory, so they
/// are mapped like devices; the few mappings stay.
#[derive(Clone, Copy)]
struct TableReader;

macro_rules! not_used {
    ($($name:ident($($arg:ident: $type:ty),*) $(-> $ret:ty)?;)*) => {
        $(fn $name(&self, $($arg: $type),*) $(-> $ret)? {
            $(let _ = $arg;)*
            unreachable!("only the AML interpreter calls this, and it is not built in")
        })*
    };
}

impl Handler for TableReader {
    unsafe fn map_physical_region<T>(&self, phys: usize, size: usize) -> PhysicalMapping<Self, T> {
        PhysicalMapping {
            physical_start: phys,
            virtual_start: map_mmio(phys as u64, size).cast(),
            region_length: size,
            mapped_length: size,
            handler: *self,
        }
    }

    fn unmap_physical_region<T>(_region: &PhysicalMapping<Self, T>) {}

    not_used! {
        read_u8(a: usize) -> u8;
        read_u16(a: usize) -> u16;
        read_u32(a: usize) -> u32;
        read_u64(a: usize) -> u64;
        write_u8(a: usize, v: u8);
        write_u16(a: usize, v: u16);
        write_u32(a: usize, v: u32);
        write_u64(a: usize, v: u64);
        read_io_u8(p: u16) -> u8;
        read_io_u16(p: u16) -> u16;
        read_io_u32(p: u16) -> u32;
        write_io_u8(p: u16, v: u8);
        write_io_u16(p: u16, v: u16);
        write_io_u32(p: u16, v: u32);
        read_pci_u8(a: PciAddress, o: u16) -> u8;
        read_pci_u16(a: PciAddress, o: u16) -> u16;
        read_pci_u32(a: PciAddress, o: u16) -> u32;
        write_pci_u8(a: PciAddress, o: u16, v: u8);
        write_pci_u16(a: PciAddress, o: u16, v: u16);
        write_pci_u32(a: PciAddress, o: u16, v: u32);
        nanos_since_boot() -> u64;
        stall(us: u64);
        sleep(ms: u64);
    }
}

/// Read the tables behind the RSDP at physical address `rsdp`.
///
/// # Errors
/// A sentence for the log; the machine works without, but for console input and soft off.
pub(crate) fn init(rsdp: u64) -> Result<Facts, &'static str> {
    if rsdp == 0 {
        return Err("no ACPI tables: no console input");
    }
    // SAFETY: the front gives the address that firmware calls the RSDP; the crate checks signature
    // and checksum.
    let tables = unsafe { AcpiTables::from_rsdp(TableReader, to_usize(rsdp)) }
        .map_err(|_| "ACPI tables are damaged: no console input")?;
    if let Some(fadt) = tables.find_table::<Fadt>() {
        let port = fadt
            .pm1a_control_block()
            .ok()
            .map_or(0, |block| block.address);
        PM1A_CONTROL.store(u16::try_from(port).unwrap_or(0), Ordering::Relaxed);
    }
    let madt = tables
        .find_table::<Madt>()
        .ok_or("no ACPI MADT: no console input")?;
    let mut facts = Facts {
        io_apic: 0,
        serial_line: u32::from(COM1_ISA_LINE),
    };
    for entry in madt.get().entries() {
        match entry {
            MadtEntry::IoApic(io_apic) if facts.io_apic == 0 => {
                facts.io_apic = u64::from(io_apic.io_apic_address);
            }
            MadtEntry::InterruptSourceOverride(o) if o.irq == COM1_ISA_LINE => {
                facts.serial_line = o.global_system_interrupt;
            }
            _ => {}
        }
    }
    if facts.io_apic == 0 {
        Err("no I/O APIC: no console input")
    } else {
        Ok(facts)
    }
}

/// Ask for the state S5. Sleep type 0 is QEMU's; other machines state theirs in AML, which is not
/// interpreted, and stay on.
pub(crate) fn soft_off() {
    const SLEEP_ENABLE: u16 = 1 << 13;
    let port = PM1A_CONTROL.load(Ordering::Relaxed);
    if port != 0 {
        // SAFETY: the port that the FADT names for this purpose.
        unsafe { Port::new(port).write(SLEEP_ENABLE) };
    }
}
