//! What the hub publishes and every connection and HTTP request reads, the snapshots that connections start with, and
//! the channels to clients that wait for a reply.
//!
//! One writer ([`super::hub`]), many short readers. Locks are never held across an await. What is published is behind
//! one lock, so a snapshot and the position from which its stream continues are taken in one step.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use delivery_messages::{Millis, NotificationChanged};
use delivery_observability::locks::{lock, read, write};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::{Bytes, Utf8Bytes};

use super::clients::interest::Interest;
use super::clients::listeners::{Listeners, Relayed};
use super::clients::pending::PendingRequests;
use super::clients::replies::Replies;
use super::publication::change_set::ChangeSet;
use super::publication::published::{EncodedChanges, Published, Since};
use crate::model::delivery::Delivery;
use crate::model::record::Rejection;
use crate::model::status::{Status, StatusCell};
use crate::protocol::cursor::{LogId, StreamPosition};
use crate::protocol::encoded_position::EncodedPosition;
use crate::protocol::frames;

/// How long an ended delivery is still part of a snapshot, milliseconds.
const SNAPSHOT_KEEPS_ENDED: Millis = 60_000;
/// The maximum age of the snapshot that a new connection gets; changes since then follow at once.
const MAX_SNAPSHOT_AGE: Duration = Duration::from_millis(250);
/// Its maximum age when nothing has changed: the ended deliveries in it must leave at some point.
const MAX_UNCHANGED_AGE: Duration = Duration::from_secs(10);

/// Which deliveries a snapshot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnapshotScope {
    /// Those under way, and those that ended in the last minute.
    Recent,
    /// All that are published, for a client that was away for some time.
    All,
}

/// The state of all deliveries at one moment, and where the stream continues from there.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// The deliveries, as a JSON list.
    pub list: Bytes,
    /// The last change included in it.
    pub seen: u64,
    /// How many positions had been published.
    pub total: u64,
    /// The next chunk of the ring.
    pub next: u64,
    /// The position in the log.
    pub position: Arc<StreamPosition>,
}

/// The shared state of the hub.
#[derive(Debug)]
pub(crate) struct Live {
    published: RwLock<Published>,
    changed: watch::Sender<u64>,
    /// Counts what wakes; see [`Live::version`].
    version: AtomicU64,
    pending: Mutex<PendingRequests<Replies>>,
    listeners: Mutex<Listeners<Replies>>,
    recent: Mutex<Cached>,
    all: Mutex<Cached>,
    ready: watch::Sender<bool>,
    status: StatusCell,
    /// The fingerprint of the listed routes.
    routes: AtomicU64,
}

/// The latest snapshot, for all clients that connect at about the same time.
type Cached = Option<(Instant, Snapshot)>;

impl Live {
    /// One whose ring holds about `ring_bytes`.
    pub(crate) fn new(ring_bytes: usize) -> Self {
        Self {
            published: RwLock::new(Published::new(ring_bytes)),
            changed: watch::Sender::new(0),
            version: AtomicU64::new(0),
            pending: Mutex::default(),
            listeners: Mutex::default(),
            recent: Mutex::default(),
            all: Mutex::default(),
            ready: watch::Sender::new(false),
            status: StatusCell::default(),
            routes: AtomicU64::new(0),
        }
    }

