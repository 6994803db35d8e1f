//! One WebSocket connection, from the upgrade to its close.
//!
//! [`session`] is the loop of one connection. Which positions its client gets, and when, is left to the two kinds of
//! `feed::PositionFeed`: `latest` and `all`. Both send through a `peer`, which writes to the socket by `wire`. Nothing
//! is queued for a client: it is sent what is new when its socket can take it. What there is to send is left to
//! [`crate::stream`], the upgrade to [`crate::http`]. Imports [`crate::model`], [`crate::protocol`], [`crate::stream`]
//! and [`crate::gateway`].

mod rate_limit;
mod wire;
mod peer;
mod feed;
mod latest;
mod all;
pub(crate) mod session;
