//! The command `topics`: what Kafka holds of Code Delivery, where, and how far behind its readers are.
//!
//! [`survey`] asks Kafka, [`print`] shows the answer, [`command`] is what a person types.

pub mod command;
pub mod print;
pub mod survey;
