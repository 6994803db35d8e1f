//! Puts the parts together and runs them as tasks of one process.
//!
//! Decides nothing about deliveries. May import every other folder.

pub(crate) mod operator;
pub(crate) mod namespace;
pub(crate) mod namespace_state;
pub(crate) mod namespaces;
pub(crate) mod term;
pub(crate) mod process;
