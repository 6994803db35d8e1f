//! Stores the purchases of requests that come at the same time by one command, and tells each what became of it.
//!
//! While one command is under way the next purchases gather, so that the store has one command at a time however many clients there are,
//! and a purchase that comes alone waits for nothing.
//!
//! What is stored goes to the relay: in memory, if that of this replica takes it, else by the list of those under way.

use std::sync::Arc;

use delivery_observability::Heartbeat;
use tokio::sync::{mpsc, oneshot};

use super::port::{Insertion, Store, StoreError};
use crate::domain::purchase::Purchase;
use crate::handover::Handover;

/// The maximum number of purchases in one command.
const MAX_BATCH: usize = 64;
/// The maximum number of purchases that wait; beyond it clients are told to try again.
const MAX_WAITING: usize = 256;

/// Why a purchase may not be stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RecordError {
    /// Too many are waiting.
    #[error("Too many purchases are waiting to be stored. Try again in a few seconds.")]
    Busy,
    /// The store did not confirm it.
    #[error(
        "The purchase may not be stored: {0} Try again later with the same Idempotency-Key, so that it is made once."
    )]
    Store(String),
}

impl RecordError {
    /// A stable name, part of the HTTP API.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Busy => "Busy",
            Self::Store(_) => "StoreUnavailable",
        }
    }
}

/// A purchase that waits, and whom to tell.
struct Waiting {
    purchase: Purchase,
    told: oneshot::Sender<Result<Insertion, RecordError>>,
}

/// Takes purchases to be stored; a clone is another handle of the same.
#[derive(Clone)]
pub(crate) struct Recorder(mpsc::Sender<Waiting>);

/// The receiving end of a [`Recorder`], which [`run`] serves.
pub(crate) struct Inbox(mpsc::Receiver<Waiting>);

impl Recorder {
    pub(crate) fn new() -> (Self, Inbox) {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        (Self(sender), Inbox(receiver))
    }

    /// Stores a purchase.
    ///
    /// # Errors
    /// When too many wait, or the store does not confirm it.
    pub(crate) async fn record(&self, purchase: Purchase) -> Result<Insertion, RecordError> {
        let (told, answer) = oneshot::channel();
        self.0.try_send(Waiting { purchase, told }).map_err(|_| RecordError::Busy)?;
        answer.await.unwrap_or(Err(RecordError::Busy))
    }
}

/// Stores what comes, forever, and passes it on to the relay.
pub(crate) async fn run<S: Store>(
    store: Arc<S>,
    Inbox(mut inbox): Inbox,
    handover: Arc<Handover>,
    heartbeat: Heartbeat,
) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while inbox.recv_many(&mut batch, MAX_BATCH).await > 0 {
        // Whoever waited for too long was told that it may not be stored; then it had better not be.
        batch.retain(|waiting: &Waiting| !waiting.told.is_closed());
        if batch.is_empty() {
            continue;
        }
        let (purchases, told): (Vec<Purchase>, Vec<_>) =
            batch.drain(..).map(|waiting| (waiting.purchase, waiting.told)).unzip();
        let count = purchases.len();
        match heartbeat.during(store_and_pass_on(&*store, &handover, purchases)).await {
            Ok(insertions) => {
                for (told, insertion) in told.into_iter().zip(insertions) {
                    // A client that has gone learns of it when it asks again.
                    let _ = told.send(Ok(insertion));
                }
            }
            Err(error) => {
                tracing::warn!(%error, purchases = count, "Purchases could not be stored.");
                for told in told {
                    let _ = told.send(Err(RecordError::Store(error.to_string())));
                }
            }
        }
    }
}

/// Stores purchases, and passes those that are new on to the relay. What became of each, in their order.
///
/// # Errors
/// When the store does not confirm that they are stored.
pub(crate) async fn store_and_pass_on<S: Store>(
    store: &S,
    handover: &Handover,
    purchases: Vec<Purchase>,
) -> Result<Vec<Insertion>, StoreError> {
    let insertions = insert(store, &purchases).await?;
    let new = purchases.into_iter().zip(&insertions).filter(|(_, insertion)| **insertion == Insertion::Stored);
    let listed = handover.hand_over(new.map(|(purchase, _)| purchase).collect());
    if !listed.is_empty()
        && let Err(error) = store.note_under_way(&listed).await
    {
        // They are stored, which is what was asked for; the relay looks for what is not on the list as well, only less often.
        tracing::warn!(%error, "Purchases are stored, but not on the list of those under way; they are paid a little later.");
    }
    handover.wake();
    Ok(insertions)
}

/// Two requests of one command may have the same key: the store sees the first alone.
async fn insert<S: Store>(store: &S, purchases: &[Purchase]) -> Result<Vec<Insertion>, StoreError> {
    let is_first =
        |place: usize, purchase: &Purchase| !purchases.iter().take(place).any(|other| other.id == purchase.id);
    let first: Vec<bool> = purchases.iter().enumerate().map(|(place, purchase)| is_first(place, purchase)).collect();
    let once = purchases.iter().zip(&first).filter(|(_, first)| **first);
    let once: Vec<Purchase> = once.map(|(purchase, _)| purchase.clone()).collect();
    let mut insertions = store.insert(&once).await?.into_iter();
    let each = first.into_iter().map(|first| if first { insertions.next() } else { None });
    Ok(each.map(|insertion| insertion.unwrap_or(Insertion::Known)).collect())
}

#[cfg(test)]
#[path = "tests/recorder.rs"]
mod tests;
