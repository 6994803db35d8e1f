//! What the compacted topics hold, in memory: plans, states, the catalogue of routes, erased ids, and the tombstones to be repeated; and how
//! far they have been read.
//!
//! Pure: no client and no clock. Reading the topics into the tables is left to [`crate::log`], decisions based on them to the
//! folders after it. Imports [`crate::base`].

pub(crate) mod retention;
pub(crate) mod reading;
pub(crate) mod plan_entry;
pub(crate) mod plans;
pub(crate) mod ended_plans;
pub(crate) mod noted_events;
pub(crate) mod states;
pub(crate) mod catalogue;
pub(crate) mod erased;
pub(crate) mod tombstones;
