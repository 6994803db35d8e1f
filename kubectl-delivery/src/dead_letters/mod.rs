//! The command `dead-letters`: the records that could not be understood or served, with the reasons.
//!
//! [`letter`] is what a record says, [`read`] reads the topic, [`command`] is what a person types.

pub mod command;
pub mod letter;
pub mod read;
