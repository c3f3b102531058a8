//! The handle table: the only way from a process to an object.
//!
//! A POSIX file descriptor is a handle: a number for a capability. What is made from a handle, by
//! duplicating it or by giving it to a child, is derived from its capability.

use crate::capability::{Capability, Refusal, Revoked};
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Handles a process may hold. Linux's default of `RLIMIT_NOFILE` is the same.
pub const MAX_HANDLES: usize = 1024;

/// What a call opens: an object of type `O`, and what the call gives the process to it.
#[derive(Clone, Debug)]
pub struct Handle<O> {
    /// What it refers to.
    pub object: O,
    /// What the holder may do with it, besides what every new handle allows.
    pub rights: Rights,
    /// It does not go to another program.
    pub is_close_on_exec: bool,
}

/// The number of what was added, and what it replaces.
pub type Added<O> = (i32, Option<Capability<O>>);

/// Which number a handle is to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// The lowest free one that is not below this.
    From(i32),
    /// This one; what is there is replaced.
    At(i32),
}

impl Number {
    /// The lowest free one, as POSIX wants it of `open`.
    pub const LOWEST: Self = Self::From(0);
}

#[derive(Debug)]
struct Slot<O> {
    capability: Capability<O>,
    is_close_on_exec: bool,
}

/// The handles of one process, by number.
#[derive(Debug)]
pub struct HandleTable<O> {
    slots: Vec<Option<Slot<O>>>,
    taken: NumberSet,
    len: usize,
}

impl From<Refusal> for Errno {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Revoked => Self::EBADF,
            Refusal::Full => Self::ENFILE,
            Refusal::Badged => Self::EPERM,
        }
    }
}

