//! The command `erase`: a person's deliveries are forgotten in every place, and a replay does not bring them back.
//!
//! [`who`] says which records speak of the person; [`find`] looks for them in the log, [`elsewhere`] in Kubernetes and by the
//! gateway; [`list`] puts their ids on the list of erased ids, from which the operator, the gateway and the sink do the rest;
//! [`follow`] waits for the log and tells what Kafka still holds; [`print`] shows it; [`command`] is what a person types.

pub mod command;
pub mod elsewhere;
pub mod find;
pub mod follow;
pub mod found;
pub mod held;
pub mod list;
pub mod print;
pub mod report;
pub mod who;
