//! Consumers that share the partitions of a topic as a group, and how far groups are behind.
//!
//! What a record is worth is left to the services. Imports [`crate::connect`] and [`crate::read`].

pub mod group;
pub mod erasures;
pub mod lag;
pub mod groups;