impl<O> HandleTable<O> {
    /// No handles.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            slots: Vec::new(),
            taken: NumberSet::new(),
            len: 0,
        }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn slot(&self, number: i32) -> Result<&Slot<O>, Errno> {
        // A negative number is a large index.
        let slot = self.slots.get(number.cast_unsigned() as usize);
        slot.and_then(Option::as_ref).ok_or(Errno::EBADF)
    }

    fn slot_mut(&mut self, number: i32) -> Result<&mut Slot<O>, Errno> {
        let slot = self.slots.get_mut(number.cast_unsigned() as usize);
        slot.and_then(Option::as_mut).ok_or(Errno::EBADF)
    }

    /// The index a handle would get.
    ///
    /// # Errors
    /// EMFILE when there is none; EBADF for a place, EINVAL for a minimum beyond the table's end.
    fn choose(&self, wanted: Number) -> Result<usize, Errno> {
        let in_table = |number: i32| usize::try_from(number).ok().filter(|&n| n < MAX_HANDLES);
        match wanted {
            Number::At(number) => in_table(number).ok_or(Errno::EBADF),
            Number::From(minimum) => {
                let minimum = in_table(minimum).ok_or(Errno::EINVAL)?;
                self.taken.first_free(minimum).ok_or(Errno::EMFILE)
            }
        }
    }

    /// Put a slot at a chosen index; what was there.
    fn put(&mut self, index: usize, slot: Slot<O>) -> Option<Slot<O>> {
        if index >= self.slots.len() {
            self.slots.resize_with(index + 1, || None);
        }
        self.taken.insert(index);
        let before = self.slots[index].replace(slot);
        self.len += usize::from(before.is_none());
        before
    }

    /// Add a capability; its number and, with [`Number::At`], what it replaces.
    ///
    /// # Errors
    /// EMFILE when there is no free number; EBADF for a place, EINVAL for a minimum beyond the
    /// table's end; with the capability, so that it is dropped where no lock is held.
    pub fn add(
        &mut self,
        capability: Capability<O>,
        wanted: Number,
        is_close_on_exec: bool,
    ) -> Result<Added<O>, (Errno, Capability<O>)> {
        let index = match self.choose(wanted) {
            Ok(index) => index,
            Err(errno) => return Err((errno, capability)),
        };
        let before = self.put(
            index,
            Slot {
                capability,
                is_close_on_exec,
            },
        );
        Ok((number_of(index), before.map(|slot| slot.capability)))
    }

    /// Whether `count` more handles would find a number.
    #[must_use]
    pub const fn has_room_for(&self, count: usize) -> bool {
        count <= MAX_HANDLES - self.len
    }

    /// Add a new handle under the lowest free number, as POSIX wants it of `open`.
    ///
    /// # Errors
    /// EMFILE when the table is full.
    pub fn insert(&mut self, handle: Handle<O>) -> Result<i32, Errno> {
        self.insert_from(handle, 0)
    }

    /// Add a new handle under the lowest free number that is not below `minimum`.
    ///
    /// # Errors
    /// EMFILE when the table is full from there on; EINVAL when `minimum` lies beyond its end.
    pub fn insert_from(&mut self, handle: Handle<O>, minimum: i32) -> Result<i32, Errno> {
        let capability = Capability::new(handle.object, handle.rights);
        self.add(capability, Number::From(minimum), handle.is_close_on_exec)
            .map(|(number, _)| number)
            .map_err(|(errno, _)| errno)
    }

    /// Add a new handle under `number`; what was there.
    ///
    /// # Errors
    /// EBADF when the number lies beyond the table's end.
    pub fn insert_at(
        &mut self,
        handle: Handle<O>,
        number: i32,
    ) -> Result<Option<Capability<O>>, Errno> {
        let capability = Capability::new(handle.object, handle.rights);
        self.add(capability, Number::At(number), handle.is_close_on_exec)
            .map(|(_, before)| before)
            .map_err(|(errno, _)| errno)
    }

    /// The capability under `number`, revoked or not.
    ///
    /// # Errors
    /// EBADF.
    pub fn capability(&self, number: i32) -> Result<&Capability<O>, Errno> {
        self.slot(number).map(|slot| &slot.capability)
    }

    /// Whether a handle goes to no other program.
    ///
    /// # Errors
    /// EBADF.
    pub fn is_close_on_exec(&self, number: i32) -> Result<bool, Errno> {
        self.slot(number).map(|slot| slot.is_close_on_exec)
    }

    /// Say whether a handle goes to no other program.
    ///
    /// # Errors
    /// EBADF.
    pub fn set_close_on_exec(&mut self, number: i32, is_close_on_exec: bool) -> Result<(), Errno> {
        self.slot_mut(number)?.is_close_on_exec = is_close_on_exec;
        Ok(())
    }

    /// Take a handle out.
    ///
    /// # Errors
    /// EBADF.
    pub fn remove(&mut self, number: i32) -> Result<Capability<O>, Errno> {
        let index = number.cast_unsigned() as usize;
        let slot = self.slots.get_mut(index).and_then(Option::take);
        let slot = slot.ok_or(Errno::EBADF)?;
        self.taken.remove(index);
        self.len -= 1;
        Ok(slot.capability)
    }

    /// Take all out.
    pub fn take_all(&mut self) -> Self {
        core::mem::take(self)
    }

    /// Take out what does not go to another program, for EXEC.
    pub fn take_close_on_exec(&mut self) -> Vec<Capability<O>> {
        let mut taken = Vec::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if let Some(slot) = slot.take_if(|slot| slot.is_close_on_exec) {
                self.taken.remove(index);
                self.len -= 1;
                taken.push(slot.capability);
            }
        }
        taken
    }
}

impl<O: Clone> HandleTable<O> {
    /// The object of handle `number`, if it gives the rights `wanted`.
    ///
    /// # Errors
    /// EBADF when there is no such handle, it was revoked, or a right is missing, as POSIX has it for
    /// descriptors.
    pub fn get(&self, number: i32, wanted: Rights) -> Result<O, Errno> {
        let capability = &self.slot(number)?.capability;
        if !capability.rights().contains(wanted) {
            return Err(Errno::EBADF);
        }
        capability.object().ok_or(Errno::EBADF)
    }

