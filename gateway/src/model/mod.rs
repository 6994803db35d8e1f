//! The gateway's domain: deliveries, positions, Kafka's records as values, and who may see what.
//!
//! Pure values. How clients see them is left to [`crate::protocol`], how records become deliveries to [`crate::state`].
//! Imports nothing of this crate.

pub(crate) mod clock;
pub mod position;
pub mod limits;
pub mod delivery;
pub mod record;

pub(crate) mod scope;
pub(crate) mod status;
