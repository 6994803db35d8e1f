//! Feeds parsers with mutated inputs: what a stranger may send must neither panic, nor take memory or time without bound.
//!
//! For tests only. A test names a corpus, which is a folder of inputs in its crate, and hands each input to a parser:
//! [`corpus`] reads the inputs, [`json`] and [`mutation`] make new ones of them by [`choice`], [`megabyte`](mod@megabyte) long ones, [`run`]
//! runs the parser on them within its bounds, and [`report`] says what came of it. [`record`] is how corpora write the records of Kafka.
//!
//! [`planted`] does the same with whole programs: secrets are planted in what configures them, and none may be said.
//!
//! The mutations are random but follow from a seed, which every report names. There is no instrumentation of code, which
//! stable Rust does not offer: an input is taken for interesting when its outcome is new, or it allocates as none before.
#![allow(clippy::panic, reason = "a test fails by panicking")]

mod corpus;
mod choice;
mod json;
mod mutation;
mod megabyte;
pub mod record;
pub mod report;
pub mod run;
pub mod planted;

pub use megabyte::megabyte;
pub use record::Line;
pub use report::Report;
pub use run::Fuzz;
