//! The evidence of a run: positions while they are written, pods, and at the end the log, the delivery store and what was sold.
//!
//! It reads and never judges. May import the setting and the client's ledger, whose types describe positions.

pub(crate) mod kafka;
pub(crate) mod activity;
pub(crate) mod pods;
pub(crate) mod log;
pub(crate) mod delivery_store;
pub(crate) mod purchases;
