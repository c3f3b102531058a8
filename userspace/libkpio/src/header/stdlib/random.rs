//! `rand` and `rand_r`; `drand48` and its family. None is fit for secrets.

use core::ffi::{c_double, c_int, c_long, c_uint, c_ushort};
use core::sync::atomic::{AtomicU64, Ordering};

/// Source: Knuth, The Art of Computer Programming vol. 2, "The Linear Congruential Method" (MMIX).
const MULTIPLIER: u64 = 6_364_136_223_846_793_005;

static SEED: AtomicU64 = AtomicU64::new(0);

/// `void srand(unsigned seed)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn srand(seed: c_uint) {
    SEED.store(u64::from(seed.wrapping_sub(1)), Ordering::Relaxed);
}

/// The high bits of a state, which are the better ones: 31 of them.
const fn high(state: u64) -> c_int {
    (state >> 33) as c_int
}

/// `int rand(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn rand() -> c_int {
    let next = |seed: u64| seed.wrapping_mul(MULTIPLIER).wrapping_add(1);
    let step = |seed| Some(next(seed));
    let before = SEED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
    high(next(before.unwrap_or_default()))
}

/// `int rand_r(unsigned *seed)`: 32 bits of state, mixed. Source: L'Ecuyer, "Tables of Linear
/// Congruential Generators"; Matsumoto and Nishimura, "Mersenne Twister" (tempering).
///
/// # Safety
///
/// `seed` is the caller's.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn rand_r(seed: *mut c_uint) -> c_int {
    // SAFETY: the caller's promise.
    let state = unsafe { seed.read() }
        .wrapping_mul(1_103_515_245)
        .wrapping_add(12345);
    // SAFETY: the caller's promise.
    unsafe { seed.write(state) };
    let mut mixed = state;
    mixed ^= mixed >> 11;
    mixed ^= mixed << 7 & 0x9D2C_5680;
    mixed ^= mixed << 15 & 0xEFC6_0000;
    mixed ^= mixed >> 18;
    (mixed / 2).cast_signed()
}

/// The 48 bits that `srand48` sets, the factor and the summand. Source: POSIX, `drand48`.
const FACTOR: u64 = 0x5_DEEC_E66D;
const SUMMAND: u64 = 0xB;
const MASK: u64 = (1 << 48) - 1;

static STATE: AtomicU64 = AtomicU64::new(0);
static CURRENT_FACTOR: AtomicU64 = AtomicU64::new(FACTOR);
static CURRENT_SUMMAND: AtomicU64 = AtomicU64::new(SUMMAND);

fn step(state: u64) -> u64 {
    let factor = CURRENT_FACTOR.load(Ordering::Relaxed);
    let summand = CURRENT_SUMMAND.load(Ordering::Relaxed);
    state.wrapping_mul(factor).wrapping_add(summand) & MASK
}

fn next() -> u64 {
    let before = STATE.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |state| {
        Some(step(state))
    });
    step(before.unwrap_or_default())
}

fn joined([low, middle, high]: [c_ushort; 3]) -> u64 {
    u64::from(low) | u64::from(middle) << 16 | u64::from(high) << 32
}

fn split(state: u64) -> [c_ushort; 3] {
    let [a, b, c, d, e, f, ..] = state.to_le_bytes();
    [[a, b], [c, d], [e, f]].map(c_ushort::from_le_bytes)
}

/// The next state in the caller's array.
unsafe fn next_of(place: *mut c_ushort) -> u64 {
    let place = place.cast::<[c_ushort; 3]>();
    // SAFETY: the caller of the C function has three numbers there.
    let state = step(joined(unsafe { place.read() }));
    // SAFETY: as above.
    unsafe { place.write(split(state)) };
    state
}

/// From 0 to less than 1: the bits below the point of a `double`.
fn fraction(state: u64) -> c_double {
    f64::from_bits(0x3FF << 52 | state << 4) - 1.0
}

#[expect(clippy::cast_possible_truncation, reason = "32 bits")]
const fn signed(state: u64) -> c_long {
    (state >> 16) as i32 as c_long
}

/// `double drand48(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn drand48() -> c_double {
    fraction(next())
}

/// `double erand48(unsigned short state[3])`
///
/// # Safety
///
/// `state` are three numbers of the caller's.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn erand48(state: *mut c_ushort) -> c_double {
    // SAFETY: handed on to the caller.
    fraction(unsafe { next_of(state) })
}

/// `long lrand48(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn lrand48() -> c_long {
    (next() >> 17).cast_signed()
}

/// `long nrand48(unsigned short state[3])`
///
/// # Safety
///
/// As for [`erand48`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn nrand48(state: *mut c_ushort) -> c_long {
    // SAFETY: handed on to the caller.
    (unsafe { next_of(state) } >> 17).cast_signed()
}

/// `long mrand48(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn mrand48() -> c_long {
    signed(next())
}

/// `long jrand48(unsigned short state[3])`
///
/// # Safety
///
/// As for [`erand48`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn jrand48(state: *mut c_ushort) -> c_long {
    // SAFETY: handed on to the caller.
    signed(unsafe { next_of(state) })
}

fn restore_parameters() {
    CURRENT_FACTOR.store(FACTOR, Ordering::Relaxed);
    CURRENT_SUMMAND.store(SUMMAND, Ordering::Relaxed);
}

/// `void srand48(long seed)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn srand48(seed: c_long) {
    restore_parameters();
    let seed = seed.cast_unsigned() & 0xFFFF_FFFF;
    STATE.store(seed << 16 | 0x330E, Ordering::Relaxed);
}

/// Where `seed48` keeps the state before.
static BEFORE: [core::sync::atomic::AtomicU16; 3] =
    [const { core::sync::atomic::AtomicU16::new(0) }; 3];

/// `unsigned short *seed48(unsigned short state[3])`: returns the state before.
///
/// # Safety
///
/// As for [`erand48`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn seed48(state: *mut c_ushort) -> *mut c_ushort {
    restore_parameters();
    // SAFETY: the caller's promise.
    let wanted = joined(unsafe { state.cast::<[c_ushort; 3]>().read() });
    let before = split(STATE.swap(wanted, Ordering::Relaxed));
    for (place, value) in BEFORE.iter().zip(before) {
        place.store(value, Ordering::Relaxed);
    }
    BEFORE.as_ptr().cast::<c_ushort>().cast_mut()
}

/// `void lcong48(unsigned short parameters[7])`: state, factor and summand.
///
/// # Safety
///
/// `parameters` are seven numbers.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn lcong48(parameters: *mut c_ushort) {
    // SAFETY: the caller's promise.
    let [a, b, c, d, e, f, summand] = unsafe { parameters.cast::<[c_ushort; 7]>().read() };
    STATE.store(joined([a, b, c]), Ordering::Relaxed);
    CURRENT_FACTOR.store(joined([d, e, f]), Ordering::Relaxed);
    CURRENT_SUMMAND.store(summand.into(), Ordering::Relaxed);
}
