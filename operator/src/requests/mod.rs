//! Start requests and commands from Kafka: a request becomes a Delivery; a command suspends, resumes or cancels one.
//!
//! What cannot be used goes to `dead-letters` with the reason. Running the Delivery is left to [`crate::deliveries`]. Imports
//! [`crate::base`], [`crate::tables`], [`crate::log`], [`crate::routes`] and [`crate::deliveries`].

pub mod outcome;
pub mod request;
pub mod admission;
pub mod start;
pub mod command;
pub mod inbox;
