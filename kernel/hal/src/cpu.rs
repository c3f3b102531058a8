//! One CPU: descriptor tables, the per-CPU block, and the hardening switches.

use core::cell::UnsafeCell;
use core::mem::offset_of;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use x86_64::VirtAddr;
use x86_64::instructions::segmentation::{CS, DS, ES, FS, GS, SS, Segment};
use x86_64::instructions::tables::load_tss;
use x86_64::registers::control::{Cr0, Cr0Flags, Cr4, Cr4Flags, Efer, EferFlags};
use x86_64::registers::model_specific::{GsBase, KernelGsBase, LStar, SFMask, Star};
use x86_64::registers::rflags::RFlags;
use x86_64::structures::gdt::{Descriptor, GlobalDescriptorTable, SegmentSelector};
use x86_64::structures::tss::TaskStateSegment;

/// Interrupt stack of the double fault: index in the TSS's table.
pub(crate) const IST_DOUBLE_FAULT: u16 = 0;
/// Interrupt stack of NMI and machine check.
pub(crate) const IST_NMI: u16 = 1;
/// Interrupt stack of #DB, which user code can aim at the first instruction of the kernel.
pub(crate) const IST_DEBUG: u16 = 2;

const IST_STACK_BYTES: usize = 16 * 1024;

/// Memory that only the CPU writes; the cell keeps it out of read-only data.
#[repr(C, align(16))]
struct IstStack(UnsafeCell<[u8; IST_STACK_BYTES]>);

// SAFETY: no Rust code ever looks inside.
unsafe impl Sync for IstStack {}

/// What the trap entries reach through GS. The assembly in `trap` and `user` uses these offsets.
#[repr(C)]
pub(crate) struct PerCpu {
    /// Stack pointer to return to from user mode: the frame of `user::enter`.
    pub kernel_rsp: UnsafeCell<u64>,
    /// The `UserContext` that is running, or was last.
    pub user_context: UnsafeCell<u64>,
    /// Room for the user's stack pointer in the SYSCALL entry.
    pub scratch: UnsafeCell<u64>,
    pub tss: UnsafeCell<TaskStateSegment>,
    gdt: UnsafeCell<GlobalDescriptorTable>,
}

/// Offset of `PerCpu::kernel_rsp` from GS.
pub(crate) const KERNEL_RSP: usize = offset_of!(PerCpu, kernel_rsp);
/// Offset of `PerCpu::user_context` from GS.
pub(crate) const USER_CONTEXT: usize = offset_of!(PerCpu, user_context);
/// Offset of `PerCpu::scratch` from GS.
pub(crate) const SCRATCH: usize = offset_of!(PerCpu, scratch);
/// Offset of the TSS's RSP0 from GS. Intel SDM vol. 3 "64-Bit Task State Segment": at byte 4.
pub(crate) const TSS_RSP0: usize = offset_of!(PerCpu, tss) + 4;

// SAFETY: only the CPU whose GS points at the block touches it, with interrupts disabled.
unsafe impl Sync for PerCpu {}

static BOOT_CPU: PerCpu = PerCpu {
    kernel_rsp: UnsafeCell::new(0),
    user_context: UnsafeCell::new(0),
    scratch: UnsafeCell::new(0),
    tss: UnsafeCell::new(TaskStateSegment::new()),
    gdt: UnsafeCell::new(GlobalDescriptorTable::empty()),
};

static BOOT_IST: [IstStack; 3] = [const { IstStack(UnsafeCell::new([0; IST_STACK_BYTES])) }; 3];

static SMAP_ACTIVE: AtomicBool = AtomicBool::new(false);

/// Selectors that SYSCALL, SYSRET and the trap entries agree on (GDT order is fixed by SYSRET).
pub(crate) const KERNEL_CODE: SegmentSelector =
    SegmentSelector::new(1, x86_64::PrivilegeLevel::Ring0);
pub(crate) const KERNEL_DATA: SegmentSelector =
    SegmentSelector::new(2, x86_64::PrivilegeLevel::Ring0);
