//! Capabilities: an object, the rights to it, a badge; and who got theirs from whom.
//!
//! ```text
//! new ──▶ root ──derive──▶ child ──derive──▶ grandchild        rights only ever shrink on the way
//!          │ revoke: child and grandchild are dead, wherever they are
//!          └ dropped: its children belong to its parent, or are roots
//! ```
//! A [`Capability`] has exactly one owner: a slot of a handle table, or a message on its way. Those
//! that stem from one root are a family, which knows their order of descent. One that nobody derived
//! from has no family yet and costs no more than its object: that is what OPEN and CLOSE see.
//!
//! Looking at the object takes no lock of the family. A revoked capability keeps its place with its
//! owner, so that a descriptor's number does not come to mean something else behind the back of who
//! uses it; but the object is gone from it.
//!
//! Source: seL4 Reference Manual "Capability Derivation Tree" (revoking, the badge); Fuchsia
//! "Rights" (duplicating and passing only take rights away).

mod family;

use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use family::{Family, Member};
use kpio_abi::rights::Rights;

pub use family::Revoked;

/// The last id that was given. 64 bits do not run out, so that no id comes twice.
static LAST_ID: AtomicU64 = AtomicU64::new(0);
/// How many capabilities there are.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Capabilities of the whole system: those in handle tables and those in messages.
#[must_use]
pub fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// Why nothing could be derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The capability is revoked.
    Revoked,
    /// Its family has as many as it may have.
    Full,
    /// It has a badge already; that cannot be changed.
    Badged,
}

/// An object of type `O` with rights.
pub struct Capability<O> {
    id: u64,
    badge: u64,
    rights: Rights,
    place: Place<O>,
}

enum Place<O> {
    /// A root that nobody has derived from.
    Alone(O),
    /// One of a family, which can take the object away.
    Member(Arc<Member<O>>),
}

impl<O> Capability<O> {
    fn with_place(rights: Rights, badge: u64, place: Place<O>) -> Self {
        COUNT.fetch_add(1, Ordering::Relaxed);
        Self {
            id: LAST_ID.fetch_add(1, Ordering::Relaxed) + 1,
            badge,
            rights,
            place,
        }
    }

    /// A root: these rights and the basic ones, no badge.
    pub fn new(object: O, rights: Rights) -> Self {
        Self::with_place(rights.union(Rights::BASIC), 0, Place::Alone(object))
    }

    /// Its number, which no other one has or had.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// What it allows.
    #[must_use]
    pub const fn rights(&self) -> Rights {
        self.rights
    }

    /// What whoever gave it wrote on it; 0: nothing.
    #[must_use]
    pub const fn badge(&self) -> u64 {
        self.badge
    }

    /// Whether an ancestor took it back.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        match &self.place {
            Place::Alone(_) => false,
            Place::Member(member) => member.is_revoked(),
        }
    }

    /// How many were derived from it, directly or through others, and are still there.
    #[must_use]
    pub fn nr_descendants(&self) -> usize {
        match &self.place {
            Place::Alone(_) => 0,
            Place::Member(member) => member.nr_descendants(),
        }
    }

    /// Take all descendants back. They are dead when this returns; their objects are still to be
    /// dropped, which is for a place where no lock is held.
    #[must_use = "the objects are dropped with it, where no lock is held"]
    pub fn revoke(&self) -> Revoked<O> {
        match &self.place {
            Place::Alone(_) => Revoked::none(),
            Place::Member(member) => member.revoke_descendants(),
        }
    }
}

impl<O: Clone> Capability<O> {
    /// The object; `None` when revoked.
    #[must_use]
    pub fn object(&self) -> Option<O> {
        match &self.place {
            Place::Alone(object) => Some(object.clone()),
            Place::Member(member) => member.object(),
        }
    }

    /// A child with the rights that are also in `kept`, and this badge instead of none.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn derive(&mut self, kept: Rights, badge: u64) -> Result<Self, Refusal> {
        if self.is_revoked() {
            return Err(Refusal::Revoked);
        }
        if badge != 0 && self.badge != 0 && badge != self.badge {
            return Err(Refusal::Badged);
        }
        let member = match &self.place {
            Place::Member(member) => Arc::clone(member),
            Place::Alone(object) => {
                let member = Family::found(object.clone());
                self.place = Place::Member(Arc::clone(&member));
                member
            }
        };
        let child = member.add_child()?;
        Ok(Self::with_place(
            self.rights.intersection(kept),
            // One of them is 0, or they are the same.
            self.badge | badge,
            Place::Member(child),
        ))
    }

    /// The capability to be given away with the rights that are also in `kept`. With all of them it
    /// is this one; with fewer it is a child, and this one is gone.
    ///
    /// # Errors
    /// See [`Refusal`]; with the capability as it was.
    pub fn diminish(mut self, kept: Rights) -> Result<Self, (Self, Refusal)> {
        if kept.contains(self.rights) {
            return Ok(self);
        }
        self.derive(kept, 0).map_err(|refusal| (self, refusal))
    }
}

impl<O> fmt::Debug for Capability<O> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Capability")
            .field("id", &self.id)
            .field("badge", &self.badge)
            .field("rights", &self.rights)
            .field("is_revoked", &self.is_revoked())
            .finish_non_exhaustive()
    }
}

impl<O> Drop for Capability<O> {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::Relaxed);
        if let Place::Member(member) = &self.place {
            member.leave();
        }
    }
}

#[cfg(test)]
mod tests;
