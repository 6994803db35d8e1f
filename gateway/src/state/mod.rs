//! The fold of Kafka's records into deliveries and routes.
//!
//! Pure, and owned by one task, the hub of [`crate::stream`], which publishes what has changed. `table` folds, by
//! `progress` and `removal`, and `eviction` removes what has ended; [`changes`] are what they return. Imports [`crate::model`] and [`crate::protocol`].

pub(crate) mod bounded;
pub(crate) mod catalogue;
mod ended;
mod route_uses;
mod entry;
mod early;
pub mod changes;
pub mod table;
mod progress;
mod removal;
mod eviction;
