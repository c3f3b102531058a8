//! The stack a program starts on: argc, argv, envp, auxv and their strings, where a Linux libc
//! looks for them.
//!
//! From `rsp` upwards: argc; the argv pointers and a null; the envp pointers and a null; the
//! auxiliary vector up to AT_NULL; padding; 16 random bytes; the platform's name; the strings of
//! argv, of envp and the path, one after the other in this order; a null word at the very top.
//!
//! Source: x86-64 psABI "Process Initialization"; Linux `fs/binfmt_elf.c`, `create_elf_tables`.

use alloc::vec::Vec;
use core::fmt;

use kpio_abi::errors::Errno;

use super::limits::{PAGE_SIZE, START_MAX_BYTES, START_MAX_STRING_BYTES};
use super::program::LoadedProgram;

/// psABI "The Stack Frame": `rsp` is a multiple of this at the first instruction.
const STACK_ALIGN: u64 = 16;
/// Bytes of a pointer, of argc, and of each half of an auxv entry.
const WORD: u64 = 8;
/// AT_PLATFORM: what Linux says on every x86-64 processor.
const PLATFORM: &[u8] = b"x86_64";
/// AT_CLKTCK: the unit of `times()`, fixed by the Linux ABI.
const TICKS_PER_SECOND: u64 = 100;

/// Types of the auxiliary vector: Linux `include/uapi/linux/auxvec.h`.
mod auxv {
    pub(super) const NULL: u64 = 0;
    pub(super) const PHDR: u64 = 3;
    pub(super) const PHENT: u64 = 4;
    pub(super) const PHNUM: u64 = 5;
    pub(super) const PAGESZ: u64 = 6;
    pub(super) const BASE: u64 = 7;
    pub(super) const FLAGS: u64 = 8;
    pub(super) const ENTRY: u64 = 9;
    pub(super) const UID: u64 = 11;
    pub(super) const EUID: u64 = 12;
    pub(super) const GID: u64 = 13;
    pub(super) const EGID: u64 = 14;
    pub(super) const PLATFORM: u64 = 15;
    pub(super) const HWCAP: u64 = 16;
    pub(super) const CLKTCK: u64 = 17;
    pub(super) const SECURE: u64 = 23;
    pub(super) const RANDOM: u64 = 25;
    pub(super) const HWCAP2: u64 = 26;
    pub(super) const EXECFN: u64 = 31;
    pub(super) const MINSIGSTKSZ: u64 = 51;
}

/// What the machine and the call contribute to a start.
#[derive(Clone, Debug)]
pub struct StartFacts<'a> {
    /// The path the program was started by, without NUL (AT_EXECFN).
    pub path: &'a [u8],
    /// Fresh random bytes: libc's stack protector and allocator start from them (AT_RANDOM).
    pub random: [u8; 16],
    /// CPUID leaf 1, EDX (AT_HWCAP).
    pub hwcap: u64,
    /// Bit 1: FSGSBASE instructions are usable (AT_HWCAP2).
    pub hwcap2: u64,
    /// The least stack on which a signal can be delivered (AT_MINSIGSTKSZ).
    pub min_signal_stack_len: u64,
    /// First address after the stack: a multiple of 16.
    pub stack_top: u64,
}

/// The finished top of the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartStack {
    stack_pointer: u64,
    bytes: Vec<u8>,
}

/// Why a program cannot be started with these arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartStackError {
    /// An argument, an environment string or the path is too long.
    StringTooLong {
        /// Its bytes, with the NUL.
        len: u64,
        /// What is allowed.
        limit: u64,
    },
    /// All of it together is too large.
    TooLarge {
        /// Bytes of strings, pointers and vector.
        len: u64,
        /// What is allowed.
        limit: u64,
    },
    /// A string contains a NUL byte, so the program would see less than was passed.
    NulInString,
    /// The kernel has no memory for the image.
    OutOfMemory {
        /// How much was needed.
        len: u64,
    },
    /// The stack's top is not aligned, or nothing fits below it.
    StackTop {
        /// The top as given.
        address: u64,
    },
}

