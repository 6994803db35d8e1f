//! From the table to what every connection reads: the newest state of each delivery, and every position in order.
//!
//! [`hub`] writes, connections and HTTP read through [`live`]. [`backlog`] has Kafka read again, in [`slices`], for a client whose
//! cursor is older than the [`ring`]. [`relay`] tells clients of notifications, beside the table. What is sent
//! to one client, and how, is left to [`crate::connection`]. Imports [`crate::model`], [`crate::protocol`], [`crate::state`],
//! [`crate::metrics`] and [`crate::ingest`].

pub(crate) mod interest;
pub(crate) mod pending;
pub(crate) mod pace;
pub(crate) mod snapshot;
pub(crate) mod change_set;
pub(crate) mod chunk;
pub(crate) mod ring;
pub(crate) mod published;
pub(crate) mod replies;
pub(crate) mod listeners;
pub(crate) mod live;
pub(crate) mod hub;
pub(crate) mod slices;
pub(crate) mod backlog;
pub(crate) mod relay;
