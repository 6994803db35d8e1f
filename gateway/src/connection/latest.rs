//! The mode `latest`: the newest position of each delivery that has changed, whenever the client can take more. For a
//! slow client the positions in between are conflated, and it is sent their number.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use super::feed::{PING_EVERY, PositionFeed};
use super::peer::Peer;
use super::wire::Step;
use crate::protocol::frames::{self, SnapshotReason};
use crate::protocol::subscription::Kind;
use crate::stream::live::SnapshotScope;
use crate::stream::publication::published::Since;
use crate::writers::outgoing::{Selection, select};
use crate::writers::progress::{LatestProgress, Progress};

/// How many deliveries are taken at once from what is published.
const CHUNK: usize = 100;

/// How far a client has come.
#[derive(Debug, Default)]
pub(super) struct LatestFeed(LatestProgress);

impl PositionFeed for LatestFeed {
    type Arrival = Infallible;

    fn period(_: Kind) -> Duration {
        PING_EVERY
    }

    async fn start(peer: &mut Peer, _: Option<String>) -> Step<Self> {
        let mut feed = Self::default();
        feed.restart(peer, SnapshotReason::Connected).await?;
        Step::Continue(feed)
    }

    async fn restart(&mut self, peer: &mut Peer, reason: SnapshotReason) -> Step {
        let snapshot = peer.snapshot(SnapshotScope::Recent, self.0.seen, 0).await?;
        peer.send_snapshot(reason, None, &snapshot).await?;
        peer.end_turn();
        self.0 = LatestProgress { seen: snapshot.seen, began: snapshot.total, ..LatestProgress::default() };
        Step::Continue(())
    }

    async fn send_next(&mut self, peer: &mut Peer) -> Step<bool> {
        peer.send_status().await?;
        let since = peer.gateway.live.since(self.0.seen, CHUNK);
        let Since::Changed { deliveries, seen, more, total } = since else {
            self.restart(peer, SnapshotReason::Missed).await?;
            return Step::Continue(true);
        };
        let Selection { messages, positions, spared } = select(&deliveries, self.0.seen, peer.interest.as_deref_mut());
        drop(deliveries);
        if !messages.is_empty() {
            peer.send_all(&messages, None).await?;
        }
        self.0.seen = seen;
        self.0.sent += positions;
        if peer.interest.is_some() {
            self.0.spared += spared;
            peer.sent.conflated(spared);
        } else if !more {
            peer.sent.conflated(self.0.conflate(total));
        }
        if !more && self.0.may_report(Instant::now()) {
            self.tick(peer).await?;
            peer.wire.flush().await?;
        }
        Step::Continue(more)
    }

    /// Reports the number of conflated positions, if it has grown since the last report.
    async fn tick(&mut self, peer: &mut Peer) -> Step {
        let spared = self.0.unreported();
        if spared > 0 {
            self.0.reported = self.0.spared;
            self.0.reported_at = Some(Instant::now());
            peer.wire.text(&frames::conflated(spared)).await?;
        }
        Step::Continue(())
    }

    async fn arrival(&mut self) -> Infallible {
        std::future::pending().await
    }

    async fn take(&mut self, _: &mut Peer, arrival: Infallible) -> Step {
        match arrival {}
    }

    fn progress(&self, _: Kind) -> Option<Progress> {
        Some(Progress::Latest(self.0.clone()))
    }

    fn go_on_from(&mut self, progress: Progress) {
        if let Progress::Latest(progress) = progress {
            self.0 = progress;
        }
    }

    fn cursor(&self) -> Option<&str> {
        None
    }
}
