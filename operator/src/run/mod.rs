//! Puts the parts together and runs them as tasks of one process.
//!
//! Decides nothing about deliveries. May import every other folder.

pub mod operator;
pub mod namespace;
pub mod process;