impl StartStackError {
    /// What the process that asked for the program sees.
    pub fn errno(&self) -> Errno {
        match self {
            Self::StringTooLong { .. } | Self::TooLarge { .. } => Errno::E2BIG,
            Self::NulInString | Self::StackTop { .. } => Errno::EINVAL,
            Self::OutOfMemory { .. } => Errno::ENOMEM,
        }
    }
}

impl fmt::Display for StartStackError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StringTooLong { len, limit } => {
                write!(
                    formatter,
                    "an argument or environment string has {len} bytes, allowed are {limit}"
                )
            }
            Self::TooLarge { len, limit } => {
                write!(
                    formatter,
                    "arguments and environment need {len} bytes, allowed are {limit}"
                )
            }
            Self::NulInString => write!(
                formatter,
                "an argument or environment string contains a NUL byte"
            ),
            Self::OutOfMemory { len } => write!(
                formatter,
                "no memory for {len} bytes of arguments and environment"
            ),
            Self::StackTop { address } => {
                write!(
                    formatter,
                    "stack top {address:#x} is not a multiple of {STACK_ALIGN} with room below it"
                )
            }
        }
    }
}

impl core::error::Error for StartStackError {}

impl StartStack {
    /// Lays out the stack of `program`. Strings come without their final NUL.
    pub fn build(
        program: &LoadedProgram<'_>,
        arguments: &[impl AsRef<[u8]>],
        environment: &[impl AsRef<[u8]>],
        facts: &StartFacts<'_>,
    ) -> Result<Self, StartStackError> {
        let layout = Layout::plan(arguments, environment, facts)?;
        let mut image = Image::with_room_for(&layout)?;
        image.word(u64::try_from(arguments.len()).unwrap_or(u64::MAX));
        image.pointers(arguments, layout.arguments);
        image.pointers(environment, layout.environment);
        for (kind, value) in auxiliary_vector(program, facts, &layout) {
            image.word(kind);
            image.word(value);
        }
        image.zeros_up_to(layout.random);
        image.bytes.extend_from_slice(&facts.random);
        image.string(PLATFORM);
        image.zeros_up_to(layout.arguments);
        arguments
            .iter()
            .for_each(|argument| image.string(argument.as_ref()));
        environment
            .iter()
            .for_each(|variable| image.string(variable.as_ref()));
        image.string(facts.path);
        image.zeros_up_to(facts.stack_top);
        Ok(Self {
            stack_pointer: layout.stack_pointer,
            bytes: image.bytes,
        })
    }

    /// `rsp` at the first instruction: 16-byte aligned; argc lies there.
    pub fn stack_pointer(&self) -> u64 {
        self.stack_pointer
    }

