//! Who runs next: each ready thread gets the CPU in proportion to its weight.
//!
//! Every thread has a *virtual time*: the time it has run, counted faster the lighter it is. The ready
//! thread whose virtual time is least runs next, so that all of them advance together and the time
//! each gets is as its weight. A nice value weighs 5/4 of the next one, and [`Share::NORMAL_NICE`]
//! counts time as it is.
//!
//! *Nobody starves*: whoever runs advances, and no thread, however heavy, can stay behind a waiting
//! one for ever. A thread that slept does not save up what it did not use: it comes back at most
//! [`WAKE_BONUS_NS`] behind those who ran, which lets it run soon without letting it run long. A new
//! thread begins where its maker stands.
//!
//! *Yielding* is about order, not about shares: who yields is put behind all that are ready then, and
//! keeps its virtual time.
//!
//! Source: Stoica and Abdel-Wahab, "Earliest Eligible Virtual Deadline First"; Linux sched(7),
//! "The nice value".

use alloc::collections::BinaryHeap;
use core::cmp::{Ordering, Reverse};
use core::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed};

/// How far behind the others a thread that slept may come back.
pub const WAKE_BONUS_NS: u64 = 5_000_000;
/// How far behind the one that runs it must be to take its place at once.
pub const WAKE_LEAD_NS: u64 = 1_000_000;

/// How long a thread of at least the normal weight runs while others are ready.
const SLICE_NS: u64 = 10_000_000;
/// How long the lightest does. Light threads run shorter and so more often.
const MIN_SLICE_NS: u64 = 1_000_000;

/// The heaviest nice value, and the lightest.
pub const MIN_NICE: i32 = -20;
/// As above.
pub const MAX_NICE: i32 = 19;

/// What weight 1 is in the numbers of [`weight`].
const WEIGHT_UNIT: u64 = 1 << 20;
const NR_NICE: usize = (MAX_NICE - MIN_NICE + 1) as usize;

/// The weights, from the heaviest: each 5/4 of the next.
const WEIGHTS: [u64; NR_NICE] = {
    let normal = (Share::NORMAL_NICE - MIN_NICE) as usize;
    let mut weights = [WEIGHT_UNIT; NR_NICE];
    let mut index = normal;
    while index > 0 {
        weights[index - 1] = weights[index] * 5 / 4;
        index -= 1;
    }
    index = normal;
    while index + 1 < NR_NICE {
        weights[index + 1] = weights[index] * 4 / 5;
        index += 1;
    }
    weights
};

/// What a thread of this nice value weighs; those out of range count as the nearest.
fn weight(nice: i32) -> u64 {
    let index = nice.clamp(MIN_NICE, MAX_NICE) - MIN_NICE;
    WEIGHTS[index.cast_unsigned() as usize]
}

/// A thread's share of the CPU, and what it had of it. Changed under the scheduler's lock.
#[derive(Debug)]
pub struct Share {
    nice: AtomicI32,
    virtual_ns: AtomicU64,
    ran_ns: AtomicU64,
}

impl Share {
    /// The nice value of who was not given another.
    pub const NORMAL_NICE: i32 = 0;

