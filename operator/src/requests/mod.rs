//! Start requests and commands from Kafka: a request becomes a Delivery; a command suspends, resumes or cancels one.
//!
//! What cannot be used goes to `dead-letters` with the reason. Running the Delivery is left to [`crate::deliveries`]. Imports
//! [`crate::base`], [`crate::tables`], [`crate::log`], [`crate::routes`] and [`crate::deliveries`].

pub(crate) mod outcome;
pub(crate) mod request;
pub(crate) mod last_command;
pub(crate) mod rejected;
pub(crate) mod admission;
pub(crate) mod start;
pub(crate) mod command;
pub(crate) mod aside;
pub(crate) mod claims;
pub(crate) mod inbox;
