//! The local APIC's timer and the I/O APIC's one line that the kernel uses: COM1.
//!
//! Sources: Intel SDM vol. 3 "Advanced Programmable Interrupt Controller", Intel 82093AA data sheet.

use crate::paging::map_mmio;
use crate::time;
use crate::trap::{VECTOR_SERIAL, VECTOR_SPURIOUS, VECTOR_TIMER};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};
use x86_64::instructions::port::Port;
use x86_64::registers::model_specific::ApicBase;

/// A window of 32-bit device registers.
struct Registers(NonNull<u8>);

// SAFETY: device registers at a fixed mapping; each access is one volatile instruction.
unsafe impl Sync for Registers {}
// SAFETY: as above.
unsafe impl Send for Registers {}

impl Registers {
    fn read(&self, offset: usize) -> u32 {
        // SAFETY: callers give offsets of registers in the one mapped page.
        let register = unsafe { self.0.add(offset) };
        // SAFETY: mapped device memory, aligned.
        unsafe { register.cast::<u32>().read_volatile() }
    }

    fn write(&self, offset: usize, value: u32) {
        // SAFETY: as in `read`.
        let register = unsafe { self.0.add(offset) };
        // SAFETY: as in `read`.
        unsafe { register.cast::<u32>().write_volatile(value) };
    }
}

static LOCAL: spin::Once<Registers> = spin::Once::new();
static TICKS_PER_MS: AtomicU64 = AtomicU64::new(0);

const ID: usize = 0x20;
const TASK_PRIORITY: usize = 0x80;
const END_OF_INTERRUPT: usize = 0xB0;
const SPURIOUS: usize = 0xF0;
const LVT_TIMER: usize = 0x320;
const INITIAL_COUNT: usize = 0x380;
const CURRENT_COUNT: usize = 0x390;
const DIVIDE: usize = 0x3E0;

fn local() -> &'static Registers {
    LOCAL.get().expect("apic::init runs at boot")
}

/// Mask the old interrupt controllers, enable the local APIC, calibrate clock and timer.
pub(crate) fn init(entry_tsc: u64) {
    for data_port in [0x21_u16, 0xA1] {
        // SAFETY: the mask register of an 8259: all lines off.
        unsafe { Port::new(data_port).write(0xFF_u8) };
    }
    let (base, flags) = ApicBase::read();
    // SAFETY: the local APIC at the base it has.
    unsafe {
        ApicBase::write(
            base,
            flags | x86_64::registers::model_specific::ApicBaseFlags::LAPIC_ENABLE,
        )
    };
    let registers = LOCAL.call_once(|| Registers(map_mmio(base.start_address().as_u64(), 4096)));
    registers.write(TASK_PRIORITY, 0);
    registers.write(SPURIOUS, 0x100 | u32::from(VECTOR_SPURIOUS));
    registers.write(DIVIDE, 0b0011); // by 16
    registers.write(LVT_TIMER, 1 << 16 | u32::from(VECTOR_TIMER));
    registers.write(INITIAL_COUNT, u32::MAX);
    let calibration = time::calibrate(entry_tsc, || registers.read(CURRENT_COUNT));
    registers.write(INITIAL_COUNT, 0);
    registers.write(LVT_TIMER, u32::from(VECTOR_TIMER));
    TICKS_PER_MS.store(calibration.apic_ticks_per_ms, Ordering::Relaxed);
}

pub(crate) fn end_of_interrupt() {
    local().write(END_OF_INTERRUPT, 0);
}

/// Ask for one timer interrupt in `after_ns`; a later call replaces it.
pub fn set_timer(after_ns: u64) {
    let ticks = u128::from(after_ns) * u128::from(TICKS_PER_MS.load(Ordering::Relaxed)) / 1_000_000;
    let ticks = u32::try_from(ticks).unwrap_or(u32::MAX).max(1);
    local().write(INITIAL_COUNT, ticks);
}

/// No timer interrupt until the next [`set_timer`].
pub fn stop_timer() {
    local().write(INITIAL_COUNT, 0);
}

/// Send COM1's interrupt (ISA line 4) to this CPU. `io_apic` is its physical address and `line` the
/// input that ISA line 4 is wired to, both from the ACPI tables.
pub(crate) fn route_serial(io_apic: u64, line: u32) {
    let registers = Registers(map_mmio(io_apic, 32));
    let write = |register: u32, value: u32| {
        registers.write(0, register);
        registers.write(16, value);
    };
    let entry = 0x10 + 2 * line;
    let this_cpu = local().read(ID) & 0xFF00_0000;
    write(entry + 1, this_cpu);
    write(entry, u32::from(VECTOR_SERIAL));
}