    /// A share of the normal weight, of which nothing was used.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            nice: AtomicI32::new(Self::NORMAL_NICE),
            virtual_ns: AtomicU64::new(0),
            ran_ns: AtomicU64::new(0),
        }
    }

    /// Begin as heavy as `maker`, and where it stands.
    pub fn begin_as(&self, maker: &Self) {
        self.set_nice(maker.nice());
        let behind = maker.virtual_ns.load(Relaxed);
        self.virtual_ns.store(behind, Relaxed);
    }

    /// The nice value.
    #[must_use]
    pub fn nice(&self) -> i32 {
        self.nice.load(Relaxed)
    }

    /// Set the nice value, or the nearest there is. What was used stays used.
    pub fn set_nice(&self, nice: i32) {
        self.nice.store(nice.clamp(MIN_NICE, MAX_NICE), Relaxed);
    }

    /// How long it runs while others are ready.
    #[must_use]
    pub fn slice_ns(&self) -> u64 {
        let by_weight = u128::from(SLICE_NS) * u128::from(weight(self.nice()));
        let by_weight = u64::try_from(by_weight / u128::from(WEIGHT_UNIT));
        by_weight.map_or(SLICE_NS, |ns| ns.clamp(MIN_SLICE_NS, SLICE_NS))
    }

    /// How long it has run.
    #[must_use]
    pub fn ran_ns(&self) -> u64 {
        self.ran_ns.load(Relaxed)
    }

    /// It has run for so long.
    pub fn charge(&self, ran_ns: u64) {
        self.ran_ns.store(self.ran_ns() + ran_ns, Relaxed);
        self.virtual_ns.store(self.virtual_after(ran_ns), Relaxed);
    }

    /// Its virtual time once it has run for so long.
    fn virtual_after(&self, ran_ns: u64) -> u64 {
        let virtual_ns = u128::from(ran_ns) * u128::from(WEIGHT_UNIT);
        let virtual_ns = virtual_ns / u128::from(weight(self.nice()));
        let before = self.virtual_ns.load(Relaxed);
        before.saturating_add(u64::try_from(virtual_ns).unwrap_or(u64::MAX))
    }
}

impl Default for Share {
    fn default() -> Self {
        Self::new()
    }
}

/// The thread that runs, as the queue has to know it.
#[derive(Clone, Copy, Debug)]
pub struct Running<'a> {
    /// Its share.
    pub share: &'a Share,
    /// How long it has run since it was charged last.
    pub uncharged_ns: u64,
}

struct Entry<T> {
    /// Virtual time, and a number that makes those of the same time come in order.
    place: (u64, u64),
    thread: T,
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}
impl<T> Eq for Entry<T> {}
impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place.cmp(&other.place)
    }
}

/// The ready threads.
pub struct ReadyQueue<T> {
    entries: BinaryHeap<Reverse<Entry<T>>>,
    /// What no ready thread has been behind; never steps back.
    floor_ns: u64,
    nr_pushed: u64,
}

impl<T> ReadyQueue<T> {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: BinaryHeap::new(),
            floor_ns: 0,
            nr_pushed: 0,
        }
    }

    /// Whether nobody is ready.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn insert(&mut self, virtual_ns: u64, thread: T) {
        self.nr_pushed += 1;
        let place = (virtual_ns, self.nr_pushed);
        self.entries.push(Reverse(Entry { place, thread }));
    }

    /// Put in one that ran until now and could go on.
    pub fn put_back(&mut self, share: &Share, thread: T) {
        self.insert(share.virtual_ns.load(Relaxed), thread);
    }

    /// Put in one that ran until now and lets all others run first.
    pub fn put_last(&mut self, share: &Share, thread: T) {
        let places = self.entries.iter().map(|entry| entry.0.place.0);
        let last_ns = places.max().unwrap_or(0);
        self.insert(share.virtual_ns.load(Relaxed).max(last_ns), thread);
    }

    /// Put in one that slept, or is new; whether it is to take the place of the one that runs at once.
    pub fn wake(&mut self, share: &Share, thread: T, running: Option<Running<'_>>) -> bool {
        let running_ns = running.map(|running| running.share.virtual_after(running.uncharged_ns));
        let first_ns = self.entries.peek().map(|first| first.0.place.0);
        if let Some(least_ns) = running_ns.into_iter().chain(first_ns).min() {
            self.floor_ns = self.floor_ns.max(least_ns);
        }
        let earliest_ns = self.floor_ns.saturating_sub(WAKE_BONUS_NS);
        let virtual_ns = share.virtual_ns.load(Relaxed).max(earliest_ns);
        share.virtual_ns.store(virtual_ns, Relaxed);
        self.insert(virtual_ns, thread);
        running_ns.is_some_and(|running_ns| virtual_ns + WAKE_LEAD_NS < running_ns)
    }

    /// Take out the one to run next.
    pub fn take_next(&mut self) -> Option<T> {
        let Reverse(next) = self.entries.pop()?;
        self.floor_ns = self.floor_ns.max(next.place.0);
        Some(next.thread)
    }
}

