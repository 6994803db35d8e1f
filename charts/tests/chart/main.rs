//! Tests of the objects that helm renders, for all sets of values.
#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod connectors;
mod kibana;
mod objects;
mod render;
mod security;
mod sink;
mod values;