pub(crate) const USER_DATA: SegmentSelector =
    SegmentSelector::new(3, x86_64::PrivilegeLevel::Ring3);
pub(crate) const USER_CODE: SegmentSelector =
    SegmentSelector::new(4, x86_64::PrivilegeLevel::Ring3);

/// Load GDT, TSS and the per-CPU block of the boot CPU. Called once, before the first trap.
pub(crate) fn init_descriptor_tables() {
    let tss = BOOT_CPU.tss.get();
    let gdt_cell = BOOT_CPU.gdt.get();
    for index in [IST_DOUBLE_FAULT, IST_NMI, IST_DEBUG] {
        let top = BOOT_IST[usize::from(index)].0.get().addr() + IST_STACK_BYTES;
        // SAFETY: boot, one CPU, no trap yet: nobody else reads or writes the TSS.
        unsafe { (*tss).interrupt_stack_table[usize::from(index)] = VirtAddr::new(top as u64) };
    }
    // SAFETY: as above; the GDT is ours until `load` below.
    let gdt = unsafe { &mut *gdt_cell };
    gdt.append(Descriptor::kernel_code_segment());
    gdt.append(Descriptor::kernel_data_segment());
    gdt.append(Descriptor::user_data_segment());
    gdt.append(Descriptor::user_code_segment());
    // SAFETY: `tss` points into a static; its RSP0 changes later through a raw write only.
    let tss_selector = gdt.append(unsafe { Descriptor::tss_segment_unchecked(tss) });
    // SAFETY: the table is a static and no longer changes.
    unsafe { gdt.load_unsafe() };
    // SAFETY: the selectors are those just appended, in this order.
    unsafe { CS::set_reg(KERNEL_CODE) };
    let null = SegmentSelector::new(0, x86_64::PrivilegeLevel::Ring0);
    // SAFETY: a data selector of ring 0.
    unsafe { SS::set_reg(KERNEL_DATA) };
    // SAFETY: null selectors are allowed for data segments in 64-bit mode.
    unsafe { DS::set_reg(null) };
    // SAFETY: as above.
    unsafe { ES::set_reg(null) };
    // SAFETY: as above; the FS base is set per thread later.
    unsafe { FS::set_reg(null) };
    // SAFETY: as above; the GS base is set below.
    unsafe { GS::set_reg(null) };
    // SAFETY: the selector is that of a TSS of ours, loaded once.
    unsafe { load_tss(tss_selector) };
    GsBase::write(VirtAddr::from_ptr(&raw const BOOT_CPU));
    KernelGsBase::write(VirtAddr::zero());
}

/// Program the SYSCALL entry. Flags cleared on entry: interrupts, direction, trap, alignment check
/// (which is SMAP's override), nested task.
pub(crate) fn init_syscall(entry: VirtAddr) {
    Star::write(USER_CODE, USER_DATA, KERNEL_CODE, KERNEL_DATA)
        .expect("the GDT has the order that SYSRET wants");
    LStar::write(entry);
    SFMask::write(
        RFlags::INTERRUPT_FLAG
            | RFlags::DIRECTION_FLAG
            | RFlags::TRAP_FLAG
            | RFlags::ALIGNMENT_CHECK
            | RFlags::NESTED_TASK
            | RFlags::RESUME_FLAG
            | RFlags::IOPL_LOW
            | RFlags::IOPL_HIGH,
    );
    // SAFETY: the entry and the selectors are programmed above.
    unsafe { Efer::update(|e| e.insert(EferFlags::SYSTEM_CALL_EXTENSIONS)) };
}

/// A hardening that the CPU lacks: the kernel says so and goes on without it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hardening {
    /// Supervisor code cannot execute user pages.
    pub smep: bool,
    /// Supervisor code cannot touch user pages except in user copies.
    pub smap: bool,
    /// User code cannot read descriptor table addresses.
    pub umip: bool,
    /// Pages can be not executable.
    pub nx: bool,
}

