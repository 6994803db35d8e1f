//! Verdicts on anything that may happen to a log: records lost, repeated, swapped, altered, removed by retention.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod cases;
mod harm;
mod scenario;
mod scope;
mod sink;
