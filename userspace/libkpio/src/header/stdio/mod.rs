//! `stdio.h`
//!
//! | module | noun |
//! |---|---|
//! | [`stream`] | a device and the buffer before it |
//! | [`file`] | `FILE`: a stream and its lock; the standard ones, and the list of all |
//! | [`opening`] | files are opened and closed |
//! | [`bytes`] | bytes and lines are read and written |
//! | [`state`] | position, buffering, end and error |
//! | [`memory`] | files that are memory |
//! | [`print`] | a format and arguments become characters |
//! | [`printf`] | the printf family |
//! | [`scan`] | text becomes values, as a format says |
//! | [`scanf`] | the scanf family |
//! | [`process`] | commands as files |
//! | [`names`] | names of files |

pub mod bytes;
pub mod file;
pub mod memory;
pub mod names;
pub mod opening;
pub mod print;
pub mod printf;
pub mod process;
pub mod scan;
pub mod scanf;
pub mod state;
pub mod stream;
