//! The log, which is Kafka: writes records to it, and reads back what it holds of the deliveries.
//!
//! When to do either is left to [`crate::service`]. Imports [`crate::delivery`], [`crate::vehicles`] and [`crate::metrics`].

pub(crate) mod producer;
pub(crate) mod recovery;
