//! What the hub publishes and everyone else reads: the board, the snapshot, and the ways to who waits for an answer.
//!
//! One writer ([`crate::hub`]), many short readers. Locks are never held across an await.

use crate::board::{Board, Encoded, Since};
use crate::frames;
use crate::record::Rejection;
use crate::waiting::Waiting;
use delivery_messages::Millis;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// How long an ended delivery is still part of a snapshot, milliseconds.
pub const SNAPSHOT_KEEPS_ENDED: Millis = 60_000;
/// How old a snapshot may be that is given to a new connection; what changed since then follows at once.
const SNAPSHOT_AGE: Duration = Duration::from_millis(250);

/// Where everything stood when change `seen` was the last.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The frame.
    pub text: Utf8Bytes,
    /// The number to ask the board with next.
    pub seen: u64,
}

/// The shared face of the hub.
#[derive(Debug)]
pub struct Live {
    board: RwLock<Board>,
    changed: watch::Sender<u64>,
    waiting: Mutex<Waiting<mpsc::Sender<Utf8Bytes>>>,
    snapshot: Mutex<Option<(Instant, Snapshot)>>,
    ready: watch::Sender<bool>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            board: RwLock::default(),
            changed: watch::Sender::new(0),
            waiting: Mutex::default(),
            snapshot: Mutex::default(),
            ready: watch::Sender::new(false),
        }
    }
}

impl Live {
    /// What is shown now. Let go of it soon.
    pub fn board(&self) -> RwLockReadGuard<'_, Board> {
        self.board.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows changes and wakes the connections.
    pub fn publish(&self, encoded: Encoded) {
        let last = {
            let mut board = self.board.write().unwrap_or_else(PoisonError::into_inner);
            board.apply(encoded);
            board.last()
        };
        self.changed.send_if_modified(|seen| std::mem::replace(seen, last) != last);
    }

    /// Tells when there is something new to show.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// See [`Board::since`].
    #[must_use]
    pub fn since(&self, seen: u64, limit: usize) -> Since {
        self.board().since(seen, limit)
    }

    /// Where everything stands, encoded once for all who connect at about the same time.
    #[must_use]
    pub fn snapshot(&self, now: Millis) -> Snapshot {
        let mut cached = lock(&self.snapshot);
        let (deliveries, seen) = {
            let board = self.board();
            if let Some((made, snapshot)) = cached.as_ref()
                && (snapshot.seen == board.last() || made.elapsed() < SNAPSHOT_AGE)
                && made.elapsed() < Duration::from_secs(10)
                && board.reaches(snapshot.seen)
            {
                return snapshot.clone();
            }
            let fresh = |ended: Option<Millis>| ended.is_none_or(|ended| ended + SNAPSHOT_KEEPS_ENDED > now);
            let deliveries: Vec<_> = board.deliveries().filter(|shown| fresh(shown.delivery.ended)).cloned().collect();
            (deliveries, board.last())
        };
        let text = frames::snapshot(deliveries.iter().map(|shown| &shown.delivery));
        let snapshot = Snapshot { text, seen };
        *cached = Some((Instant::now(), snapshot.clone()));
        snapshot
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
    pub fn waiting(&self) -> MutexGuard<'_, Waiting<mpsc::Sender<Utf8Bytes>>> {
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

/// A client whose answers pile up unread does without: it sees the delivery itself.
fn answer(waiting: &[mpsc::Sender<Utf8Bytes>], text: &Utf8Bytes) {
    for way in waiting {
        let _ = way.try_send(text.clone());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
