//! What the hub publishes and everyone else reads: the board with its ring, the list that snapshots hold, and the ways to who
//! waits for an answer.
//!
//! One writer ([`crate::stream::hub`]), many short readers. Locks are never held across an await. Board and ring stand behind one lock,
//! so a snapshot and the place from which its stream goes on are taken in one step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use delivery_messages::Millis;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::{Bytes, Utf8Bytes};

use crate::model::delivery::Delivery;
use crate::model::record::Rejection;
use crate::model::status::{Present, Status};
use crate::protocol::cursor::{Log, Place};
use crate::protocol::encoded_position::Moved;
use crate::protocol::frames;
use crate::stream::board::{Board, Encoded, Since};
use crate::stream::change_set::News;
use crate::stream::interest::Interest;
use crate::stream::pending::Waiting;

/// How long an ended delivery is still part of a snapshot, milliseconds.
pub const SNAPSHOT_KEEPS_ENDED: Millis = 60_000;
/// How old a list may be that is given to a new connection; what changed since then follows at once.
const LIST_AGE: Duration = Duration::from_millis(250);
/// How old a list may be when nothing has changed: those in it that have ended grow old.
const LIST_LASTS: Duration = Duration::from_secs(10);

/// An answer on its way to a connection. Boxed, for a channel has room for 32 from the start, at every connection that is idle.
pub type Told = Box<Utf8Bytes>;

/// Which deliveries a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Those under way, and those that ended in the last minute.
    Fresh,
    /// All that are shown, for who was away for some time.
    Whole,
}

/// Where everything stood at one moment, and where to go on from there.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The deliveries, as a JSON list.
    pub list: Bytes,
    /// The number to ask the board with next.
    pub seen: u64,
    /// How many positions there had been.
    pub total: u64,
    /// The chunk of the ring that comes next.
    pub next: u64,
    /// Where the log stood.
    pub place: Arc<Place>,
}

/// The shared face of the hub.
#[derive(Debug)]
pub struct Live {
    board: RwLock<Board>,
    changed: watch::Sender<u64>,
    waiting: Mutex<Waiting<mpsc::Sender<Told>>>,
    listings: [Mutex<Option<(Instant, Listing)>>; 2],
    ready: watch::Sender<bool>,
    status: Present,
}

impl Live {
    /// One whose ring holds about `ring_bytes`.
    #[must_use]
    pub fn new(ring_bytes: usize) -> Self {
        Self {
            board: RwLock::new(Board::new(ring_bytes)),
            changed: watch::Sender::new(0),
            waiting: Mutex::default(),
            listings: [Mutex::default(), Mutex::default()],
            ready: watch::Sender::new(false),
            status: Present::default(),
        }
    }

