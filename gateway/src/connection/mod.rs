//! One WebSocket connection, from the upgrade to its close.
//!
//! What can be sent is for [`crate::stream`]; the upgrade itself for [`crate::http`]. Imports [`crate::model`], [`crate::protocol`],
//! [`crate::stream`] and [`crate::gateway`].

mod rate_limit;
mod wire;
pub mod session;
