//! `wchar.h`

pub mod character;