    /// What memory holds from `stack_pointer` up to the stack's top.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Where everything goes; planned from the top down, written from the bottom up.
struct Layout {
    stack_pointer: u64,
    random: u64,
    platform: u64,
    arguments: u64,
    environment: u64,
    path: u64,
    len: u64,
}

impl Layout {
    fn plan(
        arguments: &[impl AsRef<[u8]>],
        environment: &[impl AsRef<[u8]>],
        facts: &StartFacts<'_>,
    ) -> Result<Self, StartStackError> {
        let no_room = StartStackError::StackTop {
            address: facts.stack_top,
        };
        if facts.stack_top.checked_rem(STACK_ALIGN) != Some(0) {
            return Err(no_room);
        }
        let argument_bytes = strings_len(arguments)?;
        let environment_bytes = strings_len(environment)?;
        let path_bytes = string_len(facts.path)?;
        let strings = argument_bytes
            .saturating_add(environment_bytes)
            .saturating_add(path_bytes);
        // argc, and the null after each list.
        let words = [
            1,
            arguments.len(),
            1,
            environment.len(),
            1,
            AUXILIARY_ENTRIES,
            AUXILIARY_ENTRIES,
        ]
        .iter()
        .fold(0, |sum: u64, &count| {
            sum.saturating_add(u64::try_from(count).unwrap_or(u64::MAX))
        });
        // Before anything is subtracted from an address: above the limit, sums may have saturated.
        let len = strings.saturating_add(words.saturating_mul(WORD));
        if len > START_MAX_BYTES {
            return Err(StartStackError::TooLarge {
                len,
                limit: START_MAX_BYTES,
            });
        }
        let below = |address: u64, len: u64| address.checked_sub(len).ok_or(no_room);
        let arguments = below(below(facts.stack_top, WORD)?, strings)?;
        let environment = arguments.saturating_add(argument_bytes);
        let path = environment.saturating_add(environment_bytes);
        let platform = below(arguments, string_len(PLATFORM)?)?;
        let random = align_down(below(platform, 16)?);
        let stack_pointer = align_down(below(random, words.saturating_mul(WORD))?);
        // The name stands directly behind the random bytes; what is left before the strings is the
        // rounding.
        let platform = random.saturating_add(16);
        let len = facts.stack_top.saturating_sub(stack_pointer);
        Ok(Self {
            stack_pointer,
            random,
            platform,
            arguments,
            environment,
            path,
            len,
        })
    }
}

fn align_down(address: u64) -> u64 {
    address & !(STACK_ALIGN.wrapping_sub(1))
}

/// Bytes of all strings with their NULs.
fn strings_len(strings: &[impl AsRef<[u8]>]) -> Result<u64, StartStackError> {
    strings.iter().try_fold(0, |sum: u64, string| {
        Ok(sum.saturating_add(string_len(string.as_ref())?))
    })
}

/// Bytes of one string with its NUL.
fn string_len(string: &[u8]) -> Result<u64, StartStackError> {
    let len = u64::try_from(string.len())
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    if len > START_MAX_STRING_BYTES {
        return Err(StartStackError::StringTooLong {
            len,
            limit: START_MAX_STRING_BYTES,
        });
    }
    if string.contains(&0) {
        return Err(StartStackError::NulInString);
    }
    Ok(len)
}

/// Entries of the auxiliary vector with AT_NULL.
const AUXILIARY_ENTRIES: usize = 20;

/// What libc learns about its program and machine.
///
/// A program whose headers are not in memory gets AT_PHNUM 0: libc then looks at none of them.
fn auxiliary_vector(
    program: &LoadedProgram<'_>,
    facts: &StartFacts<'_>,
    layout: &Layout,
) -> [(u64, u64); AUXILIARY_ENTRIES] {
    let headers = program.phdr_address();
    let header_count = headers.map_or(0, |_| u64::from(program.phdr_count()));
    [
        (auxv::HWCAP, facts.hwcap),
        (auxv::PAGESZ, PAGE_SIZE),
        (auxv::CLKTCK, TICKS_PER_SECOND),
        (auxv::PHDR, headers.unwrap_or(0)),
        (auxv::PHENT, u64::from(program.phdr_entry_len())),
        (auxv::PHNUM, header_count),
        // There is no dynamic linker.
        (auxv::BASE, 0),
        (auxv::FLAGS, 0),
        (auxv::ENTRY, program.entry()),
        (auxv::UID, 0),
        (auxv::EUID, 0),
        (auxv::GID, 0),
        (auxv::EGID, 0),
        // Nothing changes identity on start, so the environment may be trusted as far as the caller
        // is.
        (auxv::SECURE, 0),
        (auxv::RANDOM, layout.random),
        (auxv::HWCAP2, facts.hwcap2),
        (auxv::EXECFN, layout.path),
        (auxv::PLATFORM, layout.platform),
        (auxv::MINSIGSTKSZ, facts.min_signal_stack_len),
        (auxv::NULL, 0),
    ]
}

/// The image as it grows from `stack_pointer` up.
struct Image {
    stack_pointer: u64,
    bytes: Vec<u8>,
}

impl Image {
    /// An empty image with all the memory it will need.
    fn with_room_for(layout: &Layout) -> Result<Self, StartStackError> {
        let refused = StartStackError::OutOfMemory { len: layout.len };
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(usize::try_from(layout.len).map_err(|_| refused)?)
            .map_err(|_| refused)?;
        Ok(Self {
            stack_pointer: layout.stack_pointer,
            bytes,
        })
    }

