//! Injects the faults, one at a time, and measures how long the product takes to recover from each.
//!
//! Which fault comes when is left to the schedule. May import that, the setting, the clients, the load and the evidence.

pub(crate) mod process;
pub(crate) mod sink;
pub(crate) mod inject;
pub(crate) mod recovery;
