//! The mode `all`: every position, chunk by chunk from the ring. A client whose cursor is older than the ring first
//! gets slices of the log. A client that falls behind the ring is closed with its cursor.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::feed::PositionFeed;
use super::peer::{CursorStep, Outgoing, Peer};
use super::wire::{Disconnect, Step};
use crate::model::clock::now;
use crate::protocol::cursor::StreamPosition;
use crate::protocol::encoded_position::EncodedPosition;
use crate::protocol::frames::{self, SnapshotReason};
use crate::protocol::subscription::{Form, Kind};
use crate::stream::backlog::{CannotResume, SliceResult};
use crate::stream::interest::Visibility;
use crate::stream::live::SnapshotScope;
use crate::stream::ring::{BATCH, Chunk, Located};
use crate::stream::snapshot::DeliverySnapshot;

/// How often a client that gets positions one by one gets its cursor, while the cursor changes.
const CURSOR_EVERY: Duration = Duration::from_secs(1);
/// How often a client whose batches carry the cursor gets it while no batch is sent.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);

/// How far a client has come.
#[derive(Debug)]
pub(super) struct AllFeed {
    /// The next chunk to send.
    next: u64,
    /// The position in the log after everything that was sent.
    position: Arc<StreamPosition>,
    /// The position last sent as a cursor.
    sent_cursor: Arc<StreamPosition>,
    /// Positions before these offsets are skipped: the client has them from another replica or from a slice.
    skip: Option<Arc<StreamPosition>>,
    /// The views and ends of chunks before this one were part of the initial snapshot or `resumed`.
    listed: u64,
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
        let located = peer.gateway.live.published().ring.locate(feed.position.offsets());
        match located {
            Located::At(next) => feed.resume(peer, next).await?,
            // Another replica may be ahead; a cursor beyond the end of the log belongs to another log.
            Located::Before | Located::Ahead(_) => feed.request_slice(peer),
        }
        Step::Continue(feed)
    }

    async fn restart(&mut self, peer: &mut Peer, reason: SnapshotReason) -> Step {
        *self = Self::from_snapshot(peer, reason, self.next).await?;
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
            let Some(chunks) = published.ring.read(self.next, BATCH) else {
                return Step::Break(Disconnect::FellOff);
            };
            (chunks, published.ring.next(), Arc::clone(published.ring.head()))
        };
        for run in runs(&chunks) {
            self.send_run(peer, run).await?;
        }
        self.next += chunks.len() as u64;
        let is_up_to_date = self.next == next;
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
            if self.begun && self.next == published.ring.next() {
                self.go_on(published.ring.head());
            }
        }
        if !self.begun || self.sent_cursor.offsets() == self.position.offsets() {
            return Step::Continue(());
        }
        self.sent_cursor = Arc::clone(&self.position);
        peer.gateway.metrics.sent(peer.kind, 1);
        peer.wire.text(&frames::heartbeat(self.sent_cursor.cursor())).await
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
        self.skip = Some(Arc::clone(&self.position));
        let (next, reaches) = {
            let published = peer.gateway.live.published();
            let next = match published.ring.locate(self.position.offsets()) {
                // The backlog reader has checked that the log reaches this far.
                Located::At(next) | Located::Ahead(next) => next,
                Located::Before => {
                    drop(published);
                    self.request_slice(peer);
                    return Step::Continue(());
                }
            };
            (next, published.ring.read(self.listed.min(next), 0).is_some())
        };
        if reaches {
            // The client has these chunks' positions, but not the other changes since its snapshot.
            self.next = self.listed.min(next);
        } else {
            self.begun = false;
            self.resume(peer, next).await?;
        }
        Step::Continue(())
    }

    fn cursor(&self) -> Option<&str> {
        self.begun.then(|| self.position.cursor())
    }
}

impl AllFeed {
    /// Starts with a snapshot that is no older than the chunk `next`.
    async fn from_snapshot(peer: &mut Peer, reason: SnapshotReason, next: u64) -> Step<Self> {
        let snapshot = peer.snapshot(SnapshotScope::Recent, 0, next);
        peer.send_snapshot(reason, Some(snapshot.position.cursor()), &snapshot).await?;
        Step::Continue(Self {
            next: snapshot.next,
            listed: snapshot.next,
            begun: true,
            skip: None,
            ..Self::at(snapshot.position)
        })
    }

    /// A client that has everything before `position` and has been sent nothing yet.
    fn at(position: Arc<StreamPosition>) -> Self {
        Self {
            next: 0,
            sent_cursor: Arc::clone(&position),
            skip: Some(Arc::clone(&position)),
            position,
            listed: 0,
            begun: false,
            slice: None,
        }
    }

    fn request_slice(&mut self, peer: &Peer) {
        self.slice = Some(peer.gateway.backlog.request(&self.position));
    }

    /// Continues in the ring from the chunk `next`.
    async fn resume(&mut self, peer: &mut Peer, next: u64) -> Step {
        self.begin(peer, next).await?;
        self.next = next;
        Step::Continue(())
    }

    /// Sends `resumed`, once.
    async fn begin(&mut self, peer: &mut Peer, next: u64) -> Step {
        if self.begun {
            return Step::Continue(());
        }
        let snapshot = peer.snapshot(SnapshotScope::All, 0, next.max(self.next));
        peer.send_resumed(self.position.cursor(), &snapshot).await?;
        self.begun = true;
        self.listed = snapshot.next;
        Step::Continue(())
    }

