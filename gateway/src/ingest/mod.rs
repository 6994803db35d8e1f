//! Reads Kafka: every partition of every topic that concerns the map.
//!
//! What the records mean is for [`crate::state`]; what clients get of them for [`crate::stream`]. Imports [`crate::model`],
//! [`crate::protocol`] (the cursor names the log) and [`crate::metrics`].

pub(crate) mod input;
pub(crate) mod reorder_buffer;
pub(crate) mod offsets;
pub(crate) mod follow;
