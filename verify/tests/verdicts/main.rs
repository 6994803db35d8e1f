//! Verdicts on anything that may happen to a log: records lost, repeated, swapped, altered, removed by retention.

#![allow(clippy::unwrap_used, reason = "a helper of tests")]

mod cases;
mod harm;
mod scenario;
mod scope;