    /// Advances to the log's position after a chunk; offsets where this client is already ahead stay.
    fn go_on(&mut self, after: &Arc<StreamPosition>) {
        self.position = match &self.skip {
            Some(skip) if after.covers(skip.offsets()) => {
                self.skip = None;
                Arc::clone(after)
            }
            Some(skip) => Arc::new(after.or_later(skip.offsets())),
            None => Arc::clone(after),
        };
    }

    /// Whether the client already has this position, from another replica or a slice.
    fn is_skipped(&self, position: &EncodedPosition) -> bool {
        let (Some(skip), Some(record)) = (&self.skip, position.record) else { return false };
        let next = usize::try_from(record.partition).ok().and_then(|partition| skip.offsets().get(partition));
        next.is_some_and(|next| record.offset < *next)
    }

    /// Sends chunks that can be sent together (see [`runs`]).
    async fn send_run(&mut self, peer: &mut Peer, run: &[Arc<Chunk>]) -> Step {
        let Some(last) = run.last() else { return Step::Continue(()) };
        let mut run = run;
        if peer.interest.is_none() && self.skip.is_none() {
            while let [chunk, rest @ ..] = run
                && chunk.number >= self.listed
                && self.send_whole(peer, chunk).await?
            {
                run = rest;
            }
        }
        let messages = self.select(peer, run);
        self.go_on(&last.after);
        if messages.is_empty() {
            return Step::Continue(());
        }
        let after = Arc::clone(&self.position);
        peer.send_all(&messages, Some(CursorStep { sent: &mut self.sent_cursor, after })).await
    }

    /// Sends a chunk as the bytes shared by all clients of this kind; false when this client cannot use them.
    async fn send_whole(&mut self, peer: &mut Peer, chunk: &Chunk) -> Step<bool> {
        let Kind { form, batch, .. } = peer.kind;
        let bytes = match (form, batch) {
            (Form::Json, false) => chunk.singles(),
            (Form::Json, true) => chunk.batch(),
            (Form::Binary, true) if self.sent_cursor.offsets() == chunk.before.offsets() => match chunk.binary() {
                Some(bytes) => bytes,
                None => return Step::Continue(false),
            },
            (Form::Binary, _) => return Step::Continue(false),
        };
        let changes = &chunk.changes;
        for shown in &changes.views {
            peer.wire.text(shown.view()).await?;
        }
        if !changes.positions.is_empty() {
            peer.wire.frames(bytes).await?;
            if batch {
                self.sent_cursor = Arc::clone(&chunk.after);
            }
        }
        for text in changes.ends.iter().chain(&changes.gone).filter_map(|shown| end(shown)) {
            peer.wire.text(&text).await?;
        }
        peer.wire.flush().await?;
        let due: Vec<_> = changes.positions.iter().map(|position| position.fix.at).collect();
        peer.gateway.metrics.positions_sent(peer.kind, &due, now());
        let others = changes.views.len() + changes.ends.len() + changes.gone.len();
        let frames = if batch { usize::from(!due.is_empty()) } else { due.len() };
        peer.gateway.metrics.sent(peer.kind, others + frames);
        self.go_on(&chunk.after);
        Step::Continue(true)
    }

    /// The messages for this client from some chunks.
    fn select(&self, peer: &mut Peer, run: &[Arc<Chunk>]) -> Vec<Outgoing> {
        let mut messages = Vec::new();
        for chunk in run {
            let changes = &chunk.changes;
            let is_new = chunk.number >= self.listed;
            for shown in changes.views.iter().filter(|_| is_new) {
                if peer.interest.as_deref().is_none_or(|interest| interest.follows(&shown.delivery)) {
                    messages.push(Outgoing::Text(shown.view().clone()));
                }
            }
            for position in changes.positions.iter().filter(|position| !self.is_skipped(position)) {
                let id = &position.about.delivery_id;
                match peer.interest.as_deref_mut().map(|interest| interest.observe(position)) {
                    Some(Visibility::Hidden) => {}
                    Some(Visibility::Leaves) => messages.push(Outgoing::Text(frames::left(id))),
                    Some(Visibility::Enters) => {
                        let shown = peer.gateway.live.published().delivery(id).cloned();
                        messages.extend(shown.map(|shown| Outgoing::Text(shown.view().clone())));
                        messages.push(Outgoing::Position(Arc::clone(position)));
                    }
                    None | Some(Visibility::Inside { .. }) => messages.push(Outgoing::Position(Arc::clone(position))),
                }
            }
            for shown in changes.ends.iter().chain(&changes.gone).filter(|_| is_new) {
                if let Some(interest) = peer.interest.as_deref_mut() {
                    if !interest.follows(&shown.delivery) {
                        continue;
                    }
                    interest.forget(&shown.delivery);
                }
                messages.extend(end(shown).map(Outgoing::Text));
            }
        }
        messages
    }
}

/// Chunks that can be sent together: views come before all their positions, ends after them.
fn runs(chunks: &[Arc<Chunk>]) -> impl Iterator<Item = &[Arc<Chunk>]> {
    chunks.chunk_by(|one, next| {
        one.changes.ends.is_empty() && one.changes.gone.is_empty() && next.changes.views.is_empty()
    })
}

/// The last frame about a delivery that has ended, or that was removed before its end.
fn end(shown: &DeliverySnapshot) -> Option<Utf8Bytes> {
    if shown.delivery.phase.is_final() {
        return shown.end().cloned();
    }
    Some(frames::left(&shown.delivery.about.delivery_id))
}
