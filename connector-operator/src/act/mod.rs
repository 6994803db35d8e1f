//! The third step: takes the planned steps through Connect's REST API. Each can be taken twice.
//! Imports `plan` and the folders before it.

mod offsets;
pub(crate) mod steps;
