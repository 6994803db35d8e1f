//! DeliveryRoutes: each is examined, gets its status, and its revision is published to the catalogue in Kafka.
//!
//! Deliveries that wait for a route are woken; starting them is left to [`crate::deliveries`]. Imports [`crate::base`],
//! [`crate::log`] and [`crate::error`].

pub(crate) mod examine;
pub(crate) mod reconcile;