    /// A capability derived from that of `number`, to be given away.
    ///
    /// # Errors
    /// EBADF when there is no such handle, it was revoked, or it does not give the rights `needed`;
    /// EPERM when it has another badge, ENFILE when too many stem from the same one.
    pub fn derive(
        &mut self,
        number: i32,
        needed: Rights,
        kept: Rights,
        badge: u64,
    ) -> Result<Capability<O>, Errno> {
        let capability = &mut self.slot_mut(number)?.capability;
        if !capability.rights().contains(needed) {
            return Err(Errno::EBADF);
        }
        Ok(capability.derive(kept, badge)?)
    }

    /// Take back all that descends from handle `number`. The objects are to be dropped where no lock
    /// is held.
    ///
    /// # Errors
    /// EBADF when there is no such handle, it was revoked, or it has not the right to revoke.
    pub fn revoke(&self, number: i32) -> Result<Revoked<O>, Errno> {
        let capability = &self.slot(number)?.capability;
        if !capability.rights().contains(Rights::REVOKE) || capability.is_revoked() {
            return Err(Errno::EBADF);
        }
        Ok(capability.revoke())
    }

    /// Make a handle from handle `number`, with the rights that are also in `kept`; its number, and
    /// what it replaces. POSIX `dup`, `dup2` of two numbers, and `fcntl` with F_DUPFD.
    ///
    /// # Errors
    /// As [`Self::derive`] with the right to duplicate, and as [`Self::add`].
    pub fn duplicate(
        &mut self,
        number: i32,
        wanted: Number,
        kept: Rights,
        badge: u64,
        is_close_on_exec: bool,
    ) -> Result<Added<O>, Errno> {
        // The handle is judged first, then the number.
        let source = &self.slot(number)?.capability;
        if !source.rights().contains(Rights::DUPLICATE) || source.is_revoked() {
            return Err(Errno::EBADF);
        }
        let index = self.choose(wanted)?;
        let capability = self.derive(number, Rights::DUPLICATE, kept, badge)?;
        let slot = Slot {
            capability,
            is_close_on_exec,
        };
        let before = self.put(index, slot);
        Ok((number_of(index), before.map(|slot| slot.capability)))
    }

    /// What a child that runs another program gets: every handle that is not close-on-exec and may
    /// be given away, under the same number.
    ///
    /// # Errors
    /// ENFILE when too many handles stem from the same one.
    pub fn inherited(&mut self) -> Result<Self, Errno> {
        self.given(|slot| !slot.is_close_on_exec)
    }

    /// What a child that goes on with the same program gets: every handle that may be given away,
    /// under the same number.
    ///
    /// # Errors
    /// ENFILE when too many handles stem from the same one.
    pub fn forked(&mut self) -> Result<Self, Errno> {
        self.given(|_| true)
    }

    fn given(&mut self, is_wanted: impl Fn(&Slot<O>) -> bool) -> Result<Self, Errno> {
        let mut child = Self::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let Some(slot) = slot.as_mut().filter(|slot| is_wanted(slot)) else {
                continue;
            };
            let is_given = slot.capability.rights().contains(Rights::TRANSFER)
                && !slot.capability.is_revoked();
            if is_given {
                let capability = slot.capability.derive(slot.capability.rights(), 0)?;
                let is_close_on_exec = slot.is_close_on_exec;
                child.put(
                    index,
                    Slot {
                        capability,
                        is_close_on_exec,
                    },
                );
            }
        }
        Ok(child)
    }
}

impl<O> Default for HandleTable<O> {
    fn default() -> Self {
        Self::new()
    }
}

fn number_of(index: usize) -> i32 {
    i32::try_from(index).expect("an index is below MAX_HANDLES")
}

