//! The floating point and vector registers of user threads.
//!
//! The kernel is built without them, so they stay in the CPU over system calls and are saved only
//! when another thread takes its place. Source: Intel SDM vol. 1 "Managing State Using the XSAVE
//! Feature Set".

use crate::cpu::cpuid;
use alloc::boxed::Box;
use core::arch::asm;
use x86_64::registers::control::{Cr4, Cr4Flags};
use x86_64::registers::xcontrol::{XCr0, XCr0Flags};

/// Room for x87, SSE and AVX state and the XSAVE header; what a CPU has beyond is not enabled.
pub const STATE_BYTES: usize = 1024;

/// Bits of MXCSR that are not reserved on any CPU with SSE2.
const MXCSR_BITS: u32 = 0xFFFF;

/// Saved registers of one thread, in the form of XSAVE.
#[derive(Clone)]
#[repr(C, align(64))]
pub struct FpuState([u8; STATE_BYTES]);

impl core::fmt::Debug for FpuState {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("FpuState")
    }
}

/// Features in XCR0, or `None` where the CPU has only FXSAVE.
static FEATURES: spin::Once<Option<u64>> = spin::Once::new();

/// Enable what the CPU has of x87, SSE and AVX.
pub(crate) fn init() {
    FEATURES.call_once(|| {
        let (_, _, ecx, _) = cpuid(1, 0);
        if ecx & (1 << 26) == 0 {
            return None;
        }
        // SAFETY: the CPU has XSAVE.
        unsafe { Cr4::update(|c| c.insert(Cr4Flags::OSXSAVE)) };
        let mut features = XCr0Flags::X87 | XCr0Flags::SSE;
        let (supported_low, ..) = cpuid(13, 0);
        if ecx & (1 << 28) != 0 && u64::from(supported_low) & XCr0Flags::AVX.bits() != 0 {
            features |= XCr0Flags::AVX;
        }
        // SAFETY: CPUID offers each of the bits.
        unsafe { XCr0::write(features) };
        let (_, size_bytes, ..) = cpuid(13, 0);
        assert!(
            usize::try_from(size_bytes).is_ok_and(|s| s <= STATE_BYTES),
            "the XSAVE area of this CPU has {size_bytes} bytes, room is for {STATE_BYTES}"
        );
        Some(features.bits())
    });
}

fn features() -> Option<u64> {
    *FEATURES.get().expect("fpu::init runs at boot")
}

impl FpuState {
    /// What a thread begins with: all registers empty, exceptions masked.
    /// System V ABI for x86-64 "Registers": MXCSR 0x1F80, x87 control word 0x37F.
    #[must_use]
    pub fn new() -> Box<Self> {
        let mut state = Box::new(Self([0; STATE_BYTES]));
        state.0[0..2].copy_from_slice(&0x037F_u16.to_le_bytes());
        state.0[24..28].copy_from_slice(&0x1F80_u32.to_le_bytes());
        // XSTATE_BV: x87 and SSE come from the area, the rest is in its initial state.
        state.0[512..520].copy_from_slice(&3_u64.to_le_bytes());
        state
    }

    /// The registers of the thread that runs: what its user code left in the CPU.
    #[must_use]
    pub fn of_current() -> Box<Self> {
        let mut state = Self::new();
        state.save();
        state
    }

    /// A state from bytes that user code may have written. Whatever the CPU would refuse is made
    /// harmless: reserved bits of MXCSR, components that are not enabled, the header's reserved part.
    ///
    /// Source: Intel SDM vol. 1 "Standard Form of XRSTOR" (the conditions of #GP).
    #[must_use]
    pub fn from_user(bytes: &[u8; STATE_BYTES]) -> Box<Self> {
        let mut state = Box::new(Self(*bytes));
        for (byte, mask) in state.0[24..28].iter_mut().zip(MXCSR_BITS.to_le_bytes()) {
            *byte &= mask;
        }
        let mut components = [0; 8];
        components.copy_from_slice(&state.0[512..520]);
        let enabled = features().unwrap_or(0);
        let components = u64::from_le_bytes(components) & enabled;
        state.0[512..576].fill(0);
        state.0[512..520].copy_from_slice(&components.to_le_bytes());
        state
    }

    /// The bytes of a state, for user code.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; STATE_BYTES] {
        &self.0
    }

    /// Make it the registers of the thread that runs.
    pub fn load(&self) {
        self.restore();
    }

    /// Save the CPU's registers here.
    pub(crate) fn save(&mut self) {
        let area = self.0.as_mut_ptr();
        if features().is_some() {
            // SAFETY: the area is aligned and large enough for what XCR0 enables (checked in `init`).
            unsafe {
                asm!("xsave64 [{}]", in(reg) area, in("eax") u32::MAX, in("edx") u32::MAX, options(nostack));
            }
        } else {
            // SAFETY: the area is aligned and has more than 512 bytes.
            unsafe { asm!("fxsave64 [{}]", in(reg) area, options(nostack)) };
        }
    }

    /// Load the CPU's registers from here.
    pub(crate) fn restore(&self) {
        let area = self.0.as_ptr();
        if features().is_some() {
            // SAFETY: the area was written by `save`, `new` or `from_user`, all valid images.
            unsafe {
                asm!("xrstor64 [{}]", in(reg) area, in("eax") u32::MAX, in("edx") u32::MAX, options(nostack, readonly));
            }
        } else {
            // SAFETY: as above.
            unsafe { asm!("fxrstor64 [{}]", in(reg) area, options(nostack, readonly)) };
        }
    }
}