    /// What is published now. Drop the guard soon: it blocks the hub.
    pub(crate) fn published(&self) -> RwLockReadGuard<'_, Published> {
        read(&self.published)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Published) -> T) -> T {
        change(&mut write(&self.published))
    }

    /// Starts the ring in a log, at these offsets.
    pub(crate) fn begin(&self, log: Arc<LogId>, starts: Vec<i64>) {
        self.change(|published| published.ring.begin(log, starts));
    }

    /// Adds positions to the ring that are older than the first snapshot.
    pub(crate) fn fill(&self, positions: Vec<Arc<EncodedPosition>>, head: &[i64]) {
        let changes = ChangeSet { positions, ..ChangeSet::default() };
        drop(self.change(|published| published.ring.push(changes, head)));
    }

    /// Publishes changes and wakes the writers. `head` is how far the log has been read.
    pub(crate) fn publish(&self, encoded: EncodedChanges, head: &[i64]) {
        let routes = encoded.routes();
        let (last, dropped) = self.change(|published| {
            let changes = published.apply(encoded);
            let dropped = published.ring.push(changes, head);
            (published.last(), dropped)
        });
        let is_other = routes.is_some_and(|routes| self.routes.swap(routes, Ordering::Relaxed) != routes);
        self.changed.send_if_modified(|seen| {
            let is_new = std::mem::replace(seen, last) != last || is_other;
            if is_new {
                self.version.fetch_add(1, Ordering::Release);
            }
            is_new
        });
        // Chunks are freed here, after the lock is released.
        drop(dropped);
    }

    /// Wakes when there is something new.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// A number that grows before anybody is woken. Who has noted it, then taken what was there, and finds it unchanged after saying where
    /// to be woken, has missed nothing.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// See [`Published::since`].
    pub(crate) fn since(&self, seen: u64, limit: usize) -> Since {
        self.published().since(seen, limit)
    }

    /// The state of all deliveries, encoded once for all clients that connect at about the same time. It is no older
    /// than the change `seen` and the chunk `next`, which the client already has.
    pub(crate) fn snapshot(&self, scope: SnapshotScope, now: Millis, seen: u64, next: u64) -> Snapshot {
        let mut cached = lock(match scope {
            SnapshotScope::Recent => &self.recent,
            SnapshotScope::All => &self.all,
        });
        let (deliveries, mut snapshot) = {
            let published = self.published();
            if let Some((made, snapshot)) = cached.as_ref()
                && (snapshot.seen == published.last() || made.elapsed() < MAX_SNAPSHOT_AGE)
                && made.elapsed() < MAX_UNCHANGED_AGE
                && snapshot.seen >= seen
                && snapshot.next >= next
                && published.reaches(snapshot.seen)
                && published.ring.read(snapshot.next, 0).is_some()
            {
                return snapshot.clone();
            }
            let deliveries: Vec<_> =
                published.deliveries().filter(|shown| is_in(&shown.delivery, scope, now)).cloned().collect();
            (deliveries, without_list(&published))
        };
        snapshot.list = frames::list(deliveries.iter().map(|shown| &shown.delivery)).into();
        *cached = Some((Instant::now(), snapshot.clone()));
        snapshot
    }

    /// The state of the deliveries that a client is interested in; afterwards `interest` counts them as sent.
    pub(crate) fn snapshot_for(&self, interest: &mut Interest, scope: SnapshotScope, now: Millis) -> Snapshot {
        let (deliveries, mut snapshot) = {
            let published = self.published();
            let wanted = |delivery: &Delivery| is_in(delivery, scope, now) && interest.shows(delivery);
            let deliveries: Vec<_> = published.deliveries().filter(|shown| wanted(&shown.delivery)).cloned().collect();
            (deliveries, without_list(&published))
        };
        let deliveries = || deliveries.iter().map(|shown| &shown.delivery);
        interest.begin(deliveries());
        snapshot.list = frames::list(deliveries()).into();
        snapshot
    }

    /// Which of the servers that the gateway needs are available.
    pub(crate) fn status(&self) -> Status {
        self.status.get()
    }

    /// Sets which servers are available; a change wakes the writers.
    pub(crate) fn set_status(&self, status: Status) {
        if self.status.set(status) {
            self.version.fetch_add(1, Ordering::Release);
            self.changed.send_modify(|_| {});
        }
    }

    /// The fingerprint of the listed routes; a change wakes the writers.
    pub(crate) fn routes(&self) -> u64 {
        self.routes.load(Ordering::Relaxed)
    }

    /// Marks the first snapshot as complete.
    pub(crate) fn set_ready(&self) {
        self.ready.send_replace(true);
    }

    pub(crate) fn is_ready(&self) -> bool {
        *self.ready.borrow()
    }

    /// Wakes when the first snapshot is complete.
    pub(crate) fn readiness(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }

    /// Which clients wait for the reply to which request.
    pub(crate) fn pending(&self) -> MutexGuard<'_, PendingRequests<Replies>> {
        lock(&self.pending)
    }

    /// Replies to the clients whose request became a delivery.
    pub(crate) fn accept(&self, request: &str) {
        let waiting = self.pending().take(request);
        if waiting.is_empty() {
            return;
        }
        let Some(text) = self.published().of_request(request).map(|shown| frames::accepted(request, &shown.delivery))
        else {
            return;
        };
        reply(&waiting, &text);
    }

    /// Replies to the clients whose request is rejected.
    pub(crate) fn reject(&self, rejection: &Rejection) {
        let waiting = self.pending().take(&rejection.request_id);
        if !waiting.is_empty() {
            reply(&waiting, &frames::rejected(rejection));
        }
    }

    /// Which clients are told of the notifications of which recipients.
    pub(crate) fn listeners(&self) -> MutexGuard<'_, Listeners<Replies>> {
        lock(&self.listeners)
    }

    /// Tells everyone who listens that changes are relayed from now on, so that they ask for what was before.
    pub(crate) fn begin_relay(&self) {
        for (recipients, client) in self.listeners().all() {
            client.add_surely(frames::notifications(recipients));
        }
    }

    /// Tells the clients that listen for its recipient of a changed notification. One that has too much to read already is told instead,
    /// after that, to ask for everything.
    pub(crate) fn relay(&self, changed: &NotificationChanged) -> Relayed {
        let listeners = self.listeners();
        let mut clients = listeners.of(&changed.recipient_id).peekable();
        if clients.peek().is_none() {
            return Relayed::Unasked;
        }
        let text = frames::notification(changed);
        let mut relayed = Relayed::Sent;
        for (recipients, client) in clients {
            if !client.add(text.clone()) {
                client.add_surely(frames::notifications(recipients));
                relayed = Relayed::Dropped;
            }
        }
        relayed
    }
}

fn without_list(published: &Published) -> Snapshot {
    let (next, position) = (published.ring.next(), Arc::clone(published.ring.head()));
    Snapshot { list: Bytes::new(), seen: published.last(), total: published.total(), next, position }
}

fn is_in(delivery: &Delivery, scope: SnapshotScope, now: Millis) -> bool {
    scope == SnapshotScope::All || delivery.ended.is_none_or(|ended| ended + SNAPSHOT_KEEPS_ENDED > now)
}

fn reply(clients: &[Replies], text: &Utf8Bytes) {
    for client in clients {
        client.add(text.clone());
    }
}
