//! The log, which is Kafka: reads its topics into the tables, and writes plans with the Events of their objects, routes, tombstones and
//! dead letters.
//!
//! When and what to write is left to the folders after it. Imports [`crate::base`], [`crate::leadership`] and [`crate::tables`].

pub(crate) mod writer;
pub(crate) mod connection;
pub(crate) mod gaps;
pub(crate) mod tail;
pub(crate) mod follow;
pub(crate) mod spans;
pub(crate) mod publish;
pub(crate) mod refused;
pub(crate) mod events;
pub(crate) mod removal;
