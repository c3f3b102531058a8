//! A large natural number: as many 64-bit limbs as its type says, on the stack.

use core::cmp::Ordering;

/// 10^19, the greatest power of ten in a limb.
const STEP: u64 = 10_000_000_000_000_000_000;
const STEP_DIGITS: u32 = 19;

/// A natural number below `2^(64 * LIMBS)`; its user sees to it that nothing larger comes out.
pub struct Big<const LIMBS: usize> {
    /// The least significant first; those from `length` on are not looked at.
    limbs: [u64; LIMBS],
    length: usize,
}

impl<const LIMBS: usize> Big<LIMBS> {
    /// A small number.
    #[must_use]
    pub fn new(value: u64) -> Self {
        let mut limbs = [0; LIMBS];
        if let Some(first) = limbs.first_mut() {
            *first = value;
        }
        Self {
            limbs,
            length: usize::from(value != 0),
        }
    }

    fn used(&self) -> &[u64] {
        self.limbs.get(..self.length).unwrap_or_default()
    }

    /// Whether it is 0.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.length == 0
    }

    /// How many bits it has, leading zeros not counted.
    #[must_use]
    pub fn bits(&self) -> u32 {
        let Some(top) = self.used().last() else {
            return 0;
        };
        let limbs = u32::try_from(self.length).unwrap_or(0);
        limbs * u64::BITS - top.leading_zeros()
    }

    /// `self * factor + more`
    pub fn multiply_add(&mut self, factor: u64, more: u64) {
        let mut carry = more;
        for limb in self.limbs.iter_mut().take(self.length) {
            let wide = u128::from(*limb) * u128::from(factor) + u128::from(carry);
            #[expect(clippy::cast_possible_truncation, reason = "the low half")]
            {
                *limb = wide as u64;
            }
            carry = u64::try_from(wide >> 64).unwrap_or(0);
        }
        self.push(carry);
    }

    fn push(&mut self, limb: u64) {
        if limb != 0
            && let Some(place) = self.limbs.get_mut(self.length)
        {
            *place = limb;
            self.length += 1;
        }
    }

    /// `self * 10^power`
    pub fn multiply_by_power_of_ten(&mut self, power: u32) {
        for _ in 0..power / STEP_DIGITS {
            self.multiply_add(STEP, 0);
        }
        self.multiply_add(10_u64.pow(power % STEP_DIGITS), 0);
    }

    /// Adds decimal digits, in ASCII, at the end.
    pub fn append_digits(&mut self, digits: &[u8]) {
        for chunk in digits.chunks(STEP_DIGITS as usize) {
            let value = chunk
                .iter()
                .fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
            let count = u32::try_from(chunk.len()).unwrap_or(0);
            let factor = 10_u64.checked_pow(count).unwrap_or(STEP);
            self.multiply_add(factor, value);
        }
    }

    /// `self << count`
    pub fn shift_left(&mut self, count: u32) {
        let (limbs, bits) = ((count / u64::BITS) as usize, count % u64::BITS);
        if self.length == 0 {
            return;
        }
        if bits > 0 {
            let mut carry = 0;
            for limb in self.limbs.iter_mut().take(self.length) {
                let next = *limb >> (u64::BITS - bits);
                *limb = *limb << bits | carry;
                carry = next;
            }
            self.push(carry);
        }
        if limbs > 0 && self.length + limbs <= LIMBS {
            self.limbs.copy_within(..self.length, limbs);
            self.limbs.iter_mut().take(limbs).for_each(|limb| *limb = 0);
            self.length += limbs;
        }
    }

    /// `self - other`, which must not be greater.
    pub fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (index, limb) in self.limbs.iter_mut().take(self.length).enumerate() {
            let taken = other.used().get(index).copied().unwrap_or(0);
            let (less, first) = limb.overflowing_sub(taken);
            let (less, second) = less.overflowing_sub(u64::from(borrow));
            *limb = less;
            borrow = first || second;
        }
        while self.used().last() == Some(&0) {
            self.length -= 1;
        }
    }

    /// How it compares.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        self.length
            .cmp(&other.length)
            .then_with(|| self.used().iter().rev().cmp(other.used().iter().rev()))
    }
}