    fn word(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn string(&mut self, string: &[u8]) {
        self.bytes.extend_from_slice(string);
        self.bytes.push(0);
    }

    /// Pointers to `strings`, which lie one after the other from `first` on, and a null.
    fn pointers(&mut self, strings: &[impl AsRef<[u8]>], first: u64) {
        let mut next = first;
        for string in strings {
            self.word(next);
            let len = u64::try_from(string.as_ref().len()).unwrap_or(u64::MAX);
            next = next.saturating_add(len).saturating_add(1);
        }
        self.word(0);
    }

    /// Zeros until the next byte is the one at `address`.
    fn zeros_up_to(&mut self, address: u64) {
        let len = usize::try_from(address.saturating_sub(self.stack_pointer)).unwrap_or(0);
        if len > self.bytes.len() {
            self.bytes.resize(len, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use alloc::vec;

    use super::super::test_file::{TestFile, start};
    use super::*;

    const TOP: u64 = 0x7FFF_FFFF_F000;
    const RANDOM: [u8; 16] = *b"0123456789abcdef";

    fn facts() -> StartFacts<'static> {
        StartFacts {
            path: b"/bin/hello",
            random: RANDOM,
            hwcap: 0x1234,
            hwcap2: 2,
            min_signal_stack_len: 2048,
            stack_top: TOP,
        }
    }

    fn build(arguments: &[&str], environment: &[&str]) -> Result<StartStack, StartStackError> {
        let bytes = TestFile::pie().bytes();
        let program = start(&bytes).expect("a correct file");
        StartStack::build(&program, arguments, environment, &facts())
    }

    /// Reads the stack as libc does.
    struct Reader<'a> {
        stack: &'a StartStack,
        at: u64,
    }

    impl Reader<'_> {
        fn byte(&self, address: u64) -> u8 {
            let index =
                usize::try_from(address - self.stack.stack_pointer()).expect("on the stack");
            self.stack.bytes()[index]
        }

        fn word(&mut self) -> u64 {
            let word = core::array::from_fn(|index| self.byte(self.at + index as u64));
            self.at += 8;
            u64::from_le_bytes(word)
        }

        fn string(&self, address: u64) -> String {
            (address..)
                .map(|at| self.byte(at))
                .take_while(|&byte| byte != 0)
                .map(char::from)
                .collect()
        }

        fn strings(&mut self) -> Vec<String> {
            let mut found = Vec::new();
            loop {
                match self.word() {
                    0 => return found,
                    address => found.push(self.string(address)),
                }
            }
        }
    }

    #[test]
    fn libc_finds_arguments_environment_and_vector() {
        let stack = build(&["hello", "", "two words"], &["PATH=/bin", "KPIO=1"]).expect("it fits");
        let mut reader = Reader {
            stack: &stack,
            at: stack.stack_pointer(),
        };
        assert_eq!(reader.word(), 3);
        assert_eq!(reader.strings(), ["hello", "", "two words"]);
        assert_eq!(reader.strings(), ["PATH=/bin", "KPIO=1"]);
        let mut vector = Vec::new();
        loop {
            let (kind, value) = (reader.word(), reader.word());
            if kind == auxv::NULL {
                break;
            }
            vector.push((kind, value));
        }
        let value = |wanted| {
            vector
                .iter()
                .find(|(kind, _)| *kind == wanted)
                .map(|(_, value)| *value)
        };
        assert_eq!(value(auxv::PHDR), Some(0x40_0040));
        assert_eq!(value(auxv::PHENT), Some(56));
        assert_eq!(value(auxv::PHNUM), Some(3));
        assert_eq!(value(auxv::PAGESZ), Some(4096));
        assert_eq!(value(auxv::BASE), Some(0));
        assert_eq!(value(auxv::ENTRY), Some(0x40_1000));
        assert_eq!(value(auxv::HWCAP), Some(0x1234));
        assert_eq!(value(auxv::HWCAP2), Some(2));
        assert_eq!(value(auxv::CLKTCK), Some(100));
        assert_eq!(value(auxv::MINSIGSTKSZ), Some(2048));
        for kind in [
            auxv::UID,
            auxv::EUID,
            auxv::GID,
            auxv::EGID,
            auxv::SECURE,
            auxv::FLAGS,
        ] {
            assert_eq!(value(kind), Some(0));
        }
        let pointer = |kind| value(kind).expect("an entry of the vector");
        assert_eq!(reader.string(pointer(auxv::EXECFN)), "/bin/hello");
        assert_eq!(reader.string(pointer(auxv::PLATFORM)), "x86_64");
        let random = pointer(auxv::RANDOM);
        let bytes: Vec<u8> = (random..random + 16).map(|at| reader.byte(at)).collect();
        assert_eq!(bytes, RANDOM);
    }

    #[test]
    fn strings_follow_each_other() {
        // Programs that set their title write over argv and envp as one run of memory.
        let stack = build(&["a", "bc"], &["D=e"]).expect("it fits");
        let tail = b"a\0bc\0D=e\0/bin/hello\0\0\0\0\0\0\0\0\0";
        assert!(stack.bytes().ends_with(tail));
    }

    #[test]
    fn stack_is_aligned_and_reaches_its_top_whatever_it_holds() {
        for count in 0..6 {
            for len in 0..20 {
                let argument = "x".repeat(len);
                let arguments = vec![argument.as_str(); count];
                let stack = build(&arguments, &arguments[..count / 2]).expect("it fits");
                assert_eq!(
                    stack.stack_pointer() % 16,
                    0,
                    "{count} arguments of {len} bytes"
                );
                let end = stack.stack_pointer() + stack.bytes().len() as u64;
                assert_eq!(end, TOP);
            }
        }
    }

    #[test]
    fn program_without_headers_in_memory_gets_none() {
        let mut file = TestFile::pie();
        file.headers[0].p_filesz = 64;
        let bytes = file.bytes();
        let program = start(&bytes).expect("a correct file");
        let none: [&str; 0] = [];
        let stack = StartStack::build(&program, &none, &none, &facts()).expect("it fits");
        let mut reader = Reader {
            stack: &stack,
            at: stack.stack_pointer() + 24,
        };
        loop {
            match (reader.word(), reader.word()) {
                (auxv::NULL, _) => break,
                (auxv::PHDR | auxv::PHNUM, value) => assert_eq!(value, 0),
                _ => {}
            }
        }
    }

    #[test]
    fn too_much_is_e2big() {
        let limit = usize::try_from(START_MAX_STRING_BYTES).expect("a small number");
        let longest = "x".repeat(limit - 1);
        assert!(build(&[&longest], &[]).is_ok());
        let error = build(&["", &"x".repeat(limit)], &[]).expect_err("one byte too long");
        assert_eq!(
            error,
            StartStackError::StringTooLong {
                len: START_MAX_STRING_BYTES + 1,
                limit: START_MAX_STRING_BYTES
            }
        );
        assert_eq!(error.errno(), Errno::E2BIG);

        let fit =
            usize::try_from(START_MAX_BYTES / START_MAX_STRING_BYTES).expect("a small number");
        let error = build(&vec![longest.as_str(); fit], &[]).expect_err("together too large");
        assert!(matches!(error, StartStackError::TooLarge { .. }), "{error}");
        assert_eq!(error.errno(), Errno::E2BIG);
        // Pointers count too.
        let pointers = usize::try_from(START_MAX_BYTES / WORD).expect("a small number");
        assert!(build(&[], &vec![""; pointers]).is_err());
    }

    #[test]
    fn nul_inside_a_string_is_refused() {
        let error = build(&["a\0b"], &[]).expect_err("libc would see less");
        assert_eq!(
            (error, error.errno()),
            (StartStackError::NulInString, Errno::EINVAL)
        );
        assert_eq!(
            error.to_string(),
            "an argument or environment string contains a NUL byte"
        );
    }

    #[test]
    fn top_without_room_is_refused() {
        let bytes = TestFile::pie().bytes();
        let program = start(&bytes).expect("a correct file");
        for stack_top in [0, 16, 256, TOP + 8] {
            let none: [&str; 0] = [];
            let error = StartStack::build(
                &program,
                &none,
                &none,
                &StartFacts {
                    stack_top,
                    ..facts()
                },
            );
            let expected = StartStackError::StackTop { address: stack_top };
            assert_eq!(error.expect_err("nothing fits"), expected);
        }
    }
}
