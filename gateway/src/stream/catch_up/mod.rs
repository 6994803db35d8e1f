//! Kafka, read again for clients that have fallen behind the ring: [`backlog`] takes their requests, and reads [`slices`] of the log.
//!
//! Imports the files beside this folder, [`crate::model`], [`crate::protocol`], [`crate::metrics`] and [`crate::ingest`].

pub(crate) mod slices;
pub(crate) mod backlog;
