//! How a process lives: the signs of life of its loops, whether it is ready, its tasks, and the request to end.
//!
//! Telling others is left to [`crate::port`]. Imports [`crate::locks`].

pub mod heartbeat;
pub mod health;
pub mod shutdown;
pub mod tasks;
