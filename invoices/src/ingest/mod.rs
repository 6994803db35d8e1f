//! Reads purchases from Kafka, in a consumer group of all replicas, and commits what has its invoice.
//!
//! What a record is worth is decided in [`batch`], which is pure; [`run`] is the shell. Imports `metrics`, `clock`, `domain`, `numbering`,
//! `store`, `issuing` and `publisher`.

pub(crate) mod batch;
pub(crate) mod run;
