//! The ports on which a process listens: their addresses, and the admin port with its health and metrics.
//!
//! The ports of a service's own protocol are left to it. Imports [`crate::life`] and [`crate::metrics`].

pub mod listen;
pub mod admin;
