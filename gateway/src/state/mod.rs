//! The fold of Kafka's records into deliveries and routes.
//!
//! Pure, and owned by one task, the hub of [`crate::stream`], which publishes what has changed. Imports [`crate::model`] and
//! [`crate::protocol`].

pub(crate) mod bounded;
pub(crate) mod catalogue;
mod entry;
pub(crate) mod table;
