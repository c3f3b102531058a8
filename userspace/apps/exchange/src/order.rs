//! What a side is told to do.

use alloc::format;
use alloc::string::String;
use core::str::FromStr;

/// Which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who makes the ring and sends.
    Sender,
    /// Who receives.
    Receiver,
}

impl Role {
    /// The role's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Receiver => "receiver",
        }
    }
}

/// What a side is told to do.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// Which side it is.
    pub role: Role,
    /// What the bytes follow from.
    pub seed: u64,
    /// How many bytes.
    pub len_bytes: u64,
    /// After how many bytes it says so; 0 for never.
    pub mark: u64,
    /// Whether it reports what it has seen.
    pub is_told: bool,
}

impl Order {
    /// The order as a message.
    pub fn text(&self) -> String {
        let (role, is_told) = (self.role.name(), u8::from(self.is_told));
        format!(
            "{role} {} {} {} {is_told}",
            self.seed, self.len_bytes, self.mark
        )
    }

    /// Reads the message.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("not an order: {text:?}");
        let mut words = text.split(' ');
        let mut word = || words.next().ok_or_else(bad);
        let role = match word()? {
            "sender" => Role::Sender,
            "receiver" => Role::Receiver,
            _ => return Err(bad()),
        };
        Ok(Self {
            role,
            seed: number(word()?)?,
            len_bytes: number(word()?)?,
            mark: number(word()?)?,
            is_told: word()? == "1",
        })
    }
}

/// A number in decimal.
pub fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("not a number: {text:?}"))
}
