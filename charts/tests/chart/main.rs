//! Tests of the objects that helm renders, for all sets of values.
#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod canary;
mod connectors;
mod dashboards;
mod grafana;
mod kibana;
mod monitoring;
mod memory;
mod mesh;
mod mesh_kiali;
mod objects;
mod pods;
mod purchases;
mod render;
mod security;
mod sink;
mod tracing;
mod values;
