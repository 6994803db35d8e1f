//! What is published, encoded once for all clients: a [`snapshot`] of each delivery, and the [`ring`] of the newest chunks of the stream.
//!
//! Pure. A [`change_set`] is one publication; as a [`chunk`] it goes into the ring, and [`published`] holds all of it together. Who may
//! write it and who reads it is left to [`super::live`]. Imports [`crate::model`], [`crate::protocol`], [`crate::state`] and
//! [`crate::metrics`].

pub(crate) mod snapshot;
pub(crate) mod change_set;
pub(crate) mod chunk;
pub(crate) mod ring;
pub(crate) mod published;
