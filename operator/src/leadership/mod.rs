//! Which of several replicas decides: the Lease, the election, and the guard that every write asks.
//!
//! What a leader does is left to the folders after it. Imports [`crate::base`].

pub mod lease;
pub mod guard;
pub mod election;
