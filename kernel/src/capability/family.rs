//! Who descends from whom: the capabilities that stem from one root.
//!
//! Each member is a pair of brackets in one list; what stands between them descends from it:
//!
//! ```text
//! ( ( ) ( ( ) ) )      a root with two children, the second of which has one
//! ```
//! A child's brackets are put right behind its parent's first one. Taking a pair of brackets out
//! leaves the inner ones to the next outer pair, which is what is wanted when a capability is closed
//! while others descend from it. So deriving and closing take a fixed number of steps however many
//! relatives there are, nothing remembers the closed ones, and revoking walks over what it revokes.

use super::Refusal;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};
use kpio_hal::sync::{Lock, Rank};

/// Members a family may have at once. It bounds the time that revoking one of them takes.
pub const MAX_MEMBERS: usize = 1 << 16;

/// A bracket: twice the seat's number, and one more for a closing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark(u32);

impl Mark {
    /// The end of the list.
    const NONE: Self = Self(u32::MAX);

    const fn open(seat: u32) -> Self {
        Self(seat * 2)
    }

    const fn close(seat: u32) -> Self {
        Self(seat * 2 + 1)
    }

    const fn is_open(self) -> bool {
        self.0.is_multiple_of(2)
    }

    const fn seat(self) -> usize {
        (self.0 / 2) as usize
    }

    const fn side(self) -> usize {
        (self.0 % 2) as usize
    }
}

#[derive(Clone, Copy, Debug)]
struct Links {
    before: Mark,
    after: Mark,
}

/// Where a member sits: its two brackets. A free seat names the next one in `after` of the first.
struct Seat<O> {
    member: Option<Arc<Member<O>>>,
    links: [Links; 2],
}

struct Seats<O> {
    seats: Vec<Seat<O>>,
    first_free: Mark,
    nr_taken: usize,
}

/// The capabilities that stem from one root, and their order.
pub struct Family<O> {
    seats: Lock<Seats<O>>,
}

/// One capability of a family.
pub struct Member<O> {
    family: Arc<Family<O>>,
    seat: u32,
    /// Set once, under the family's lock; from then on the seat is not this one's.
    is_revoked: AtomicBool,
    body: Lock<Body<O>>,
}

struct Body<O> {
    object: Option<O>,
    /// The next one of those that were revoked together.
    next_revoked: Option<Arc<Member<O>>>,
}

impl<O> Seats<O> {
    fn links(&mut self, mark: Mark) -> &mut Links {
        &mut self.seats[mark.seat()].links[mark.side()]
    }

    fn connect(&mut self, before: Mark, after: Mark) {
        if before != Mark::NONE {
            self.links(before).after = after;
        }
        if after != Mark::NONE {
            self.links(after).before = before;
        }
    }

    /// A seat, its brackets around nothing and in no list.
    fn take_seat(&mut self) -> Result<u32, Refusal> {
        if self.nr_taken == MAX_MEMBERS {
            return Err(Refusal::Full);
        }
        let seat = if self.first_free == Mark::NONE {
            let seat = u32::try_from(self.seats.len()).map_err(|_| Refusal::Full)?;
            let nowhere = Links {
                before: Mark::NONE,
                after: Mark::NONE,
            };
            self.seats.push(Seat {
                member: None,
                links: [nowhere; 2],
            });
            seat
        } else {
            let free = self.first_free;
            self.first_free = self.links(free).after;
            free.0 / 2
        };
        self.nr_taken += 1;
        *self.links(Mark::open(seat)) = Links {
            before: Mark::NONE,
            after: Mark::close(seat),
        };
        *self.links(Mark::close(seat)) = Links {
            before: Mark::open(seat),
            after: Mark::NONE,
        };
        Ok(seat)
    }

    /// Put a seat's brackets right behind the first bracket of `parent`.
    fn put_inside(&mut self, parent: u32, seat: u32) {
        let next = self.links(Mark::open(parent)).after;
        self.connect(Mark::open(parent), Mark::open(seat));
        self.connect(Mark::close(seat), next);
    }

    /// Take a seat's brackets out and free it. What was between them stays where it is.
    fn free_seat(&mut self, seat: u32) -> Option<Arc<Member<O>>> {
        for mark in [Mark::open(seat), Mark::close(seat)] {
            let Links { before, after } = *self.links(mark);
            self.connect(before, after);
        }
        self.links(Mark::open(seat)).after = self.first_free;
        self.first_free = Mark::open(seat);
        self.nr_taken -= 1;
        self.seats[Mark::open(seat).seat()].member.take()
    }
}

