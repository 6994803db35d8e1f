//! What every client of Kafka has: its settings, the way back after losing every broker, and what it reports.
//!
//! What is read and written is left to the folders after this one. Imports none of them.

pub mod connection;
pub mod certificates;
pub mod client;
pub mod revival;
pub mod statistics;
pub mod context;
