//! What the gateway talks about: deliveries, positions, Kafka's records as values, what may be seen.
//!
//! Pure values. How clients see them is for [`crate::protocol`], how records become deliveries for [`crate::state`].
//! Imports nothing of this crate.

pub mod clock;
pub mod position;
pub mod delivery;
pub mod record;
pub mod scope;
pub mod status;
