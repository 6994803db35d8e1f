//! Reads Kafka: every partition of every topic that the gateway serves.
//!
//! What the records mean is left to [`crate::state`], and what clients get of them to [`crate::stream`]. Imports
//! [`crate::model`], [`crate::protocol`] (the cursor names the log) and [`crate::metrics`].

pub(crate) mod first_position;
pub(crate) mod input;
pub(crate) mod reorder_buffer;
pub(crate) mod offsets;
mod failure;
mod unread;
pub(crate) mod batch;
pub(crate) mod follow;
