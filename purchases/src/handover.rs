//! The way of a purchase from the recorder to the payer of the same process. It is in memory, so that a purchase that takes it needs no place
//! on the list of those under way.
//!
//! The recorder hands over what is stored while the payer takes it, and puts on the list whatever does not fit or comes while it does not.
//! What is on this way is lost with the process or with the payer's term, but it is stored, so the next term finds it by its first look at
//! everything that is open; a later look does so too, if another replica's term has begun before this one learned of it.
//!
//! It may import nothing but `domain`.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use delivery_observability::locks::lock;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc};

use crate::domain::purchase::Purchase;

/// The maximum number of purchases on the way.
pub(crate) const MAX: usize = 512;

/// The recorder's end.
#[derive(Debug, Default)]
pub(crate) struct Handover {
    /// The way to the payer, while that takes purchases.
    way: Mutex<Option<mpsc::Sender<Purchase>>>,
    stored: Notify,
}

impl Handover {
    /// Hands over purchases that are stored, in their order. Those that are not taken, from the first of them on.
    #[must_use]
    pub(crate) fn hand_over(&self, purchases: Vec<Purchase>) -> Vec<Purchase> {
        let way = lock(&self.way).clone();
        let Some(way) = way else { return purchases };
        let mut purchases = purchases.into_iter();
        while let Some(purchase) = purchases.next() {
            if let Err(TrySendError::Full(refused) | TrySendError::Closed(refused)) = way.try_send(purchase) {
                return std::iter::once(refused).chain(purchases).collect();
            }
        }
        Vec::new()
    }

    /// Wakes the payer, since purchases were stored.
    pub(crate) fn wake(&self) {
        self.stored.notify_one();
    }

    /// Waits until purchases are stored.
    pub(crate) async fn woken(&self) {
        self.stored.notified().await;
    }
}

/// The payer's end, for the time of a term.
pub(crate) struct Intake {
    handover: Arc<Handover>,
    way: mpsc::Sender<Purchase>,
    purchases: mpsc::Receiver<Purchase>,
    /// What was received to know its ids, and is still to be taken.
    received: VecDeque<Purchase>,
}

impl Intake {
    /// A new way, on which nothing is handed over before it is opened.
    pub(crate) fn new(handover: Arc<Handover>) -> Self {
        let (way, purchases) = mpsc::channel(MAX);
        Self { handover, way, purchases, received: VecDeque::new() }
    }

    /// Lets purchases be handed over, unless some are still to be taken that were received to know their ids: no more wait than have room on
    /// the way.
    pub(crate) fn open(&self) {
        if self.received.is_empty() {
            *lock(&self.handover.way) = Some(self.way.clone());
        }
    }

    /// Lets no more purchases be handed over. One that is just being handed over still comes.
    pub(crate) fn close(&self) {
        *lock(&self.handover.way) = None;
    }

    /// Takes the next purchase.
    pub(crate) fn take(&mut self) -> Option<Purchase> {
        self.received.pop_front().or_else(|| self.purchases.try_recv().ok())
    }

    /// How many purchases wait to be taken.
    pub(crate) fn waiting(&self) -> usize {
        self.received.len() + self.purchases.len()
    }

    /// The ids of the purchases that wait to be taken. If there are any, nothing more is handed over before it is opened again.
    pub(crate) fn ids(&mut self) -> HashSet<String> {
        while self.received.len() < MAX
            && let Ok(purchase) = self.purchases.try_recv()
        {
            self.received.push_back(purchase);
        }
        if !self.received.is_empty() {
            self.close();
        }
        self.received.iter().map(|purchase| purchase.id.clone()).collect()
    }
}

#[cfg(test)]
#[path = "tests/handover.rs"]
mod tests;