/// `CPUID` with the given leaf and subleaf, as (eax, ebx, ecx, edx).
#[must_use]
pub fn cpuid(leaf: u32, subleaf: u32) -> (u32, u32, u32, u32) {
    let r = core::arch::x86_64::__cpuid_count(leaf, subleaf);
    (r.eax, r.ebx, r.ecx, r.edx)
}

/// Switch NX on; before the first page table with the NX bit is loaded.
pub(crate) fn enable_nx() -> bool {
    let has_nx = cpuid(0x8000_0001, 0).3 & (1 << 20) != 0;
    if has_nx && cfg!(not(feature = "without-nx")) {
        // SAFETY: the CPU has NX; page tables so far do not use bit 63.
        unsafe { Efer::update(|e| e.insert(EferFlags::NO_EXECUTE_ENABLE)) };
    }
    has_nx
}

/// Switch on what the CPU has of write protection, SMEP, SMAP and UMIP.
pub(crate) fn enable_hardening(nx: bool) -> Hardening {
    let (max_leaf, ..) = cpuid(0, 0);
    let (_, ebx, ecx, _) = if max_leaf >= 7 {
        cpuid(7, 0)
    } else {
        (0, 0, 0, 0)
    };
    let has = Hardening {
        smep: ebx & (1 << 7) != 0,
        smap: ebx & (1 << 20) != 0,
        umip: ecx & (1 << 2) != 0,
        nx,
    };
    // SAFETY: supervisor writes to read-only pages fault from here on; the kernel makes none. FPU
    // errors are reported as #MF.
    unsafe {
        Cr0::update(|c| {
            c.set(Cr0Flags::WRITE_PROTECT, cfg!(not(feature = "without-wx")));
            c.insert(Cr0Flags::MONITOR_COPROCESSOR | Cr0Flags::NUMERIC_ERROR);
            c.remove(Cr0Flags::EMULATE_COPROCESSOR | Cr0Flags::TASK_SWITCHED);
        });
    };
    // SAFETY: each bit is set only where CPUID offers it; kernel pages are global, user pages not.
    unsafe {
        Cr4::update(|c| {
            c.insert(Cr4Flags::OSFXSR | Cr4Flags::OSXMMEXCPT_ENABLE | Cr4Flags::PAGE_GLOBAL);
            c.set(
                Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION,
                has.smep && cfg!(not(feature = "without-smep")),
            );
            c.set(
                Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION,
                has.smap && cfg!(not(feature = "without-smap")),
            );
            c.set(Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION, has.umip);
        });
    };
    SMAP_ACTIVE.store(
        has.smap && cfg!(not(feature = "without-smap")),
        Ordering::Relaxed,
    );
    has
}

/// Whether user pages are shut to the kernel outside of user copies.
pub(crate) fn is_smap_active() -> bool {
    SMAP_ACTIVE.load(Ordering::Relaxed)
}

/// Wait for an interrupt with interrupts enabled, then disable them again.
///
/// # Panics
/// If a lock is held: the interrupt might want it.
pub fn wait_for_interrupt() {
    assert!(crate::sync::holds_no_lock(), "idle with a lock held");
    x86_64::instructions::interrupts::enable_and_hlt();
    x86_64::instructions::interrupts::disable();
}

/// Stop this CPU for good.
pub fn halt() -> ! {
    loop {
        x86_64::instructions::interrupts::disable();
        x86_64::instructions::hlt();
    }
}

/// Last FS base loaded, so that a switch between threads of one base costs nothing.
static LOADED_FS_BASE: AtomicU64 = AtomicU64::new(u64::MAX);

/// Load the FS base (the thread pointer) unless it is loaded already.
pub(crate) fn load_fs_base(base: u64) {
    if LOADED_FS_BASE.swap(base, Ordering::Relaxed) != base {
        x86_64::registers::model_specific::FsBase::write(VirtAddr::new_truncate(base));
    }
}
