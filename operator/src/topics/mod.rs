//! The Kafka topics: creates those that are missing and reports those that are not as configured. Never changes an existing one.
//!
//! Imports [`crate::base`] and [`crate::log`].

pub(crate) mod topology;
pub(crate) mod watch;
