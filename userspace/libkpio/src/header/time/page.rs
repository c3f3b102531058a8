//! The clock without a call: the kernel's page says how the processor's counter is read.

use kpio_abi::flags::{
    CLOCK_BOOTTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_COARSE, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME,
    CLOCK_REALTIME_COARSE,
};
use kpio_abi::types::ClockPage;

/// The version of the page that is understood here.
const VERSION: u32 = 1;

/// What `clock` shows, in nanoseconds, if the page can tell.
pub fn now_ns(clock: u32) -> Option<u64> {
    let page = page()?;
    let since_entry = elapsed_ns(&page, tsc());
    match clock {
        CLOCK_MONOTONIC | CLOCK_MONOTONIC_RAW | CLOCK_MONOTONIC_COARSE | CLOCK_BOOTTIME => {
            Some(since_entry)
        }
        CLOCK_REALTIME | CLOCK_REALTIME_COARSE => {
            Some(page.realtime_at_entry_ns.wrapping_add(since_entry))
        }
        _ => None,
    }
}

/// Nanoseconds between kernel entry and the counter's value `tsc`.
fn elapsed_ns(page: &ClockPage, tsc: u64) -> u64 {
    let ticks = tsc.saturating_sub(page.entry_tsc);
    let product = u128::from(ticks) * u128::from(page.ns_per_tick);
    u64::try_from(product >> 32).unwrap_or(u64::MAX)
}

#[cfg(target_vendor = "kpio")]
fn page() -> Option<ClockPage> {
    use kpio_abi::memory::USER_CLOCK_PAGE;

    let page = core::ptr::with_exposed_provenance::<ClockPage>(USER_CLOCK_PAGE);
    // SAFETY: the kernel maps the page into every program, to be read; its content never changes.
    let page = unsafe { page.read() };
    (page.version == VERSION).then_some(page)
}

#[cfg(not(target_vendor = "kpio"))]
fn page() -> Option<ClockPage> {
    let _ = VERSION;
    None
}

fn tsc() -> u64 {
    // SAFETY: reads a counter; every x86-64 CPU has it, and KPIO lets programs read it.
    unsafe { core::arch::x86_64::_rdtsc() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_nanoseconds_without_overflow() {
        let page = ClockPage {
            version: VERSION,
            entry_tsc: 1000,
            ns_per_tick: 1 << 31,
            ..ClockPage::default()
        };
        assert_eq!(elapsed_ns(&page, 1000), 0);
        assert_eq!(elapsed_ns(&page, 999), 0, "never before entry");
        assert_eq!(elapsed_ns(&page, 1010), 5);
        assert_eq!(elapsed_ns(&page, u64::MAX), (u64::MAX - 1000) / 2);
    }
}
