//! One WebSocket connection, from the upgrade to its close.
//!
//! [`session`] is the loop of one connection. Which positions its client gets, and when, is left to the two kinds of
//! `feed::PositionFeed`: `latest` and `all` (with `chunks`). Both send through a `peer`, which writes to the socket by `wire`. Nothing
//! is queued for a client: it is sent what is new when its socket can take it. A client that has everything is lent to
//! [`crate::writers`], which write what comes next. What there is to send is left to
//! [`crate::stream`], the upgrade to [`crate::http`]. Imports [`crate::model`], [`crate::protocol`], [`crate::stream`],
//! [`crate::writers`] and [`crate::gateway`].

mod wire;
mod peer;
mod feed;
mod pings;
mod latest;
mod all;
mod chunks;
pub(crate) mod session;
