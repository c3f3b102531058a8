// Generated from kernel_py/abi/rights.py; edit that and run `kpio abi`.

//! Rights: what the holder of a handle, or a process, may do.

/// A set of rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rights(u32);

impl Rights {
    /// The set without any right.
    pub const NONE: Self = Self(0);

    /// What every handle to something new allows.
    pub const BASIC: Self = Self(0xE0);

    /// Every right that a handle can have.
    pub const HANDLE: Self = Self(0xBEF);

    /// Take bytes out of the object. Held by a handle.
    pub const READ: Self = Self(0x1);

    /// Put bytes into the object. Held by a handle.
    pub const WRITE: Self = Self(0x2);

    /// Read and move the position of the handle. Held by a handle.
    pub const SEEK: Self = Self(0x4);

    /// Learn the object's attributes. Held by a handle.
    pub const INSPECT: Self = Self(0x8);

    /// End the machine. Only process 1 has it. Held by a process.
    pub const POWER: Self = Self(0x10);

    /// Make another handle of the process from it. Held by a handle.
    pub const DUPLICATE: Self = Self(0x20);

    /// Give it to another process, through a channel or to a child. A child does not get a handle
    /// without this right, as if it were closed on exec. Held by a handle.
    pub const TRANSFER: Self = Self(0x40);

    /// Take back every handle that was made from it. Held by a handle.
    pub const REVOKE: Self = Self(0x80);

    /// Map the object into memory. Held by a handle.
    pub const MAP: Self = Self(0x100);

    /// Change the object's attributes: permissions, owner, times. Held by a handle.
    pub const CHANGE: Self = Self(0x200);

    /// Send signals to processes of other sessions, and set their nice values. Only process 1 has
    /// it. Held by a process.
    pub const SIGNAL: Self = Self(0x400);

    /// Say who answers requests of a browser in the kernel's name. Held by a handle.
    pub const SERVE: Self = Self(0x800);

    /// The rights of a handle that `bits` holds; `None` when a bit is no such right.
    #[must_use]
    pub const fn of_handle(bits: u32) -> Option<Self> {
        if bits & !Self::HANDLE.0 == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// The set as bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether every right of `wanted` is in the set.
    #[must_use]
    pub const fn contains(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }

    /// The rights that are in one of the sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The rights that are in both sets: how a handle is handed on with fewer rights.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}
