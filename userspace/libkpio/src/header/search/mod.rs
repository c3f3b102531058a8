//! `search.h`
//!
//! | module | noun |
//! |---|---|
//! | [`list`] | arrays that are searched in order, and chains |
//! | [`tree`] | balanced trees |

pub mod list;
pub mod tree;
