//! Topics: how they should be, which is pure, and how they are.
//!
//! Creating them is left to the operator. Imports [`crate::connect`].

pub mod topology;
pub mod description;
