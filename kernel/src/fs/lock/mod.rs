//! Locks of files: who has which bytes of a file. The part that needs no machine.
//!
//! ```text
//! mod     the locks of one file
//! table   those of all files, and waiting for them
//! ```
//!
//! Locks are advice: nobody who does not ask is kept from anything. Those of processes and those of
//! open file descriptions (F_OFD_*) keep each other out; FLOCK's are a set of their own.
//!
//! Source: POSIX `fcntl`; Linux fcntl_locking(2), flock(2).

#[cfg(target_os = "none")]
pub mod table;

use alloc::vec::Vec;
use kpio_abi::errors::Errno;

/// Whose a lock is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A process's, by its number.
    Process(i32),
    /// An open file description's, by its address.
    Description(usize),
}

/// What a lock keeps others from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// An exclusive lock.
    Shared,
    /// Any lock.
    Exclusive,
}

/// Bytes of a file, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

impl Span {
    /// The last byte that a file could have.
    pub const END: u64 = i64::MAX.cast_unsigned();
    /// All that a file has, or could have.
    pub const ALL: Self = Self {
        first: 0,
        last: Self::END,
    };

    /// The `len` bytes from `start` on; a negative length: those before it; 0: up to the end of
    /// whatever the file becomes.
    ///
    /// # Errors
    /// EINVAL when it begins before the file, EOVERFLOW when it ends beyond what a file can have.
    pub fn new(start: i64, len: i64) -> Result<Self, Errno> {
        let first = if len < 0 {
            start.checked_add(len).ok_or(Errno::EINVAL)?
        } else {
            start
        };
        let first = u64::try_from(first).map_err(|_| Errno::EINVAL)?;
        let last = match len {
            0 => Self::END,
            _ => first + (len.unsigned_abs() - 1),
        };
        if last > Self::END {
            return Err(Errno::EOVERFLOW);
        }
        Ok(Self { first, last })
    }

    const fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Whether they overlap, or one begins where the other ends.
    const fn touches(self, other: Self) -> bool {
        self.first <= other.last + 1 && other.first <= self.last + 1
    }
}

/// A lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Whose.
    pub owner: Owner,
    /// What it keeps others from.
    pub mode: Mode,
    /// Where.
    pub span: Span,
}

impl Held {
    /// Whether `wanted` has to wait for it.
    #[must_use]
    pub fn keeps_out(&self, wanted: &Self) -> bool {
        self.owner != wanted.owner
            && (self.mode == Mode::Exclusive || wanted.mode == Mode::Exclusive)
            && self.span.overlaps(wanted.span)
    }
}

/// Most locks that one change adds: it may fall into the middle of another.
const MOST_ADDED: usize = 2;

/// The locks of one file. Those of one owner do not overlap, and do not touch if they are of one mode.
#[derive(Debug, Default)]
pub struct Locks(Vec<Held>);

impl Locks {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `owner` has some.
    #[must_use]
    pub fn has(&self, owner: Owner) -> bool {
        self.0.iter().any(|held| held.owner == owner)
    }

    /// Whether there is just this one.
    #[must_use]
    pub fn contains(&self, held: Held) -> bool {
        self.0.contains(&held)
    }

    /// Those that `wanted` has to wait for.
    pub fn in_the_way(&self, wanted: Held) -> impl Iterator<Item = &Held> {
        self.0.iter().filter(move |held| held.keeps_out(&wanted))
    }

    /// The first in the file that `wanted` has to wait for.
    #[must_use]
    pub fn first_in_the_way(&self, wanted: Held) -> Option<Held> {
        let held = self.in_the_way(wanted);
        held.min_by_key(|held| held.span.first).copied()
    }

    /// Take `wanted`, which nothing is in the way of, in place of what its owner had there. At most
    /// `room` locks are added.
    ///
    /// # Errors
    /// ENOLCK.
    pub fn take(&mut self, wanted: Held, room: usize) -> Result<(), Errno> {
        self.replace(wanted.owner, wanted.span, Some(wanted.mode), room)
    }

    /// Give back what `owner` has of `span`. At most `room` locks are added.
    ///
    /// # Errors
    /// ENOLCK.
    pub fn release(&mut self, owner: Owner, span: Span, room: usize) -> Result<(), Errno> {
        self.replace(owner, span, None, room)
    }

    /// Give back all that `owner` has; whether it had something.
    pub fn release_all(&mut self, owner: Owner) -> bool {
        let before = self.0.len();
        self.0.retain(|held| held.owner != owner);
        self.0.len() < before
    }

