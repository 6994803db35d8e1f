//! Where the task of a connection and its shard meet.
//!
//! Each holds the lock for as long as it takes to change the turn or to make a write that does not wait, so neither waits for the other
//! for longer than that, and a shard that finds a client up to date finds the lock free.

use std::sync::Mutex;
use std::time::Instant;

use delivery_observability::locks::lock;
use tokio::sync::Notify;

use super::progress::Place;
use super::socket::SharedSocket;
use super::turn::{Rest, Turn};
use super::walk::Walk;
use crate::metrics::ages::{Sent, Tally};
use crate::protocol::subscription::Kind;

#[derive(Debug)]
pub(crate) struct Slot {
    kind: Kind,
    sent: Sent,
    turn: Mutex<Turn<SharedSocket>>,
    woken: Notify,
}

impl Slot {
    /// One whose turn is the task's.
    pub(super) fn new(kind: Kind, sent: Sent) -> Self {
        Self { kind, sent, turn: Mutex::new(Turn::Task), woken: Notify::new() }
    }

    /// Lends the client to its shard. The task does not write until it has called [`Slot::take`].
    pub(crate) fn lend(&self, socket: SharedSocket, place: Place) {
        *lock(&self.turn) = Turn::Shard { socket, place };
    }

    /// Has the task woken by the next publication.
    pub(crate) fn sleep(&self) {
        *lock(&self.turn) = Turn::Asleep;
    }

    /// Takes the client back; returns where it is now, and what must be written to it first.
    pub(crate) fn take(&self) -> Option<(Place, Option<Rest>)> {
        lock(&self.turn).take()
    }

    /// Whether the shard has the client, and has just sent it its cursor.
    pub(crate) fn told_lately(&self, now: Instant) -> bool {
        lock(&self.turn).told_lately(now)
    }

    /// Waits until the shard needs the task. Cancel safe.
    pub(crate) async fn woken(&self) {
        self.woken.notified().await;
    }

    /// The shard's part of a walk.
    pub(super) fn serve(&self, walk: &mut Walk<'_>, tally: &mut Tally) {
        let must_wake = lock(&self.turn).serve(walk, self.kind, &self.sent, tally);
        if must_wake {
            self.woken.notify_one();
        }
    }
}