    /// What is shown now. Let go of it soon.
    pub fn board(&self) -> RwLockReadGuard<'_, Board> {
        self.board.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Board) -> T) -> T {
        change(&mut self.board.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says which log is read, and from where.
    pub fn begin(&self, log: Arc<Log>, starts: Vec<i64>) {
        self.change(|board| board.ring.begin(log, starts));
    }

    /// Takes positions into the ring that are older than the first picture.
    pub fn fill(&self, positions: Vec<Arc<Moved>>, head: &[i64]) {
        let news = News { positions, ..News::default() };
        drop(self.change(|board| board.ring.push(news, head)));
    }

    /// Shows changes and wakes the connections. `head` is how far the log has been read.
    pub fn publish(&self, encoded: Encoded, head: &[i64]) {
        let (last, dropped) = self.change(|board| {
            let news = board.apply(encoded);
            let dropped = board.ring.push(news, head);
            (board.last(), dropped)
        });
        self.changed.send_if_modified(|seen| std::mem::replace(seen, last) != last);
        drop(dropped);
    }

    /// Tells when there is something new to show.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// How many are told.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.changed.receiver_count()
    }

    /// See [`Board::since`].
    #[must_use]
    pub fn since(&self, seen: u64, limit: usize) -> Since {
        self.board().since(seen, limit)
    }

    /// Where everything stands, encoded once for all who connect at about the same time. It is no older than the change
    /// `seen` and the chunk `next`, which the client knows already.
    #[must_use]
    pub fn listing(&self, extent: Extent, now: Millis, seen: u64, next: u64) -> Listing {
        let mut cached = lock(&self.listings[usize::from(extent == Extent::Whole)]);
        let (deliveries, mut listing) = {
            let board = self.board();
            if let Some((made, listing)) = cached.as_ref()
                && (listing.seen == board.last() || made.elapsed() < LIST_AGE)
                && made.elapsed() < LIST_LASTS
                && listing.seen >= seen
                && listing.next >= next
                && board.reaches(listing.seen)
                && board.ring.read(listing.next, 0).is_some()
            {
                return listing.clone();
            }
            let fits = |delivery: &Delivery| fits(delivery, extent, now);
            let shown: Vec<_> = board.deliveries().filter(|shown| fits(&shown.delivery)).cloned().collect();
            (shown, stand(&board))
        };
        listing.list = frames::list(deliveries.iter().map(|shown| &shown.delivery)).into();
        *cached = Some((Instant::now(), listing.clone()));
        listing
    }

    /// Where that stands which a client is interested in, which from then on is what it has been told.
    #[must_use]
    pub fn listing_for(&self, interest: &mut Interest, extent: Extent, now: Millis) -> Listing {
        let (deliveries, mut listing) = {
            let board = self.board();
            let wanted = |delivery: &Delivery| fits(delivery, extent, now) && interest.shows(delivery);
            let shown: Vec<_> = board.deliveries().filter(|shown| wanted(&shown.delivery)).cloned().collect();
            (shown, stand(&board))
        };
        let deliveries = || deliveries.iter().map(|shown| &shown.delivery);
        interest.begin(deliveries());
        listing.list = frames::list(deliveries()).into();
        listing
    }

    /// How the servers that the gateway needs do.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status.get()
    }

    /// Says how they do; who is connected hears of a change.
    pub fn set_status(&self, status: Status) {
        if self.status.set(status) {
            self.changed.send_modify(|_| {});
        }
    }

    /// Says that the first complete snapshot is there.
    pub fn set_ready(&self) {
        self.ready.send_replace(true);
    }

    /// Whether the first complete snapshot is there.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        *self.ready.borrow()
    }

    /// Tells when the first complete snapshot is there.
    #[must_use]
    pub fn readiness(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }

    /// Who waits for which answer.
    pub fn waiting(&self) -> MutexGuard<'_, Waiting<mpsc::Sender<Told>>> {
        lock(&self.waiting)
    }

    /// Tells those who asked that their request became a delivery.
    pub fn accept(&self, request: &str) {
        let waiting = self.waiting().take(request);
        if waiting.is_empty() {
            return;
        }
        let Some(text) = self.board().of_request(request).map(|shown| frames::accepted(request, &shown.delivery))
        else {
            return;
        };
        answer(&waiting, &text);
    }

    /// Tells those who asked that their request is not served.
    pub fn reject(&self, rejection: &Rejection) {
        let waiting = self.waiting().take(&rejection.request_id);
        if !waiting.is_empty() {
            answer(&waiting, &frames::rejected(rejection));
        }
    }
}

/// A listing of the present moment, without its list.
fn stand(board: &Board) -> Listing {
    let (next, place) = (board.ring.next(), Arc::clone(board.ring.head()));
    Listing { list: Bytes::new(), seen: board.last(), total: board.total(), next, place }
}

fn fits(delivery: &Delivery, extent: Extent, now: Millis) -> bool {
    extent == Extent::Whole || delivery.ended.is_none_or(|ended| ended + SNAPSHOT_KEEPS_ENDED > now)
}

/// A client whose answers pile up unread does without: it sees the delivery itself.
fn answer(waiting: &[mpsc::Sender<Told>], text: &Utf8Bytes) {
    for way in waiting {
        let _ = way.try_send(text.clone().into());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
