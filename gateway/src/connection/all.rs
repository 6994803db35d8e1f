//! The mode `all`: every position, chunk by chunk from the ring. A client whose cursor is older than the ring first
//! gets slices of the log. A client that falls behind the ring is closed with its cursor. What it gets of a chunk is left to
//! [`super::chunks`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::feed::PositionFeed;
use super::peer::Peer;
use super::wire::{Disconnect, Step};
use crate::protocol::cursor::StreamPosition;
use crate::protocol::frames::{self, SnapshotReason};
use crate::protocol::subscription::{Form, Kind};
use crate::stream::catch_up::backlog::{CannotResume, SliceResult};
use crate::stream::live::SnapshotScope;
use crate::stream::publication::chunk::Chunk;
use crate::stream::publication::ring::{BATCH, Located};
use crate::writers::progress::{AllProgress, Progress};

/// How often a client that gets positions one by one gets its cursor, while the cursor changes.
const CURSOR_EVERY: Duration = Duration::from_secs(1);
/// How often a client whose batches carry the cursor gets it while no batch is sent.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);

/// How far a client has come.
#[derive(Debug)]
pub(super) struct AllFeed {
    pub(super) at: AllProgress,
    /// Positions before these offsets are skipped: the client has them from another replica or from a slice.
    pub(super) skip: Option<Arc<StreamPosition>>,
    /// The views and ends of chunks before this one were part of the initial snapshot or `resumed`.
    pub(super) listed: u64,
    /// Whether the initial `snapshot` or `resumed` was sent.
    begun: bool,
    /// The pending request for a slice.
    slice: Option<oneshot::Receiver<SliceResult>>,
}

impl PositionFeed for AllFeed {
    /// A slice of the log; none when the backlog reader has ended.
    type Arrival = Option<SliceResult>;

    fn period(kind: Kind) -> Duration {
        if kind.batch { HEARTBEAT_EVERY } else { CURSOR_EVERY }
    }

    async fn start(peer: &mut Peer, cursor: Option<String>) -> Step<Self> {
        let Some(cursor) = cursor else { return Self::from_snapshot(peer, SnapshotReason::Connected, 0).await };
        let head = Arc::clone(peer.gateway.live.published().ring.head());
        let Some(offsets) = head.log().read(&cursor, head.offsets().len()) else {
            return Self::from_snapshot(peer, SnapshotReason::Mismatch, 0).await;
        };
        let mut feed = Self::at(Arc::new(StreamPosition::new(Arc::clone(head.log()), offsets)));
        let located = peer.gateway.live.published().ring.locate(feed.at.position.offsets());
        match located {
            Located::At(next) => feed.resume(peer, next).await?,
            // Another replica may be ahead; a cursor beyond the end of the log belongs to another log.
            Located::Before | Located::Ahead(_) => feed.request_slice(peer).await?,
        }
        Step::Continue(feed)
    }

    async fn restart(&mut self, peer: &mut Peer, reason: SnapshotReason) -> Step {
        *self = Self::from_snapshot(peer, reason, self.at.next).await?;
        Step::Continue(())
    }

    /// Sends the next chunks of the ring.
    async fn send_next(&mut self, peer: &mut Peer) -> Step<bool> {
        if self.slice.is_some() {
            return Step::Continue(false);
        }
        peer.send_status().await?;
        let (chunks, next, head) = {
            let published = peer.gateway.live.published();
            let Some(chunks) = published.ring.read(self.at.next, BATCH) else {
                return Step::Break(Disconnect::FellOff);
            };
            (chunks, published.ring.next(), Arc::clone(published.ring.head()))
        };
        for run in runs(&chunks) {
            self.send_run(peer, run).await?;
        }
        self.at.next += chunks.len() as u64;
        let is_up_to_date = self.at.next == next;
        if is_up_to_date {
            self.go_on(&head);
        }
        Step::Continue(!is_up_to_date)
    }

    /// Sends the cursor to a client that did not get it with a position.
    async fn tick(&mut self, peer: &mut Peer) -> Step {
        {
            // Records that brought nothing new wake no connection, but the cursor still moves past them.
            let published = peer.gateway.live.published();
            if self.begun && self.at.next == published.ring.next() {
                self.go_on(published.ring.head());
            }
        }
        if !self.begun || self.at.sent_cursor.offsets() == self.at.position.offsets() {
            return Step::Continue(());
        }
        // The shard has just sent it with a position.
        if !peer.kind.batch && self.at.told_lately(Instant::now()) {
            return Step::Continue(());
        }
        (self.at.sent_cursor, self.at.told) = (Arc::clone(&self.at.position), Instant::now());
        peer.sent.messages(1);
        peer.wire.text(&frames::heartbeat(self.at.sent_cursor.cursor())).await
    }

    async fn arrival(&mut self) -> Option<SliceResult> {
        let Some(slice) = &mut self.slice else { return std::future::pending().await };
        let arrived = slice.await.ok();
        self.slice = None;
        arrived
    }

