//! Random bytes: ChaCha20, seeded from the CPU's generator.

use kpio_hal::sync::{Lock, Rank};
use kpio_hal::{entropy, time};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

static GENERATOR: Lock<Option<ChaCha20Rng>> = Lock::new(Rank::Entropy, None);

/// Seed the generator; false when the CPU gives no random bytes and only its clock went in.
pub fn init() -> bool {
    let mut seed = [0; 32];
    let mut is_good = true;
    for chunk in seed.chunks_exact_mut(8) {
        let word = entropy::hardware_random().unwrap_or_else(|| {
            is_good = false;
            time::tsc().wrapping_mul(0x9E37_79B9_7F4A_7C15)
        });
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    *GENERATOR.lock() = Some(ChaCha20Rng::from_seed(seed));
    is_good
}

/// Fill `bytes`.
///
/// # Panics
/// Before [`init`].
pub fn fill(bytes: &mut [u8]) {
    GENERATOR
        .lock()
        .as_mut()
        .expect("random::init runs at boot")
        .fill_bytes(bytes);
}

/// `N` random bytes.
#[must_use]
pub fn array<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}
