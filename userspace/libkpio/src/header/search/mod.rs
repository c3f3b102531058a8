//! `search.h`
//!
//! | module | noun |
//! |---|---|
//! | [`list`] | arrays that are searched in order, and chains |
//! | [`table`] | tables by hash |
//! | [`tree`] | balanced trees |

pub mod list;
pub mod table;
pub mod tree;
