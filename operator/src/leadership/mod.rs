//! Which of several replicas decides: the Lease, the election, and the guard that every write asks.
//!
//! What a leader does is left to the folders after it. Imports [`crate::base`].

pub(crate) mod lease;
pub(crate) mod guard;
pub(crate) mod election;