const WORD_BITS: usize = u64::BITS as usize;

/// Numbers below [`MAX_HANDLES`].
#[derive(Debug)]
struct NumberSet {
    words: [u64; MAX_HANDLES / WORD_BITS],
    /// No word before this one has a number that is not in the set.
    first_word: usize,
}

impl NumberSet {
    const fn new() -> Self {
        Self {
            words: [0; MAX_HANDLES / WORD_BITS],
            first_word: 0,
        }
    }

    fn insert(&mut self, number: usize) {
        let word = number / WORD_BITS;
        self.words[word] |= 1 << (number % WORD_BITS);
        if word == self.first_word && self.words[word] == u64::MAX {
            self.first_word += 1;
        }
    }

    fn remove(&mut self, number: usize) {
        let word = number / WORD_BITS;
        self.words[word] &= !(1 << (number % WORD_BITS));
        self.first_word = self.first_word.min(word);
    }

    /// The lowest number that is not in the set and not below `minimum`.
    fn first_free(&self, minimum: usize) -> Option<usize> {
        let first = self.first_word.max(minimum / WORD_BITS);
        let below = if first == minimum / WORD_BITS {
            (1 << (minimum % WORD_BITS)) - 1
        } else {
            0
        };
        let mut taken_too = below;
        for (word, bits) in self.words.iter().enumerate().skip(first) {
            let free = !(bits | taken_too);
            taken_too = 0;
            if free != 0 {
                return Some(word * WORD_BITS + free.trailing_zeros() as usize);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handle(object: char, rights: Rights) -> Handle<char> {
        Handle {
            object,
            rights,
            is_close_on_exec: object.is_uppercase(),
        }
    }

    #[test]
    fn the_lowest_free_number_is_taken() {
        let mut table = HandleTable::new();
        for (i, object) in ('a'..='e').enumerate() {
            assert_eq!(
                table.insert(handle(object, Rights::READ)),
                Ok(i32::try_from(i).expect("few"))
            );
        }
        table.remove(1).expect("there");
        table.remove(3).expect("there");
        assert_eq!(table.insert(handle('x', Rights::READ)), Ok(1));
        assert_eq!(table.insert(handle('y', Rights::READ)), Ok(3));
        assert_eq!(table.insert(handle('z', Rights::READ)), Ok(5));
        assert_eq!(table.insert_from(handle('m', Rights::READ), 130), Ok(130));
        assert_eq!(table.insert_from(handle('n', Rights::READ), 130), Ok(131));
        assert_eq!(table.insert_from(handle('o', Rights::READ), 4), Ok(6));
        assert_eq!(table.len(), 9);
    }

    #[test]
    fn a_number_may_have_a_lower_bound() {
        let mut table = HandleTable::new();
        assert_eq!(table.insert_from(handle('a', Rights::READ), 7), Ok(7));
        assert_eq!(table.insert_from(handle('b', Rights::READ), 6), Ok(6));
        assert_eq!(table.insert_from(handle('c', Rights::READ), 6), Ok(8));
        assert_eq!(table.insert(handle('d', Rights::READ)), Ok(0));
        assert_eq!(table.insert_from(handle('e', Rights::READ), 1023), Ok(1023));
        for (minimum, errno) in [
            (1023, Errno::EMFILE),
            (1024, Errno::EINVAL),
            (-1, Errno::EINVAL),
        ] {
            let result = table.insert_from(handle('f', Rights::READ), minimum);
            assert_eq!(result, Err(errno), "{minimum}");
        }
    }

    #[test]
    fn a_number_may_be_chosen() {
        let mut table = HandleTable::new();
        let old = |result: Result<Option<Capability<char>>, Errno>| {
            result.map(|before| before.and_then(|before| before.object()))
        };
        for number in [5, 64] {
            let first = table.insert_at(handle('a', Rights::READ), number);
            assert_eq!(old(first), Ok(None));
            let second = table.insert_at(handle('b', Rights::READ), number);
            assert_eq!(old(second), Ok(Some('a')));
            assert_eq!(table.get(number, Rights::READ), Ok('b'));
        }
        assert_eq!(table.len(), 2);
        for number in [-1, 1024, i32::MAX] {
            let result = old(table.insert_at(handle('c', Rights::READ), number));
            assert_eq!(result, Err(Errno::EBADF), "{number}");
        }
        assert_eq!(table.is_close_on_exec(5), Ok(false));
        assert_eq!(table.set_close_on_exec(5, true), Ok(()));
        assert_eq!(table.is_close_on_exec(5), Ok(true));
        assert_eq!(table.set_close_on_exec(6, true), Err(Errno::EBADF));
    }

    #[test]
    fn rights_are_checked() {
        let mut table = HandleTable::new();
        table
            .insert(handle('a', Rights::READ.union(Rights::SEEK)))
            .expect("room");
        assert_eq!(table.get(0, Rights::READ), Ok('a'));
        assert_eq!(table.get(0, Rights::WRITE), Err(Errno::EBADF));
        assert_eq!(table.get(1, Rights::NONE), Err(Errno::EBADF));
        assert_eq!(table.get(-1, Rights::NONE), Err(Errno::EBADF));
    }

    #[test]
    fn a_full_table_is_said() {
        let mut table = HandleTable::new();
        for _ in 0..MAX_HANDLES {
            table.insert(handle('a', Rights::NONE)).expect("room");
        }
        assert_eq!(table.insert(handle('a', Rights::NONE)), Err(Errno::EMFILE));
        let duplicate = table.duplicate(0, Number::LOWEST, Rights::NONE, 0, false);
        assert_eq!(duplicate.err(), Some(Errno::EMFILE));
        table.remove(700).expect("there");
        assert_eq!(table.insert(handle('a', Rights::NONE)), Ok(700));
    }

    #[test]
    fn children_do_not_get_what_closes_on_exec_or_stays_here() {
        let mut table = HandleTable::new();
        for object in ['a', 'B', 'c', 'd'] {
            table.insert(handle(object, Rights::READ)).expect("room");
        }
        let kept = table.duplicate(3, Number::LOWEST, Rights::READ, 0, false);
        assert_eq!(kept.map(|(number, _)| number), Ok(4));
        let child = table.inherited().expect("room");
        assert_eq!(child.get(0, Rights::READ), Ok('a'));
        assert_eq!(child.get(1, Rights::READ), Err(Errno::EBADF));
        assert_eq!(child.get(2, Rights::READ), Ok('c'));
        assert_eq!(child.get(4, Rights::READ), Err(Errno::EBADF));
        assert_eq!(child.len(), 3);
        let mut forked = table.forked().expect("room");
        assert_eq!(forked.get(1, Rights::READ), Ok('B'));
        assert_eq!(forked.is_close_on_exec(1), Ok(true));
        assert_eq!(forked.take_close_on_exec().len(), 1);
        assert_eq!(forked.get(1, Rights::READ), Err(Errno::EBADF));
        assert_eq!(forked.len(), 3);
    }

    #[test]
    fn a_revoked_handle_keeps_its_number_until_it_is_closed() {
        let mut table = HandleTable::new();
        table.insert(handle('a', Rights::READ)).expect("room");
        let mut child = table.inherited().expect("room");
        let revoked = table.capability(0).expect("there").revoke();
        assert_eq!(child.get(0, Rights::READ), Err(Errno::EBADF));
        assert_eq!(table.get(0, Rights::READ), Ok('a'));
        assert_eq!(revoked.count(), 1);
        assert_eq!(child.insert(handle('b', Rights::READ)), Ok(1));
        assert!(child.remove(0).expect("there").is_revoked());
        assert_eq!(child.insert(handle('c', Rights::READ)), Ok(0));
    }
}
