//! Tests across the folders.

mod fuzz;
