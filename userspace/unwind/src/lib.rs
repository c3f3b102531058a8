//! The unwinder that std links with: `_Unwind_RaiseException` and its kin, from the crate `unwinding`.
//! It finds a program's tables through `dl_iterate_phdr`.

#![no_std]

extern crate unwinding;

/// A panic in the unwinder is a defect: there is nobody left who could unwind.
#[cfg(target_vendor = "kpio")]
#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn abort() -> !;
    }
    abort()
}
