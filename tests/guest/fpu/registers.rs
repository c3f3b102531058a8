//! Filling registers, letting the timer take the processor away, and looking at them again.

use alloc::format;
use core::arch::asm;
use core::time::Duration;

use harness::machine::has_avx;
use harness::numbers::Numbers;
use harness::{Verdict, ensure, expect};
use kpio_rt::time;

/// How long a set of values is kept, altogether: many slices.
const SPAN: Duration = Duration::from_millis(300);
/// How many turns of an empty loop a look waits: longer than a slice now and then.
const TURNS: usize = 2_000_000;

/// All sixteen vector registers of 256 bits, or their lower halves.
#[repr(C, align(32))]
#[derive(Clone, PartialEq)]
struct Vectors([[u64; 4]; 16]);

/// MXCSR with all exceptions masked, and its rounding bits from the seed.
fn control_of(seed: u64) -> u32 {
    const ROUNDINGS: [u32; 4] = [0, 1 << 13, 2 << 13, 3 << 13];
    0x1F80 | Numbers::from_seed(seed).pick(&ROUNDINGS)
}

/// Keeps values in all registers while others do the same; true if none was lost.
pub fn keep(seed: u64) -> bool {
    let mut numbers = Numbers::from_seed(seed);
    let end = time::monotonic() + SPAN;
    let use_avx = has_avx();
    while time::monotonic() < end {
        let values = Vectors(core::array::from_fn(|_| {
            core::array::from_fn(|_| numbers.draw())
        }));
        let x87 = seed as i64 * 1_000_003 + 17;
        let outcome = if use_avx {
            hold_avx(&values, control_of(seed), x87)
        } else {
            hold_sse(&values, control_of(seed), x87)
        };
        if !outcome {
            return false;
        }
    }
    true
}

