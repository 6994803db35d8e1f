//! Compares the evidence with what is promised, and prints the result.
//!
//! [`judge`] is pure: all evidence is given to it. May import everything but the run.

pub(crate) mod judge;
pub(crate) mod step;
pub(crate) mod report;
pub(crate) mod purchases;
