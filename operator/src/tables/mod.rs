//! What the compacted topics hold, in memory: plans, states, the catalogue of routes, erased ids, and the tombstones to be repeated.
//!
//! Pure: no client and no clock. Reading the topics into the tables is left to [`crate::log`], deciding by them to the folders after
//! it. Imports [`crate::base`].

pub mod retention;
pub mod plan_entry;
pub mod plans;
pub mod ended_plans;
pub mod states;
pub mod catalogue;
pub mod erased;
pub mod tombstones;
