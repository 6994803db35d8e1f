//! The mode `latest`: the newest position of each delivery that has changed, whenever the client can take more. For a
//! slow client the positions in between are conflated, and it is sent their number.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::feed::{PING_EVERY, PositionFeed};
use super::peer::{Outgoing, Peer};
use super::wire::Step;
use crate::protocol::frames::{self, SnapshotReason};
use crate::protocol::subscription::Kind;
use crate::stream::interest::{Interest, Visibility};
use crate::stream::live::SnapshotScope;
use crate::stream::published::Since;
use crate::stream::snapshot::DeliverySnapshot;

/// How many deliveries are taken at once from what is published.
const CHUNK: usize = 100;
/// The minimum time between two reports of the number of conflated positions.
const REPORT_EVERY: Duration = Duration::from_secs(3);

/// How far a client has come.
#[derive(Debug, Default)]
pub(super) struct LatestFeed {
    /// The client has everything up to this change.
    seen: u64,
    /// How many positions had been published when the client started.
    began: u64,
    /// How many positions it was sent since.
    sent: u64,
    /// How many positions were conflated, and how many of those were reported to it.
    spared: u64,
    reported: u64,
    reported_at: Option<Instant>,
}

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
        let snapshot = peer.snapshot(SnapshotScope::Recent, self.seen, 0);
        peer.send_snapshot(reason, None, &snapshot).await?;
        *self = Self { seen: snapshot.seen, began: snapshot.total, ..Self::default() };
        Step::Continue(())
    }

    async fn send_next(&mut self, peer: &mut Peer) -> Step<bool> {
        peer.send_status().await?;
        let since = peer.gateway.live.since(self.seen, CHUNK);
        let Since::Changed { deliveries, seen, more, total } = since else {
            self.restart(peer, SnapshotReason::Missed).await?;
            return Step::Continue(true);
        };
        let Selection { messages, positions, spared } = select(&deliveries, self.seen, peer.interest.as_deref_mut());
        drop(deliveries);
        if !messages.is_empty() {
            peer.send_all(&messages, None).await?;
        }
        self.seen = seen;
        self.sent += positions;
        let before = self.spared;
        if peer.interest.is_some() {
            self.spared += spared;
        } else if !more {
            // Everything published and not sent; after a new snapshot some positions may be sent twice.
            self.spared = self.spared.max((total - self.began).saturating_sub(self.sent));
        }
        peer.gateway.metrics.conflated(self.spared - before);
        if !more && self.reported_at.is_none_or(|at| at.elapsed() >= REPORT_EVERY) {
            self.tick(peer).await?;
            peer.wire.flush().await?;
        }
        Step::Continue(more)
    }

    /// Reports the number of conflated positions, if it has grown since the last report.
    async fn tick(&mut self, peer: &mut Peer) -> Step {
        let spared = self.spared - self.reported;
        if spared > 0 {
            self.reported = self.spared;
            self.reported_at = Some(Instant::now());
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

    fn cursor(&self) -> Option<&str> {
        None
    }
}

/// The messages for a client about deliveries that have changed.
struct Selection {
    messages: Vec<Outgoing>,
    /// How many of the messages are positions.
    positions: u64,
    /// How many positions are conflated.
    spared: u64,
}

fn select(deliveries: &[Arc<DeliverySnapshot>], seen: u64, mut interest: Option<&mut Interest>) -> Selection {
    let mut messages = Vec::with_capacity(deliveries.len());
    let (mut positions, mut spared) = (0, 0);
    for shown in deliveries {
        let position = shown.position_since(seen);
        let mut entered = false;
        if let Some(interest) = interest.as_deref_mut() {
            match position.map(|position| interest.observe(position)) {
                Some(Visibility::Hidden) => continue,
                Some(Visibility::Leaves) => {
                    messages.push(Outgoing::Text(frames::left(&shown.delivery.about.delivery_id)));
                    continue;
                }
                Some(Visibility::Enters) => entered = true,
                Some(Visibility::Inside { spared: more }) => spared += more,
                None if !interest.follows(&shown.delivery) => continue,
                None => {}
            }
        }
        // A new delivery comes before its position; an end comes after it.
        let view = if entered { Some(shown.view()) } else { shown.view_since(seen) };
        messages.extend(view.cloned().map(Outgoing::Text));
        if let Some(position) = position {
            positions += 1;
            messages.push(Outgoing::Position(Arc::clone(position)));
        }
        if let Some(end) = shown.end_since(seen) {
            messages.push(Outgoing::Text(end.clone()));
            if let Some(interest) = interest.as_deref_mut() {
                interest.forget(&shown.delivery);
            }
        }
    }
    Selection { messages, positions, spared }
}