    /// Sends a slice of the log, and requests the next one until the client has reached the ring.
    async fn take(&mut self, peer: &mut Peer, arrival: Option<SliceResult>) -> Step {
        let slice = match arrival {
            None => return Step::Break(Disconnect::Lost),
            Some(Err(CannotResume::TooOld)) => return self.restart(peer, SnapshotReason::TooOld).await,
            Some(Err(CannotResume::Mismatch)) => return self.restart(peer, SnapshotReason::Mismatch).await,
            Some(Ok(slice)) => slice,
        };
        self.begin(peer, 0).await?;
        for chunk in &slice.chunks {
            self.send_run(peer, std::slice::from_ref(chunk)).await?;
        }
        self.go_on(&slice.after);
        self.skip = Some(Arc::clone(&self.at.position));
        drop(slice);
        peer.end_turn();
        let reached = {
            let published = peer.gateway.live.published();
            match published.ring.locate(self.at.position.offsets()) {
                // The backlog reader has checked that the log reaches this far.
                Located::At(next) | Located::Ahead(next) => {
                    Some((next, published.ring.read(self.listed.min(next), 0).is_some()))
                }
                Located::Before => None,
            }
        };
        let Some((next, in_ring)) = reached else { return self.request_slice(peer).await };
        if in_ring {
            // The client has these chunks' positions, but not the other changes since its snapshot.
            self.at.next = self.listed.min(next);
        } else {
            self.begun = false;
            self.resume(peer, next).await?;
        }
        Step::Continue(())
    }

    fn progress(&self, kind: Kind) -> Option<Progress> {
        // What the shard writes is what clients of a kind share.
        let shares = self.begun && self.slice.is_none() && self.skip.is_none() && self.at.next >= self.listed;
        (shares && (kind.batch || kind.form == Form::Json)).then(|| Progress::All(self.at.clone()))
    }

    fn go_on_from(&mut self, progress: Progress) {
        if let Progress::All(progress) = progress {
            self.at = progress;
        }
    }

    fn cursor(&self) -> Option<&str> {
        self.begun.then(|| self.at.position.cursor())
    }
}

impl AllFeed {
    /// Starts with a snapshot that is no older than the chunk `next`.
    async fn from_snapshot(peer: &mut Peer, reason: SnapshotReason, next: u64) -> Step<Self> {
        let snapshot = peer.snapshot(SnapshotScope::Recent, 0, next).await?;
        peer.send_snapshot(reason, Some(snapshot.position.cursor()), &snapshot).await?;
        peer.end_turn();
        let mut feed = Self::at(snapshot.position);
        feed.at.next = snapshot.next;
        Step::Continue(Self { listed: snapshot.next, begun: true, skip: None, ..feed })
    }

    /// A client that has everything before `position` and has been sent nothing yet.
    fn at(position: Arc<StreamPosition>) -> Self {
        Self {
            skip: Some(Arc::clone(&position)),
            at: AllProgress { next: 0, sent_cursor: Arc::clone(&position), position, told: Instant::now() },
            listed: 0,
            begun: false,
            slice: None,
        }
    }

    async fn request_slice(&mut self, peer: &mut Peer) -> Step {
        peer.take_turn().await?;
        self.slice = Some(peer.gateway.backlog.request(&self.at.position));
        Step::Continue(())
    }

    /// Continues in the ring from the chunk `next`.
    async fn resume(&mut self, peer: &mut Peer, next: u64) -> Step {
        self.begin(peer, next).await?;
        peer.end_turn();
        self.at.next = next;
        Step::Continue(())
    }

    /// Sends `resumed`, once.
    async fn begin(&mut self, peer: &mut Peer, next: u64) -> Step {
        if self.begun {
            return Step::Continue(());
        }
        let snapshot = peer.snapshot(SnapshotScope::All, 0, next.max(self.at.next)).await?;
        peer.send_resumed(self.at.position.cursor(), &snapshot).await?;
        self.begun = true;
        self.listed = snapshot.next;
        Step::Continue(())
    }

    /// Advances to the log's position after a chunk; offsets where this client is already ahead stay.
    pub(super) fn go_on(&mut self, after: &Arc<StreamPosition>) {
        self.at.position = match &self.skip {
            Some(skip) if after.covers(skip.offsets()) => {
                self.skip = None;
                Arc::clone(after)
            }
            Some(skip) => Arc::new(after.or_later(skip.offsets())),
            None => Arc::clone(after),
        };
    }
}

/// Chunks that can be sent together: views come before all their positions, ends after them.
fn runs(chunks: &[Arc<Chunk>]) -> impl Iterator<Item = &[Arc<Chunk>]> {
    chunks.chunk_by(|one, next| {
        one.changes.ends.is_empty() && one.changes.gone.is_empty() && next.changes.views.is_empty()
    })
}
