//! `wchar.h`
//!
//! | module | noun |
//! |---|---|
//! | [`character`] | wide characters and their bytes |
//! | [`array`] | arrays of wide characters, as C passes them |
//! | [`text`] | strings and arrays of them |
//! | [`multibyte`] | to bytes and back |
//! | [`number`] | numbers from wide text |
//! | [`stream`] | files of wide characters |
//! | [`printf`] | the wprintf family |
//! | [`width`] | how many columns of a terminal they take |

pub mod array;
pub mod character;
pub mod multibyte;
pub mod number;
pub mod printf;
pub mod stream;
pub mod text;
pub mod width;
