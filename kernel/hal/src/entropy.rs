//! Seed bytes from the CPU. Source: Intel SDM vol. 1 "Random Number Generator Instructions".

use crate::cpu::cpuid;
use core::arch::asm;

/// Eight random bytes from RDSEED or RDRAND; `None` when the CPU has neither or they fail.
#[must_use]
pub fn hardware_random() -> Option<u64> {
    let has_rdseed = cpuid(0, 0).0 >= 7 && cpuid(7, 0).1 & (1 << 18) != 0;
    let has_rdrand = cpuid(1, 0).2 & (1 << 30) != 0;
    // Intel's advice: ten tries, then call the generator broken.
    (0..10).find_map(|_| {
        let (value, is_valid): (u64, u8);
        if has_rdseed {
            // SAFETY: the CPU has RDSEED; only registers change.
            unsafe { asm!("rdseed {}", "setc {}", out(reg) value, out(reg_byte) is_valid, options(nomem, nostack)) };
        } else if has_rdrand {
            // SAFETY: the CPU has RDRAND; only registers change.
            unsafe { asm!("rdrand {}", "setc {}", out(reg) value, out(reg_byte) is_valid, options(nomem, nostack)) };
        } else {
            return None;
        }
        (is_valid != 0).then_some(value)
    })
}
