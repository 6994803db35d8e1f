//! A few workers that write what is published to the sockets of clients that have everything else.
//!
//! A publication is the same bytes for all clients of a kind, and a thousand tasks that each wake up to write them would cost more than the
//! writes. So each [`shard`] serves a part of the clients: it goes through those that are up to date and have nothing queued, and writes
//! the shared bytes straight to their sockets, without waiting. Everything else a client needs is left to the task of its connection in
//! [`crate::connection`], which sleeps meanwhile: it starts the client, reads from it, pings it, serves what no other client shares, and
//! takes over as soon as a socket does not take all bytes. A publication wakes only the tasks whose clients need that.
//!
//! Who may write is a client's [`turn`]: the task lends the socket, together with the [`progress`] of its client, and takes both back before
//! it writes. Task and shard meet in a [`slot`]. What one round of a shard writes is put together in [`walk`], once for all clients.
//!
//! Pure: `progress`, `outgoing`, `walk` (which reads what is published) and `turn`. Imports [`crate::model`], [`crate::protocol`],
//! [`crate::metrics`] and [`crate::stream`].

pub(crate) mod progress;
pub(crate) mod outgoing;
pub(crate) mod walk;
pub(crate) mod turn;
pub(crate) mod socket;
pub(crate) mod slot;
pub(crate) mod shard;
