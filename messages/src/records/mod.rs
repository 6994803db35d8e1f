//! What the records of all topics share: the topics' names, the partitioner, texts of bounded length, the trace, dead letters.
//!
//! What a record says is left to the folders after this one. Imports none of them.

pub mod topic;
pub mod partitioner;
pub mod text;
pub mod trace;
pub mod dead_letter;
