//! Replays a script of handle operations with the kernel's code: `capability-trace SCRIPT TRACE`.
//!
//! A step is a record of ten bytes, as `kernel_py/model/capabilities.py` defines them; what it answers
//! is a record of sixteen: the result, how many capabilities there are, how many objects there are.
//! `tests/kernel_py/model/test_capabilities.py` compares the trace with the model's.

#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, io};

use capability_trace::capability;
use capability_trace::handles::{Handle, HandleTable, Number};
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

const STEP_BYTES: usize = 10;
/// Tables of handles: processes.
const NR_TABLES: usize = 4;

static NR_OBJECTS: AtomicU32 = AtomicU32::new(0);

/// Something to hold: the number of the step that made it.
struct Object(u32);

impl Object {
    fn new(number: u32) -> Arc<Self> {
        NR_OBJECTS.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self(number))
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        NR_OBJECTS.fetch_sub(1, Ordering::Relaxed);
    }
}

type Table = HandleTable<Arc<Object>>;

/// One step of a script.
struct Step {
    operation: u8,
    table: usize,
    number: i32,
    /// A chosen number, a minimum, or another table.
    other: i32,
    rights: Rights,
    badge: u64,
    flag: bool,
}

impl Step {
    fn read(bytes: &[u8]) -> Self {
        let word = |at: usize| i16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let rights = u32::from(word(6).cast_unsigned());
        Self {
            operation: bytes[0],
            table: usize::from(bytes[1]) % NR_TABLES,
            number: i32::from(word(2)),
            other: i32::from(word(4)),
            rights: Rights::of_handle(rights & Rights::HANDLE.bits()).unwrap_or_default(),
            badge: u64::from(bytes[8]),
            flag: bytes[9] != 0,
        }
    }

    fn other_table(&self) -> usize {
        self.other.cast_unsigned() as usize % NR_TABLES
    }
}

/// Do a step; what it answers.
fn play(tables: &mut [Table; NR_TABLES], step: &Step, index: u32) -> Result<i64, Errno> {
    let table = &mut tables[step.table];
    Ok(match step.operation {
        // Open something new.
        0 => i64::from(table.insert(Handle {
            object: Object::new(index),
            rights: step.rights,
            is_close_on_exec: step.flag,
        })?),
        // Duplicate to the lowest free number from a minimum on, or to a chosen one.
        1 | 2 => {
            let wanted = if step.operation == 1 {
                Number::From(step.other)
            } else {
                Number::At(step.other)
            };
            let added = table.duplicate(step.number, wanted, step.rights, step.badge, step.flag);
            i64::from(added?.0)
        }
        3 => {
            drop(table.remove(step.number)?);
            0
        }
        4 => count(table.revoke(step.number)?.count()),
        5 => i64::from(table.get(step.number, step.rights)?.0),
        // What is known: id, rights, badge, descendants, whether it is revoked.
        6 => {
            let known = table.capability(step.number)?;
            let (id, badge) = (known.id() & 0xFF_FFFF, known.badge());
            let rights = u64::from(known.rights().bits());
            let facts = id << 36 | rights << 24 | badge << 16;
            let nr_descendants = known.nr_descendants() as u64;
            (facts | nr_descendants << 1 | u64::from(known.is_revoked())).cast_signed()
        }
        // Give to another table: a copy, or the handle itself.
        7 => {
            let needed = Rights::TRANSFER;
            let given = if step.flag {
                table.get(step.number, needed)?;
                let taken = table.remove(step.number)?;
                taken
                    .diminish(step.rights)
                    .map_err(|(_, refusal)| refusal)?
            } else {
                table.derive(step.number, needed, step.rights, step.badge)?
            };
            let added = tables[step.other_table()].add(given, Number::LOWEST, false);
            i64::from(added.map_err(|(errno, _)| errno)?.0)
        }
        // A child that goes on, or runs another program.
        8 | 9 => {
            let child = if step.operation == 8 {
                table.forked()?
            } else {
                table.inherited()?
            };
            let len = child.len();
            drop(std::mem::replace(&mut tables[step.other_table()], child));
            count(len)
        }
        // Another program in the same process.
        10 => count(table.take_close_on_exec().len()),
        // Begin anew.
        _ => {
            *tables = Default::default();
            0
        }
    })
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn main() -> io::Result<()> {
    let mut paths = env::args_os().skip(1);
    let (Some(script), Some(trace)) = (paths.next(), paths.next()) else {
        return Err(io::Error::other("usage: capability-trace SCRIPT TRACE"));
    };
    let script = fs::read(script)?;
    let mut answers = Vec::with_capacity(script.len() / STEP_BYTES * 16);
    let mut tables: [Table; NR_TABLES] = Default::default();
    for (index, bytes) in (0..).zip(script.chunks_exact(STEP_BYTES)) {
        let result = match play(&mut tables, &Step::read(bytes), index) {
            Ok(result) => result,
            Err(errno) => -i64::from(errno.raw()),
        };
        answers.extend(result.to_le_bytes());
        let nr_capabilities = u32::try_from(capability::count()).map_err(io::Error::other)?;
        answers.extend(nr_capabilities.to_le_bytes());
        answers.extend(NR_OBJECTS.load(Ordering::Relaxed).to_le_bytes());
    }
    fs::write(trace, answers)
}
