//! The messages about deliveries, a file for each topic, in the order in which a delivery passes through them.
//!
//! Reading and writing them is left to the services. Imports [`crate::records`].

pub mod direction;
pub mod canary;
pub mod command;
pub mod catalogue;
pub mod event;
pub mod plan;
pub mod position;
pub mod state;
pub mod erased;
