//! The interface of the two modes in which a client gets positions.

use std::time::Duration;

use super::peer::Peer;
use super::wire::Step;
use crate::protocol::frames::SnapshotReason;
use crate::protocol::subscription::Kind;
use crate::writers::progress::Progress;

/// How often a client is pinged, and thus the maximum of [`PositionFeed::period`].
pub(super) const PING_EVERY: Duration = Duration::from_secs(20);

/// The positions of one client: which it has, and which it gets next. [`super::session`] drives it.
pub(super) trait PositionFeed: Sized + Send {
    /// What the feed waits for besides the stream; `Infallible` when there is nothing.
    type Arrival: Send;

    /// How often [`PositionFeed::tick`] is called.
    fn period(kind: Kind) -> Duration;

    /// Sends what comes first: a snapshot or, if the client gave a cursor, `resumed`.
    fn start(peer: &mut Peer, cursor: Option<String>) -> impl Future<Output = Step<Self>> + Send;

    /// Sends a new snapshot and continues from there.
    fn restart(&mut self, peer: &mut Peer, reason: SnapshotReason) -> impl Future<Output = Step> + Send;

    /// Sends a part of what the client does not have yet; true when there is more.
    fn send_next(&mut self, peer: &mut Peer) -> impl Future<Output = Step<bool>> + Send;

    /// Sends what is due periodically.
    fn tick(&mut self, peer: &mut Peer) -> impl Future<Output = Step> + Send;

    /// Waits for an arrival. Cancel safe.
    fn arrival(&mut self) -> impl Future<Output = Self::Arrival> + Send;

    /// Sends what has arrived.
    fn take(&mut self, peer: &mut Peer, arrival: Self::Arrival) -> impl Future<Output = Step> + Send;

    /// Where the client is, from where its shard can go on; none while only its task can serve it. Asked for once everything was sent.
    fn progress(&self, kind: Kind) -> Option<Progress>;

    /// Goes on from where the shard has brought the client.
    fn go_on_from(&mut self, progress: Progress);

    /// Where the client can resume, here or on another replica; none before there is such a position.
    fn cursor(&self) -> Option<&str>;
}
