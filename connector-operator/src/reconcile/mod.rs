//! One reconciliation: the four steps in their order, and the control loop that runs them. Imports all steps.

pub mod context;
pub mod reconciliation;
pub(crate) mod control_loop;