impl<T> Default for ReadyQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// Threads that are always ready run for `nr_slices`; how long each ran.
    fn run_always(nices: &[i32], nr_slices: u64) -> Vec<u64> {
        let shares: Vec<Share> = nices.iter().map(|_| Share::new()).collect();
        let mut queue = ReadyQueue::new();
        for (index, (share, &nice)) in shares.iter().zip(nices).enumerate() {
            share.set_nice(nice);
            queue.wake(share, index, None);
        }
        for _ in 0..nr_slices {
            let next = queue.take_next().expect("all are ready");
            shares[next].charge(SLICE_NS);
            queue.put_back(&shares[next], next);
        }
        shares.iter().map(Share::ran_ns).collect()
    }

    #[test]
    fn weights_are_five_quarters_of_each_other() {
        for nice in MIN_NICE..MAX_NICE {
            let (heavy, light) = (weight(nice), weight(nice + 1));
            assert!((heavy * 4).abs_diff(light * 5) <= 8, "{heavy} and {light}");
        }
        assert_eq!(weight(-100), weight(MIN_NICE));
        assert_eq!(weight(Share::NORMAL_NICE), WEIGHT_UNIT);
    }

    #[test]
    fn light_threads_have_short_slices() {
        let slice_ns = |nice| {
            let share = Share::new();
            share.set_nice(nice);
            share.slice_ns()
        };
        assert_eq!(slice_ns(MIN_NICE), SLICE_NS);
        assert_eq!(slice_ns(Share::NORMAL_NICE), SLICE_NS);
        assert!(slice_ns(1).abs_diff(SLICE_NS * 4 / 5) < 100);
        assert_eq!(slice_ns(MAX_NICE), MIN_SLICE_NS);
    }

    #[test]
    fn time_is_shared_by_weight() {
        let nices = [-20, -5, 0, 0, 5, 19];
        let ran = run_always(&nices, 200_000);
        let total_ns: u64 = ran.iter().sum();
        let total_weight: u64 = nices.iter().map(|&nice| weight(nice)).sum();
        for (&ran_ns, nice) in ran.iter().zip(nices) {
            let fair = u128::from(total_ns) * u128::from(weight(nice)) / u128::from(total_weight);
            let fair = u64::try_from(fair).expect("less than the total");
            // Nobody is further off than a slice of its own and one of each other.
            let most = SLICE_NS * nices.len() as u64;
            assert!(
                ran_ns.abs_diff(fair) <= most,
                "nice {nice}: {ran_ns}, not {fair}"
            );
        }
    }

    #[test]
    fn the_lightest_waits_no_longer_than_its_weight_says() {
        let shares = [Share::new(), Share::new()];
        shares[0].set_nice(MIN_NICE);
        shares[1].set_nice(MAX_NICE);
        let mut queue = ReadyQueue::new();
        for (index, share) in shares.iter().enumerate() {
            queue.wake(share, index, None);
        }
        let (mut waited, mut longest, mut nr_runs) = (0_u64, 0, 0);
        for _ in 0..100_000 {
            let next = queue.take_next().expect("both are ready");
            shares[next].charge(SLICE_NS);
            if next == 1 {
                longest = longest.max(waited);
                waited = 0;
                nr_runs += 1;
            } else {
                waited += 1;
            }
            queue.put_back(&shares[next], next);
        }
        let ratio = weight(MIN_NICE) / weight(MAX_NICE);
        assert!(nr_runs >= 100_000 / (ratio + 2), "{nr_runs} runs");
        assert!(longest <= ratio + 2, "{longest} slices without it");
    }

    #[test]
    fn who_slept_comes_soon_and_not_for_long() {
        let (busy, sleeper) = (Share::new(), Share::new());
        let mut queue = ReadyQueue::new();
        busy.charge(3_600_000_000_000);
        let running = Running {
            share: &busy,
            uncharged_ns: 0,
        };
        assert!(
            queue.wake(&sleeper, 's', Some(running)),
            "it takes the place"
        );
        queue.put_back(&busy, 'b');
        let mut sleeper_ns = 0;
        while let Some('s') = queue.take_next() {
            sleeper.charge(1_000_000);
            sleeper_ns += 1_000_000;
            queue.put_back(&sleeper, 's');
        }
        assert!(sleeper_ns <= WAKE_BONUS_NS + 1_000_000, "{sleeper_ns} ns");
        // Who slept only a moment waits for its turn.
        let running = Running {
            share: &busy,
            uncharged_ns: 10_000,
        };
        assert!(!queue.wake(&Share::new(), 'x', None));
        let close = Share::new();
        close.begin_as(&busy);
        assert!(!queue.wake(&close, 'c', Some(running)));
    }

    #[test]
    fn who_yields_lets_everybody_run_once() {
        let shares: Vec<Share> = (0..5).map(|_| Share::new()).collect();
        let mut queue = ReadyQueue::new();
        for (index, (share, nice)) in shares.iter().zip([0, 4, 8, 12, 16]).enumerate() {
            share.set_nice(nice);
            share.charge(SLICE_NS);
            queue.wake(share, index, None);
        }
        let mut order = Vec::new();
        for _ in 0..10 {
            let next = queue.take_next().expect("all are ready");
            order.push(next);
            shares[next].charge(1_000);
            queue.put_last(&shares[next], next);
        }
        assert_eq!(order, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
    }

    /// A model without a heap: the least virtual time, the longest there first.
    #[derive(Default)]
    struct Model {
        ready: Vec<(u64, usize)>,
    }

    impl Model {
        fn take_next(&mut self) -> Option<usize> {
            let least = self.ready.iter().map(|entry| entry.0).min()?;
            let place = self.ready.iter().position(|entry| entry.0 == least)?;
            Some(self.ready.remove(place).1)
        }
    }

    #[test]
    fn random_runs_are_those_of_the_model() {
        for seed in 1..50_u64 {
            let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut next = |limit: u64| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 33) % limit
            };
            let shares: Vec<Share> = (0..8).map(|_| Share::new()).collect();
            let (mut queue, mut model) = (ReadyQueue::new(), Model::default());
            let mut asleep: Vec<usize> = (0..shares.len()).collect();
            let mut floor = 0;
            for _ in 0..2_000 {
                if !asleep.is_empty() && next(3) == 0 {
                    let place = usize::try_from(next(asleep.len() as u64)).expect("small");
                    let index = asleep.swap_remove(place);
                    let share = &shares[index];
                    share.set_nice(i32::try_from(next(40)).expect("small") - 20);
                    let before = share.virtual_ns.load(Relaxed);
                    queue.wake(share, index, None);
                    let after = share.virtual_ns.load(Relaxed);
                    assert!(after >= before, "nobody gains time");
                    model.ready.push((after, index));
                }
                assert!(queue.floor_ns >= floor, "the floor never steps back");
                floor = queue.floor_ns;
                let (ours, theirs) = (queue.take_next(), model.take_next());
                assert_eq!(ours, theirs);
                let Some(index) = ours else {
                    continue;
                };
                let share = &shares[index];
                share.charge(next(2 * SLICE_NS));
                if next(4) == 0 {
                    asleep.push(index);
                } else {
                    queue.put_back(share, index);
                    model.ready.push((share.virtual_ns.load(Relaxed), index));
                }
            }
        }
    }
}
