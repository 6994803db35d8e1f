//! The command `watch`: deliveries as they go, as a live table in a terminal and as plain lines elsewhere.
//!
//! [`board`] keeps what is known, [`view`] draws it; both are pure. [`command`] is the shell around them.

pub mod board;
pub mod command;
pub mod view;
