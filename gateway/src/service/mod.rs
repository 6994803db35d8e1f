//! Puts the gateway together, runs it, and watches the servers that it needs.
//!
//! May import every other folder.

mod lag;
mod probe;
mod run;

pub use run::{run, serve};