macro_rules! hold {
    ($name:ident, $move:literal, $register:literal, $lanes:literal $(, $feature:literal)?) => {
        /// Loads the registers, MXCSR and the x87 stack, waits, and compares.
        $(#[target_feature(enable = $feature)])?
        unsafe fn $name(values: &Vectors, control: u32, x87: i64) -> bool {
            let mut seen = Vectors([[0; 4]; 16]);
            let (mut control_seen, mut x87_seen) = (0_u32, 0_i64);
            let default = 0x1F80_u32;
            // SAFETY: reads `values` and writes `seen` only; all vector registers and the x87 stack
            // are given up, and MXCSR is put back.
            unsafe {
                asm!(
                    "ldmxcsr [{control}]",
                    "fild qword ptr [{x87}]",
                    concat!($move, " ", $register, "0, [{values}]"),
                    concat!($move, " ", $register, "1, [{values} + 32]"),
                    concat!($move, " ", $register, "2, [{values} + 64]"),
                    concat!($move, " ", $register, "3, [{values} + 96]"),
                    concat!($move, " ", $register, "4, [{values} + 128]"),
                    concat!($move, " ", $register, "5, [{values} + 160]"),
                    concat!($move, " ", $register, "6, [{values} + 192]"),
                    concat!($move, " ", $register, "7, [{values} + 224]"),
                    concat!($move, " ", $register, "8, [{values} + 256]"),
                    concat!($move, " ", $register, "9, [{values} + 288]"),
                    concat!($move, " ", $register, "10, [{values} + 320]"),
                    concat!($move, " ", $register, "11, [{values} + 352]"),
                    concat!($move, " ", $register, "12, [{values} + 384]"),
                    concat!($move, " ", $register, "13, [{values} + 416]"),
                    concat!($move, " ", $register, "14, [{values} + 448]"),
                    concat!($move, " ", $register, "15, [{values} + 480]"),
                    "2:",
                    "dec {turns}",
                    "jnz 2b",
                    concat!($move, " [{seen}], ", $register, "0"),
                    concat!($move, " [{seen} + 32], ", $register, "1"),
                    concat!($move, " [{seen} + 64], ", $register, "2"),
                    concat!($move, " [{seen} + 96], ", $register, "3"),
                    concat!($move, " [{seen} + 128], ", $register, "4"),
                    concat!($move, " [{seen} + 160], ", $register, "5"),
                    concat!($move, " [{seen} + 192], ", $register, "6"),
                    concat!($move, " [{seen} + 224], ", $register, "7"),
                    concat!($move, " [{seen} + 256], ", $register, "8"),
                    concat!($move, " [{seen} + 288], ", $register, "9"),
                    concat!($move, " [{seen} + 320], ", $register, "10"),
                    concat!($move, " [{seen} + 352], ", $register, "11"),
                    concat!($move, " [{seen} + 384], ", $register, "12"),
                    concat!($move, " [{seen} + 416], ", $register, "13"),
                    concat!($move, " [{seen} + 448], ", $register, "14"),
                    concat!($move, " [{seen} + 480], ", $register, "15"),
                    "fistp qword ptr [{x87_seen}]",
                    "stmxcsr [{control_seen}]",
                    "ldmxcsr [{default}]",
                    values = in(reg) values,
                    seen = in(reg) &raw mut seen,
                    control = in(reg) &raw const control,
                    control_seen = in(reg) &raw mut control_seen,
                    default = in(reg) &raw const default,
                    x87 = in(reg) &raw const x87,
                    x87_seen = in(reg) &raw mut x87_seen,
                    turns = inout(reg) TURNS => _,
                    out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
                    out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _,
                    out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
                    out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
                    out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
                    out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
                );
            }
            let is_kept = values.0.iter().zip(&seen.0).all(|(kept, seen)| {
                kept[..$lanes] == seen[..$lanes]
            });
            is_kept && control_seen & !0x3F == control && x87_seen == x87
        }
    };
}

hold!(hold_sse_registers, "movups", "xmm", 2);
hold!(hold_avx_registers, "vmovups", "ymm", 4, "avx");

fn hold_sse(values: &Vectors, control: u32, x87: i64) -> bool {
    // SAFETY: SSE2 belongs to x86-64.
    unsafe { hold_sse_registers(values, control, x87) }
}

fn hold_avx(values: &Vectors, control: u32, x87: i64) -> bool {
    // SAFETY: the caller has seen that the kernel lets programs use AVX.
    unsafe { hold_avx_registers(values, control, x87) }
}

/// Puts values into registers that nobody takes out again.
pub fn dirty() {
    let values = Vectors([[0xDEAD_BEEF_DEAD_BEEF; 4]; 16]);
    // SAFETY: the registers are the caller's to lose, by the C ABI.
    unsafe {
        asm!(
            "movups xmm6, [{values}]",
            "movups xmm15, [{values}]",
            values = in(reg) &raw const values,
            out("xmm6") _, out("xmm15") _,
        );
    }
}

/// The control registers are those a program starts with (System V ABI, "Process Initialization"),
/// and nothing of another process is in the registers that this one has not used.
pub fn clean() -> Verdict {
    let (mut control, mut x87_control) = (0_u32, 0_u16);
    let mut high = [[0_u64; 2]; 2];
    // SAFETY: writes these variables only.
    unsafe {
        asm!(
            "stmxcsr [{control}]",
            "fnstcw [{x87_control}]",
            "movups [{high}], xmm14",
            "movups [{high} + 16], xmm15",
            control = in(reg) &raw mut control,
            x87_control = in(reg) &raw mut x87_control,
            high = in(reg) &raw mut high,
        );
    }
    expect("MXCSR without its status bits", control & !0x3F, 0x1F80)?;
    expect("the x87 control word", x87_control, 0x037F)?;
    ensure(
        !high.as_flattened().contains(&0xDEAD_BEEF_DEAD_BEEF),
        format!("registers hold another thread's values: {high:x?}"),
    )
}
