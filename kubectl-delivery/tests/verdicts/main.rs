//! The verdict on whatever may happen to a log: records lost, said twice, swapped, altered, cut off at the front.

#![allow(clippy::unwrap_used, reason = "a helper of tests")]

mod cases;
mod harm;
mod scope;
mod world;
