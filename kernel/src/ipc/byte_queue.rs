//! Bytes in the order they came, in pages: what is inside of a pipe.
//!
//! The queue does not copy: it names the places, piece by piece, and its caller moves the bytes
//! between them and the memory of a program. So each byte is copied once on its way in and once on
//! its way out. A page is taken when it is first used and kept until the queue goes; an empty queue
//! begins again with its first page, so that short messages always use the same one.

use crate::memory::{OutOfMemory, check_budget};
use alloc::vec::Vec;
use kpio_abi::memory::PAGE_SIZE;
use kpio_hal::frame::Frame;

/// A part of a transfer, within one page.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The page.
    pub frame: &'a Frame,
    /// Where in the page the part lies.
    pub offset: usize,
    /// How many bytes of the transfer come before it.
    pub done: usize,
    /// How many bytes it is.
    pub len: usize,
}

/// The content does not fit into the wanted size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResizeError {
    /// There are more bytes than that.
    TooFull,
    /// Memory is used up.
    OutOfMemory,
}

/// Bytes, first in, first out.
#[derive(Debug)]
pub struct ByteQueue {
    pages: Vec<Option<Frame>>,
    /// Where the oldest byte is.
    head: usize,
    len: usize,
}

impl ByteQueue {
    /// An empty queue that holds up to `nr_pages` pages of bytes.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn new(nr_pages: usize) -> Result<Self, OutOfMemory> {
        let mut pages = Vec::new();
        pages.try_reserve_exact(nr_pages).map_err(|_| OutOfMemory)?;
        pages.resize_with(nr_pages, || None);
        Ok(Self {
            pages,
            head: 0,
            len: 0,
        })
    }

    /// How many bytes it can hold.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.pages.len() * PAGE_SIZE
    }

    /// How many bytes it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many bytes more it can hold.
    #[must_use]
    pub fn room(&self) -> usize {
        self.capacity() - self.len
    }

    /// The place `distance` bytes after the head: page, offset in it, bytes to the page's end.
    fn place(&self, distance: usize) -> (usize, usize, usize) {
        let mut at = self.head + distance;
        if at >= self.capacity() {
            at -= self.capacity();
        }
        let offset = at % PAGE_SIZE;
        (at / PAGE_SIZE, offset, PAGE_SIZE - offset)
    }

    /// Add up to `wanted` bytes, as far as there is room; `copy` fills each piece. Returns how many
    /// were added and, when a piece failed, why: the pieces before it stay.
    ///
    /// # Errors
    /// In the pair: what `copy` says, or [`OutOfMemory`].
    pub fn put<E: From<OutOfMemory>>(
        &mut self,
        wanted: usize,
        mut copy: impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> (usize, Result<(), E>) {
        let total = wanted.min(self.room());
        let mut done = 0;
        while done < total {
            let (page, offset, to_page_end) = self.place(self.len);
            let len = to_page_end.min(total - done);
            let frame = match touch(&mut self.pages[page]) {
                Ok(frame) => frame,
                Err(error) => return (done, Err(error.into())),
            };
            let piece = Piece {
                frame,
                offset,
                done,
                len,
            };
            if let Err(error) = copy(piece) {
                return (done, Err(error));
            }
            self.len += len;
            done += len;
        }
        (done, Ok(()))
    }

    /// Remove up to `wanted` bytes, as far as there are some; `copy` empties each piece. Returns how
    /// many were removed and, when a piece failed, why: the pieces before it are gone.
    ///
    /// # Errors
    /// In the pair: what `copy` says.
    pub fn take<E>(
        &mut self,
        wanted: usize,
        mut copy: impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> (usize, Result<(), E>) {
        let total = wanted.min(self.len);
        let mut done = 0;
        let mut result = Ok(());
        while done < total {
            let (page, offset, to_page_end) = self.place(0);
            let len = to_page_end.min(total - done);
            let Some(frame) = &self.pages[page] else {
                break; // cannot be: bytes lie in pages that were touched
            };
            let piece = Piece {
                frame,
                offset,
                done,
                len,
            };
            result = copy(piece);
            if result.is_err() {
                break;
            }
            self.head += len;
            if self.head == self.capacity() {
                self.head = 0;
            }
            self.len -= len;
            done += len;
        }
        if self.len == 0 {
            self.head = 0;
        }
        (done, result)
    }

    /// Take back the newest bytes, so that `len` stay.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// The same bytes in a queue of another size.
    ///
    /// # Errors
    /// [`ResizeError`]; the queue is unchanged.
    pub fn resized(&self, nr_pages: usize) -> Result<Self, ResizeError> {
        if self.len > nr_pages * PAGE_SIZE {
            return Err(ResizeError::TooFull);
        }
        let mut new = Self::new(nr_pages).map_err(|_| ResizeError::OutOfMemory)?;
        let mut buffer = [0; 256];
        while new.len < self.len {
            let (page, offset, to_page_end) = self.place(new.len);
            let Some(frame) = &self.pages[page] else {
                break; // cannot be, as in `take`
            };
            let len = to_page_end.min(self.len - new.len).min(buffer.len());
            frame.read(offset, &mut buffer[..len]);
            let (_, result) = new.put(len, |piece| {
                let bytes = &buffer[piece.done..piece.done + piece.len];
                piece.frame.write(piece.offset, bytes);
                Ok::<_, OutOfMemory>(())
            });
            result.map_err(|_| ResizeError::OutOfMemory)?;
        }
        Ok(new)
    }
}

/// The frame of a page, made at its first use.
fn touch(page: &mut Option<Frame>) -> Result<&Frame, OutOfMemory> {
    match page {
        Some(frame) => Ok(frame),
        None => {
            check_budget(1)?;
            Ok(page.insert(Frame::zeroed().ok_or(OutOfMemory)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::vec;

    fn queue(nr_pages: usize) -> ByteQueue {
        kpio_hal::frame::init_host();
        ByteQueue::new(nr_pages).expect("memory")
    }

    fn put(queue: &mut ByteQueue, bytes: &[u8]) -> usize {
        let (done, result) = queue.put(bytes.len(), |piece| {
            let part = &bytes[piece.done..piece.done + piece.len];
            piece.frame.write(piece.offset, part);
            Ok::<_, OutOfMemory>(())
        });
        result.expect("memory");
        done
    }

    fn take(queue: &mut ByteQueue, wanted: usize) -> Vec<u8> {
        let mut bytes = vec![0; wanted];
        let (done, result) = queue.take(wanted, |piece| {
            let part = &mut bytes[piece.done..piece.done + piece.len];
            piece.frame.read(piece.offset, part);
            Ok::<_, ()>(())
        });
        result.expect("no copy fails");
        bytes.truncate(done);
        bytes
    }

    /// Lengths at which something may go wrong: a byte, a part of a page, around one, too many.
    const LENGTHS: [usize; 5] = [1, 2047, 4096, 4097, 9000];

    /// Every sequence of five operations on a queue of two pages gives what a plain queue gives.
    #[test]
    fn all_short_sequences_are_those_of_a_plain_queue() {
        const DEPTH: u32 = 5;
        const PERIOD: usize = 251;
        let pattern: Vec<u8> = (0..=u8::MAX).take(PERIOD).cycle().take(10_000).collect();
        let nr_operations = 2 * LENGTHS.len();
        for code in 0..nr_operations.pow(DEPTH) {
            let mut real = queue(2);
            let mut model = VecDeque::new();
            let (mut rest, mut nr_put) = (code, 0);
            for _ in 0..DEPTH {
                let operation = rest % nr_operations;
                rest /= nr_operations;
                let len = LENGTHS[operation / 2];
                if operation.is_multiple_of(2) {
                    let bytes = &pattern[nr_put % PERIOD..][..len];
                    let done = put(&mut real, bytes);
                    assert_eq!(done, len.min(8192 - model.len()), "{code}");
                    model.extend(&bytes[..done]);
                    nr_put += done;
                } else {
                    let expected: Vec<u8> = model.drain(..len.min(model.len())).collect();
                    assert!(take(&mut real, len) == expected, "{code}");
                }
                assert_eq!((real.len(), real.room()), (model.len(), 8192 - model.len()));
            }
        }
    }

    #[test]
    fn a_failed_copy_leaves_the_pieces_before_it() {
        let mut queue = queue(3);
        let fails_at = |limit: usize| {
            move |piece: Piece<'_>| {
                if piece.done >= limit {
                    Err(OutOfMemory)
                } else {
                    Ok(())
                }
            }
        };
        assert_eq!(queue.put(10_000, fails_at(4097)), (8192, Err(OutOfMemory)));
        assert_eq!(queue.len(), 8192);
        assert_eq!(queue.take(8192, fails_at(1)), (4096, Err(OutOfMemory)));
        assert_eq!(queue.len(), 4096);
        queue.truncate(0);
        assert!(queue.is_empty());
    }

    #[test]
    fn resizing_keeps_the_bytes() {
        let mut small = queue(2);
        put(&mut small, &[1; 6000]);
        take(&mut small, 5000);
        let tail: Vec<u8> = (0..7000_u32).map(|i| i.to_le_bytes()[0]).collect();
        assert_eq!(put(&mut small, &tail), 7000);
        assert!(matches!(small.resized(1), Err(ResizeError::TooFull)));
        let mut large = small.resized(4).expect("memory");
        assert_eq!((large.len(), large.capacity()), (8000, 16384));
        let bytes = take(&mut large, 9000);
        assert!(bytes[..1000] == [1; 1000] && bytes[1000..] == tail);
    }

    #[test]
    fn pages_go_with_the_queue() {
        let mut queue = queue(4);
        put(&mut queue, &[7; 5000]);
        let frames: Vec<Frame> = queue.pages.iter().flatten().cloned().collect();
        assert_eq!(frames.len(), 2);
        drop(queue);
        assert!(frames.iter().all(|frame| frame.refcount() == 1));
    }
}
