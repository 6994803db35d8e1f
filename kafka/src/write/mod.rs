//! Producers: the settings that all have in common, and the one of dead letters.
//!
//! What else is written is left to the services. Imports [`crate::connect`].

pub mod writer;
pub mod dead_letters;
