//! What a connection asks of the way in which its client gets positions.

use std::time::Duration;

use super::peer::Peer;
use super::wire::Step;
use crate::protocol::frames::SnapshotReason;
use crate::protocol::subscription::Kind;

/// How often a client is pinged, and so the longest [`PositionFeed::period`].
pub(super) const PING_EVERY: Duration = Duration::from_secs(20);

/// The positions of one client: which it has, and which it gets next. [`super::session`] drives it.
pub(super) trait PositionFeed: Sized + Send {
    /// What may arrive from elsewhere for this client; `Infallible` where nothing ever does.
    type Arrival: Send;

    /// How often [`PositionFeed::tick`] is called.
    fn period(kind: Kind) -> Duration;

    /// Sends what comes first: a snapshot, or, where the client gave a cursor, that it goes on from there.
    fn start(peer: &mut Peer, cursor: Option<String>) -> impl Future<Output = Step<Self>> + Send;

    /// Sends a snapshot and goes on from there.
    fn restart(&mut self, peer: &mut Peer, reason: SnapshotReason) -> impl Future<Output = Step> + Send;

    /// Sends a part of what the client does not have yet; true when there is more.
    fn send_next(&mut self, peer: &mut Peer) -> impl Future<Output = Step<bool>> + Send;

    /// Sends what is due from time to time.
    fn tick(&mut self, peer: &mut Peer) -> impl Future<Output = Step> + Send;

    /// Waits for an arrival. Nothing is lost when this is cancelled.
    fn arrival(&mut self) -> impl Future<Output = Self::Arrival> + Send;

    /// Sends what has arrived.
    fn take(&mut self, peer: &mut Peer, arrival: Self::Arrival) -> impl Future<Output = Step> + Send;

    /// Where the client can go on, here or on another replica; none while it has nothing to go on from.
    fn cursor(&self) -> Option<&str>;
}
