//! Puts the service together, runs it, and watches the servers that it needs.
//!
//! May import every other folder.

mod probe;
mod run;

pub use run::run;
