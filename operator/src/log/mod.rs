//! The log, that is Kafka: reads its topics into the tables, and writes plans, routes, tombstones and dead letters.
//!
//! When and what to write is left to the folders after it. Imports [`crate::base`], [`crate::leadership`] and [`crate::tables`].

pub mod writer;
pub mod connection;
pub mod tail;
pub mod follow;
pub mod publish;
pub mod removal;
