//! The command `dead-letters`: records that could not be processed, with the reasons.
//!
//! [`letter`] parses and renders one, [`read`] reads the topic. May import [`crate::base`], [`crate::cluster`] and
//! [`crate::log`].

mod letter;
mod read;
pub(crate) mod command;
