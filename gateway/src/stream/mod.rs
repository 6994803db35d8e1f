//! From the table to what every connection reads: the newest state of each delivery, and every position in order.
//!
//! [`hub`] writes, at a [`pace`] that follows what it costs; connections and HTTP read through [`live`]. [`publication`] is what they read,
//! [`clients`] who is to get which of it. [`catch_up`] has Kafka read again for a client whose cursor is older than all that.
//! [`relay`] tells clients of notifications, beside the table. What is sent to one client, and how, is left to [`crate::connection`].
//! Imports [`crate::model`], [`crate::protocol`], [`crate::state`], [`crate::metrics`] and [`crate::ingest`].

pub(crate) mod clients;
pub(crate) mod publication;
pub(crate) mod live;
pub(crate) mod pace;
pub(crate) mod hub;
pub(crate) mod catch_up;
pub(crate) mod relay;
