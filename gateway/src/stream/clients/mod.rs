//! What is known of each client: what it is interested in, which notifications it listens for, and which replies it waits for.
//!
//! No I/O. Sending is left to [`crate::writers`] and [`crate::connection`]. Imports [`crate::model`] and [`crate::protocol`].

pub(crate) mod interest;
pub(crate) mod listeners;
pub(crate) mod pending;
pub(crate) mod replies;
