//! The handle table: the only way from a process to an object.
//!
//! A POSIX file descriptor is a handle: an object, and the rights this holder has to it.

use alloc::collections::BTreeMap;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Handles a process may hold. Linux's default of `RLIMIT_NOFILE` is the same.
pub const MAX_HANDLES: usize = 1024;

/// A reference to an object of type `O` with rights.
#[derive(Clone, Debug)]
pub struct Handle<O> {
    /// What it refers to.
    pub object: O,
    /// What the holder may do with it.
    pub rights: Rights,
    /// It does not go to a child.
    pub is_close_on_exec: bool,
}

/// The handles of one process, by number.
#[derive(Clone, Debug)]
pub struct HandleTable<O> {
    handles: BTreeMap<i32, Handle<O>>,
}

/// Whether a handle can have this number.
fn is_number(number: i32) -> bool {
    usize::try_from(number).is_ok_and(|number| number < MAX_HANDLES)
}

impl<O: Clone> HandleTable<O> {
    /// No handles.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            handles: BTreeMap::new(),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.handles.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.handles.is_empty()
    }

    /// Add a handle under the lowest free number, as POSIX wants it of `open`.
    ///
    /// # Errors
    /// EMFILE when the table is full.
    pub fn insert(&mut self, handle: Handle<O>) -> Result<i32, Errno> {
        self.insert_from(handle, 0)
    }

    /// Add a handle under the lowest free number that is not below `minimum`. POSIX F_DUPFD.
    ///
    /// # Errors
    /// EMFILE when there is none; EINVAL when `minimum` is no number that a handle can have.
    pub fn insert_from(&mut self, handle: Handle<O>, minimum: i32) -> Result<i32, Errno> {
        if !is_number(minimum) {
            return Err(Errno::EINVAL);
        }
        // Keys ascend: the first that is not its own position leaves a gap.
        let number = (minimum..)
            .zip(self.handles.range(minimum..))
            .find(|&(position, (&key, _))| position != key)
            .map(|(position, _)| position)
            .or_else(|| match self.handles.last_key_value() {
                Some((&last, _)) if last >= minimum => last.checked_add(1),
                _ => Some(minimum),
            })
            .filter(|&number| is_number(number))
            .ok_or(Errno::EMFILE)?;
        self.handles.insert(number, handle);
        Ok(number)
    }

    /// Put a handle under `number`; the one that was there. POSIX `dup2`.
    ///
    /// # Errors
    /// EBADF when it is no number that a handle can have.
    pub fn insert_at(
        &mut self,
        handle: Handle<O>,
        number: i32,
    ) -> Result<Option<Handle<O>>, Errno> {
        if !is_number(number) {
            return Err(Errno::EBADF);
        }
        Ok(self.handles.insert(number, handle))
    }

    /// The handle `number`, whatever its rights.
    ///
    /// # Errors
    /// EBADF when there is none.
    pub fn handle(&self, number: i32) -> Result<&Handle<O>, Errno> {
        self.handles.get(&number).ok_or(Errno::EBADF)
    }

    /// Say whether handle `number` goes to a child.
    ///
    /// # Errors
    /// EBADF when there is none.
    pub fn set_close_on_exec(&mut self, number: i32, is_set: bool) -> Result<(), Errno> {
        let handle = self.handles.get_mut(&number).ok_or(Errno::EBADF)?;
        handle.is_close_on_exec = is_set;
        Ok(())
    }

    /// The object of handle `number`, if it gives the rights `wanted`.
    ///
    /// # Errors
    /// EBADF when there is no such handle or a right is missing, as POSIX has it for descriptors.
    pub fn get(&self, number: i32, wanted: Rights) -> Result<O, Errno> {
        let handle = self.handles.get(&number).ok_or(Errno::EBADF)?;
        if handle.rights.contains(wanted) {
            Ok(handle.object.clone())
        } else {
            Err(Errno::EBADF)
        }
    }

    /// Take a handle out.
    ///
    /// # Errors
    /// EBADF.
    pub fn remove(&mut self, number: i32) -> Result<Handle<O>, Errno> {
        self.handles.remove(&number).ok_or(Errno::EBADF)
    }

    /// Take all out.
    pub fn take_all(&mut self) -> Self {
        core::mem::take(self)
    }

    /// What a child gets: every handle that is not close-on-exec, under the same number.
    #[must_use]
    pub fn inherited(&self) -> Self {
        let kept = self
            .handles
            .iter()
            .filter(|(_, handle)| !handle.is_close_on_exec);
        Self {
            handles: kept
                .map(|(&number, handle)| (number, handle.clone()))
                .collect(),
        }
    }
}

impl<O: Clone> Default for HandleTable<O> {
    fn default() -> Self {
        Self::new()
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
        let old = |result: Result<Option<Handle<char>>, Errno>| result.map(|h| h.map(|h| h.object));
        assert_eq!(old(table.insert_at(handle('a', Rights::READ), 5)), Ok(None));
        assert_eq!(
            old(table.insert_at(handle('b', Rights::READ), 5)),
            Ok(Some('a'))
        );
        for number in [-1, 1024, i32::MAX] {
            let result = old(table.insert_at(handle('c', Rights::READ), number));
            assert_eq!(result, Err(Errno::EBADF), "{number}");
        }
        assert_eq!(table.handle(5).map(|h| h.is_close_on_exec), Ok(false));
        assert_eq!(table.set_close_on_exec(5, true), Ok(()));
        assert_eq!(table.handle(5).map(|h| h.is_close_on_exec), Ok(true));
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
    }

    #[test]
    fn children_do_not_get_what_closes_on_exec() {
        let mut table = HandleTable::new();
        for object in ['a', 'B', 'c'] {
            table.insert(handle(object, Rights::READ)).expect("room");
        }
        let child = table.inherited();
        assert_eq!(child.get(0, Rights::READ), Ok('a'));
        assert_eq!(child.get(1, Rights::READ), Err(Errno::EBADF));
        assert_eq!(child.get(2, Rights::READ), Ok('c'));
    }
}
