//! The fourth step: the object's status in Strimzi's shape, derived purely (`conditions`, with `redact` and `bounds`) and then written with the Event of its
//! transition (`report`). Imports `plan` and the folders before it.

mod bounds;
mod redact;
pub mod conditions;
pub mod report;
