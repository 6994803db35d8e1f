//! Reads partitions, each reader all that it wants by itself, and notices when they were lost or made anew.
//!
//! Sharing partitions with others is left to [`crate::consume`]. Imports [`crate::connect`].

pub mod reader;
pub mod partitions;
pub mod lookup;
pub mod renewal;
