//! Time: the TSC as the clock, calibrated once against the PIT.

use core::sync::atomic::{AtomicU64, Ordering};
use kpio_abi::types::ClockPage;
use x86_64::instructions::port::Port;

/// Frequency of the PIT's input. Intel 8254 data sheet.
const PIT_HZ: u64 = 1_193_182;
/// How long the calibration watches the PIT, in its ticks: about 5 ms.
const CALIBRATION_TICKS: u16 = 5966;

static ENTRY_TSC: AtomicU64 = AtomicU64::new(0);
/// Nanoseconds a TSC tick, as a fraction of 2^32.
static NS_PER_TICK: AtomicU64 = AtomicU64::new(0);
/// Wall clock at kernel entry, in ns since 1970.
static REALTIME_AT_ENTRY_NS: AtomicU64 = AtomicU64::new(0);

/// The time stamp counter.
#[must_use]
pub fn tsc() -> u64 {
    // SAFETY: reads a counter; every x86-64 CPU has it.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// Nanoseconds since kernel entry; 0 until the clock is calibrated.
#[must_use]
pub fn now_ns() -> u64 {
    let ticks = tsc().saturating_sub(ENTRY_TSC.load(Ordering::Relaxed));
    let product = u128::from(ticks) * u128::from(NS_PER_TICK.load(Ordering::Relaxed));
    u64::try_from(product >> 32).unwrap_or(u64::MAX)
}

/// Nanoseconds since 1970-01-01 UTC.
#[must_use]
pub fn realtime_ns() -> u64 {
    REALTIME_AT_ENTRY_NS.load(Ordering::Relaxed) + now_ns()
}

/// How the clock is read, for programs that do it themselves.
#[must_use]
pub fn clock_page() -> ClockPage {
    ClockPage {
        version: 1,
        entry_tsc: ENTRY_TSC.load(Ordering::Relaxed),
        ns_per_tick: NS_PER_TICK.load(Ordering::Relaxed),
        realtime_at_entry_ns: REALTIME_AT_ENTRY_NS.load(Ordering::Relaxed),
        ..ClockPage::default()
    }
}

/// Frequencies found by the calibration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calibration {
    pub apic_ticks_per_ms: u64,
}

/// Start the clock. `apic_counter` reads the local APIC's running down-counter.
pub(crate) fn calibrate(entry_tsc: u64, apic_counter: impl Fn() -> u32) -> Calibration {
    let (tsc_before, apic_before) = (tsc(), apic_counter());
    pit_wait();
    let (tsc_ticks, apic_ticks) = (tsc() - tsc_before, apic_before.wrapping_sub(apic_counter()));
    let elapsed_ns = u64::from(CALIBRATION_TICKS) * 1_000_000_000 / PIT_HZ;
    ENTRY_TSC.store(entry_tsc, Ordering::Relaxed);
    NS_PER_TICK.store((elapsed_ns << 32) / tsc_ticks.max(1), Ordering::Relaxed);
    let apic_ticks_per_ms = u64::from(apic_ticks) * 1_000_000 / elapsed_ns;
    let since_entry = now_ns();
    REALTIME_AT_ENTRY_NS.store(rtc_ns().saturating_sub(since_entry), Ordering::Relaxed);
    Calibration {
        apic_ticks_per_ms: apic_ticks_per_ms.max(1),
    }
}

/// Let PIT channel 2 count down from `CALIBRATION_TICKS`, and wait until it is through.
fn pit_wait() {
    let mut gate: Port<u8> = Port::new(0x61);
    let mut command: Port<u8> = Port::new(0x43);
    let mut data: Port<u8> = Port::new(0x42);
    let [low, high] = CALIBRATION_TICKS.to_le_bytes();
    // SAFETY: the PIT's gate: channel 2 counts, the speaker is off.
    let old = unsafe { gate.read() };
    // SAFETY: as above.
    unsafe { gate.write((old & !0x02) | 0x01) };
    // SAFETY: channel 2, low and high byte, mode 0, binary.
    unsafe { command.write(0xB0) };
    // SAFETY: the count's low byte.
    unsafe { data.write(low) };
    // SAFETY: its high byte: counting begins.
    unsafe { data.write(high) };
    // SAFETY: bit 5 is the channel's output, high when the count is through.
    while unsafe { gate.read() } & 0x20 == 0 {
        core::hint::spin_loop();
    }
}

fn cmos(register: u8) -> u8 {
    // SAFETY: selects a register of the real time clock, NMI stays enabled.
    unsafe { Port::new(0x70).write(register) };
    // SAFETY: reads it.
    unsafe { Port::new(0x71).read() }
}

/// The real time clock in ns since 1970. MC146818 data sheet "Time, Calendar and Alarm Locations".
fn rtc_ns() -> u64 {
    let read = || {
        while cmos(0x0A) & 0x80 != 0 {
            core::hint::spin_loop();
        }
        [0x00, 0x02, 0x04, 0x07, 0x08, 0x09].map(cmos)
    };
    // Two equal readings: no update fell in between.
    let mut raw = read();
    loop {
        let again = read();
        if again == raw {
            break;
        }
        raw = again;
    }
    let is_binary = cmos(0x0B) & 0x04 != 0;
    let [second, minute, hour, day, month, year] = raw.map(|v| {
        i64::from(if is_binary {
            v
        } else {
            (v >> 4) * 10 + (v & 15)
        })
    });
    let days = days_since_1970(2000 + year, month, day);
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
    u64::try_from(seconds).unwrap_or(0) * 1_000_000_000
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March, so that the leap day comes last.
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}
