//! How far a client has come in its mode, so that either the task of its connection or its shard can go on from there.
//!
//! Pure.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::model::status::Status;
use crate::protocol::cursor::StreamPosition;
use crate::stream::clients::interest::Interest;

/// A cursor that was sent in a frame of its own is not sent again for at least this long.
const LATELY: Duration = Duration::from_millis(500);
/// The minimum time between two reports of the number of conflated positions.
const REPORT_EVERY: Duration = Duration::from_secs(3);

/// A client that has everything up to here.
#[derive(Debug)]
pub(crate) struct Place {
    pub progress: Progress,
    /// The status and the fingerprint of the routes last sent to it.
    pub status: (Status, u64),
    /// None: it sees everything.
    pub interest: Option<Box<Interest>>,
}

#[derive(Clone, Debug)]
pub(crate) enum Progress {
    All(AllProgress),
    Latest(LatestProgress),
}

/// In the mode `all`.
#[derive(Clone, Debug)]
pub(crate) struct AllProgress {
    /// The next chunk to send.
    pub next: u64,
    /// The position in the log after everything that was sent.
    pub position: Arc<StreamPosition>,
    /// The position last sent as a cursor.
    pub sent_cursor: Arc<StreamPosition>,
    /// When a cursor was last sent in a frame of its own, or when the client started.
    pub told: Instant,
}

/// In the mode `latest`.
#[derive(Clone, Debug, Default)]
pub(crate) struct LatestProgress {
    /// The client has everything up to this change.
    pub seen: u64,
    /// How many positions had been published when the client started.
    pub began: u64,
    /// How many positions it was sent since.
    pub sent: u64,
    /// How many positions were conflated, and how many of those were reported to it.
    pub spared: u64,
    pub reported: u64,
    pub reported_at: Option<Instant>,
}

impl AllProgress {
    /// Whether the client has just been sent its cursor in a frame of its own.
    pub(crate) fn told_lately(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.told) < LATELY
    }
}

impl LatestProgress {
    /// The client, which sees everything, has all of the `total` positions but for those conflated. Returns how many those are that had not
    /// been counted yet.
    pub(crate) fn conflate(&mut self, total: u64) -> u64 {
        let before = self.spared;
        // Everything published and not sent; after a new snapshot some positions may be sent twice.
        self.spared = self.spared.max(total.saturating_sub(self.began).saturating_sub(self.sent));
        self.spared - before
    }

    /// Whether the last report is so old that the next one may be sent.
    pub(crate) fn may_report(&self, now: Instant) -> bool {
        self.reported_at.is_none_or(|at| now.saturating_duration_since(at) >= REPORT_EVERY)
    }

    /// How many conflated positions have not been reported.
    pub(crate) const fn unreported(&self) -> u64 {
        self.spared - self.reported
    }
}