impl<O> Family<O> {
    /// A family of one, its root.
    pub fn found(object: O) -> Arc<Member<O>> {
        let family = Arc::new(Self {
            seats: Lock::new(
                Rank::CapabilityFamily,
                Seats {
                    seats: Vec::with_capacity(4),
                    first_free: Mark::NONE,
                    nr_taken: 0,
                },
            ),
        });
        let mut seats = family.seats.lock();
        let seat = seats.take_seat().expect("the first seat is free");
        let root = Member::new(&family, seat, object);
        seats.seats[Mark::open(seat).seat()].member = Some(Arc::clone(&root));
        drop(seats);
        root
    }
}

impl<O> Member<O> {
    fn new(family: &Arc<Family<O>>, seat: u32, object: O) -> Arc<Self> {
        Arc::new(Self {
            family: Arc::clone(family),
            seat,
            is_revoked: AtomicBool::new(false),
            body: Lock::new(
                Rank::Capability,
                Body {
                    object: Some(object),
                    next_revoked: None,
                },
            ),
        })
    }

    /// Whether an ancestor took it back.
    pub fn is_revoked(&self) -> bool {
        self.is_revoked.load(Ordering::Acquire)
    }

    /// How many descend from it.
    pub fn nr_descendants(&self) -> usize {
        let mut seats = self.family.seats.lock();
        if self.is_revoked() {
            return 0;
        }
        let mut count = 0;
        let mut mark = seats.links(Mark::open(self.seat)).after;
        while mark != Mark::close(self.seat) {
            count += usize::from(mark.is_open());
            mark = seats.links(mark).after;
        }
        count
    }

    /// Revoke every descendant.
    pub fn revoke_descendants(&self) -> Revoked<O> {
        let mut revoked = Revoked::none();
        let mut seats = self.family.seats.lock();
        if self.is_revoked() {
            return revoked;
        }
        loop {
            // When one goes its children move up to this place: the first is all there is to see.
            let first = seats.links(Mark::open(self.seat)).after;
            if first == Mark::close(self.seat) {
                return revoked;
            }
            let Some(member) = seats.free_seat(first.0 / 2) else {
                continue;
            };
            member.is_revoked.store(true, Ordering::Release);
            member.body.lock().next_revoked = revoked.first.take();
            revoked.first = Some(member);
        }
    }

    /// Its owner gives it up. The object goes with the last reference to the member.
    pub fn leave(&self) {
        let mut seats = self.family.seats.lock();
        let own = if self.is_revoked() {
            None
        } else {
            seats.free_seat(self.seat)
        };
        drop(seats);
        drop(own);
    }
}

impl<O: Clone> Member<O> {
    /// The object; `None` when revoked.
    pub fn object(&self) -> Option<O> {
        if self.is_revoked() {
            return None;
        }
        self.body.lock().object.clone()
    }

    /// A new member that descends from this one.
    pub fn add_child(&self) -> Result<Arc<Self>, Refusal> {
        let object = self.object().ok_or(Refusal::Revoked)?;
        let mut seats = self.family.seats.lock();
        if self.is_revoked() {
            return Err(Refusal::Revoked);
        }
        let seat = seats.take_seat()?;
        seats.put_inside(self.seat, seat);
        let child = Self::new(&self.family, seat, object);
        seats.seats[Mark::open(seat).seat()].member = Some(Arc::clone(&child));
        Ok(child)
    }
}

/// What one revocation took back: the objects, one by one.
pub struct Revoked<O> {
    first: Option<Arc<Member<O>>>,
}

impl<O> Revoked<O> {
    /// Nothing.
    pub(super) const fn none() -> Self {
        Self { first: None }
    }
}

impl<O> Iterator for Revoked<O> {
    type Item = O;

    fn next(&mut self) -> Option<O> {
        loop {
            let member = self.first.take()?;
            let mut body = member.body.lock();
            self.first = body.next_revoked.take();
            let object = body.object.take();
            drop(body);
            if object.is_some() {
                return object;
            }
        }
    }
}

impl<O> Drop for Revoked<O> {
    fn drop(&mut self) {
        // One after the other: dropping the first alone would drop the rest from within, as deep as
        // there are many.
        for object in self {
            drop(object);
        }
    }
}
