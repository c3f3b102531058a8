//! Tests of the rings from outside: what they do for sides that are in order, for hostile ones, for
//! ones that die, and in every interleaving of small cases (loom).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod heap;
mod hostile;
mod interleavings;
mod mpsc;
mod numbers;
mod spsc;
mod threads;
