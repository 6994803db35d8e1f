//! From the table to what every connection reads: the newest of each delivery, and every position in order.
//!
//! [`hub`] writes, connections and HTTP read through [`live`]. [`backlog`] reads Kafka again for a client that comes back from
//! before the [`ring`]. What is sent to one client, and how, is for [`crate::connection`]. Imports [`crate::model`],
//! [`crate::protocol`], [`crate::state`], [`crate::metrics`] and [`crate::ingest`].

pub mod interest;
pub mod pending;
pub mod pace;
pub mod snapshot;
pub mod change_set;
pub mod ring;
pub mod published;
pub mod live;
pub mod hub;
pub mod backlog;
