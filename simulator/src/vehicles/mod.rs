//! Vehicles under way: which record of each comes next, and whose turn it is.
//!
//! Pure. Writing the records is left to [`crate::log`]. Imports [`crate::delivery`].

pub mod vehicle;
pub mod fleet;