    fn replace(
        &mut self,
        owner: Owner,
        span: Span,
        mode: Option<Mode>,
        room: usize,
    ) -> Result<(), Errno> {
        let own = |held: &&Held| held.owner == owner && held.span.overlaps(span);
        let splits = |held: &Held| held.span.first < span.first && span.last < held.span.last;
        let is_split = self.0.iter().filter(own).any(splits);
        let most_added = usize::from(mode.is_some()) + usize::from(is_split);
        if most_added > room || self.0.try_reserve(MOST_ADDED + 1).is_err() {
            return Err(Errno::ENOLCK);
        }
        let mut new = span;
        let (mut before, mut after) = (None, None);
        self.0.retain(|held| {
            if held.owner != owner {
                return true;
            }
            if Some(held.mode) == mode && held.span.touches(span) {
                new.first = new.first.min(held.span.first);
                new.last = new.last.max(held.span.last);
                return false;
            }
            if !held.span.overlaps(span) {
                return true;
            }
            if held.span.first < span.first {
                let last = span.first - 1;
                let span = Span { last, ..held.span };
                before = Some(Held { span, ..*held });
            }
            if held.span.last > span.last {
                let first = span.last + 1;
                let span = Span { first, ..held.span };
                after = Some(Held { span, ..*held });
            }
            false
        });
        let taken = mode.map(|mode| Held {
            owner,
            mode,
            span: new,
        });
        self.0.extend([before, taken, after].into_iter().flatten());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn span(first: u64, last: u64) -> Span {
        Span { first, last }
    }

    #[test]
    fn spans_are_those_of_posix() {
        assert_eq!(Span::new(10, 5), Ok(span(10, 14)));
        assert_eq!(Span::new(10, -4), Ok(span(6, 9)));
        assert_eq!(Span::new(10, -10), Ok(span(0, 9)));
        assert_eq!(Span::new(10, 0), Ok(span(10, Span::END)));
        assert_eq!(Span::new(0, 0), Ok(Span::ALL));
        assert_eq!(Span::new(10, -11), Err(Errno::EINVAL));
        assert_eq!(Span::new(-1, 5), Err(Errno::EINVAL));
        assert_eq!(Span::new(i64::MIN, i64::MIN), Err(Errno::EINVAL));
        assert_eq!(Span::new(i64::MAX, 1), Ok(span(Span::END, Span::END)));
        assert_eq!(Span::new(i64::MAX, 2), Err(Errno::EOVERFLOW));
        assert_eq!(Span::new(1, i64::MAX), Ok(span(1, Span::END)));
    }

    const NR_BYTES: usize = 24;
    const NR_OWNERS: usize = 3;

    /// What each owner has, byte for byte.
    type Model = [[Option<Mode>; NR_BYTES]; NR_OWNERS];

    fn owner(index: usize) -> Owner {
        if index == 0 {
            Owner::Description(7)
        } else {
            Owner::Process(i32::try_from(index).expect("small"))
        }
    }

    fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
        let mut state = seed.wrapping_mul(2).wrapping_add(1);
        move |limit| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).expect("31 bits") % limit
        }
    }

    fn compare(locks: &Locks, model: &Model) {
        for (index, bytes) in model.iter().enumerate() {
            let mut runs = 0;
            for (at, mode) in bytes.iter().enumerate() {
                let here = span(at as u64, at as u64);
                let held: Vec<Mode> = locks
                    .0
                    .iter()
                    .filter(|held| held.owner == owner(index) && held.span.overlaps(here))
                    .map(|held| held.mode)
                    .collect();
                assert_eq!(held, mode.iter().copied().collect::<Vec<_>>(), "byte {at}");
                let is_first = at == 0 || bytes[at - 1] != *mode;
                runs += usize::from(mode.is_some() && is_first);
            }
            let nr_held = locks.0.iter().filter(|h| h.owner == owner(index)).count();
            assert_eq!(nr_held, runs, "locks that touch are one");
        }
    }

    #[test]
    fn random_changes_are_those_of_a_model_of_bytes() {
        for seed in 1..200 {
            let mut next = numbers(seed);
            let mut locks = Locks::new();
            let mut model: Model = [[None; NR_BYTES]; NR_OWNERS];
            for _ in 0..200 {
                let who = next(NR_OWNERS);
                let first = next(NR_BYTES);
                let last = first + next(NR_BYTES - first);
                let at = span(first as u64, last as u64);
                let mode = [None, Some(Mode::Shared), Some(Mode::Exclusive)][next(3)];
                let Some(mode) = mode else {
                    locks.release(owner(who), at, usize::MAX).expect("room");
                    model[who][first..=last].fill(None);
                    compare(&locks, &model);
                    continue;
                };
                let wanted = Held {
                    owner: owner(who),
                    mode,
                    span: at,
                };
                let excludes = |other: Mode| mode == Mode::Exclusive || other == Mode::Exclusive;
                let is_free = (0..NR_OWNERS).filter(|&other| other != who).all(|other| {
                    !model[other][first..=last]
                        .iter()
                        .flatten()
                        .any(|&m| excludes(m))
                });
                assert_eq!(locks.first_in_the_way(wanted).is_none(), is_free);
                if is_free {
                    locks.take(wanted, usize::MAX).expect("room");
                    model[who][first..=last].fill(Some(mode));
                }
                compare(&locks, &model);
            }
            assert_eq!(
                locks.release_all(owner(1)),
                model[1].iter().any(Option::is_some)
            );
            model[1] = [None; NR_BYTES];
            compare(&locks, &model);
        }
    }

    #[test]
    fn what_finds_no_room_changes_nothing() {
        let mut locks = Locks::new();
        let all = Held {
            owner: Owner::Process(1),
            mode: Mode::Shared,
            span: Span::ALL,
        };
        assert_eq!(locks.take(all, 0), Err(Errno::ENOLCK));
        locks.take(all, 1).expect("room");
        let middle = span(10, 20);
        let release = |locks: &mut Locks, room| locks.release(Owner::Process(1), middle, room);
        assert_eq!(release(&mut locks, 0), Err(Errno::ENOLCK));
        assert_eq!(locks.0, [all]);
        release(&mut locks, 1).expect("room");
        assert_eq!(locks.len(), 2);
        // Giving back what needs no room always goes.
        locks
            .release(Owner::Process(1), Span::ALL, 0)
            .expect("no room needed");
        assert!(locks.is_empty());
    }
}
