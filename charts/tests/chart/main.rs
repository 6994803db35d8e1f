//! What must hold of the objects that helm renders, whatever the values.
#![allow(clippy::expect_used, clippy::unwrap_in_result, clippy::unwrap_used, reason = "a test fails by panicking")]

mod connectors;
mod kibana;
mod objects;
mod render;
mod security;
mod sink;
mod values;
