//! What the gateway talks about: deliveries, positions, Kafka's records as values, what may be seen.
//!
//! Pure values. How clients see them is for [`crate::protocol`], how records become deliveries for [`crate::state`].
//! Imports nothing of this crate.

pub(crate) mod clock;
pub mod position;
pub mod delivery;
pub mod record;
pub(crate) mod scope;
pub(crate) mod status;
