//! The second step: from what was observed to what is to be done, or why nothing can be done. Pure: no client, and no clock but the
//! given time. Imports `strimzi`, `connect` (its types) and `observe` (its types).

pub mod problem;
pub mod desired;
pub(crate) mod auto_restart;
pub mod decide;
