//! A log in memory, which can be told to fail.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use delivery_messages::Topic;
use delivery_observability::locks::lock;

use super::fuse::Fuse;
use super::store::MemoryStore;
use crate::relay::log::{Log, LogError, LogRecord};

/// A log in memory, which sees to it that nothing is written before the store has it.
pub(crate) struct MemoryLog {
    store: Arc<MemoryStore>,
    records: Mutex<Vec<LogRecord>>,
    /// The topic's id, where brokers have them.
    id: Mutex<Option<String>>,
    /// Held while no request of a delivery can be written.
    requests: Arc<tokio::sync::Mutex<()>>,
    /// Whether no write is answered.
    is_silent: AtomicBool,
    fuse: Mutex<Fuse>,
}

impl MemoryLog {
    /// The log of a store's purchases.
    pub(crate) fn new(store: &Arc<MemoryStore>) -> Self {
        Self {
            store: Arc::clone(store),
            records: Mutex::default(),
            id: Mutex::default(),
            requests: Arc::default(),
            is_silent: AtomicBool::default(),
            fuse: Mutex::default(),
        }
    }

    /// Lets `writes` more succeed; of the next one the first `carried_out` records are written, and it fails like all that follow.
    pub(crate) fn fail_after(&self, writes: usize, carried_out: usize) {
        lock(&self.fuse).fail_after(writes, carried_out);
    }

    /// Lets all writes succeed again.
    pub(crate) fn mend(&self) {
        lock(&self.fuse).mend();
    }

    /// Lets no request of a delivery be written until what is returned is dropped.
    pub(crate) async fn hold_requests(&self) -> tokio::sync::OwnedMutexGuard<()> {
        Arc::clone(&self.requests).lock_owned().await
    }

    /// Answers no write from now on.
    pub(crate) fn fall_silent(&self) {
        self.is_silent.store(true, Ordering::Relaxed);
    }

    /// Loses all records, as a topic that is made anew with this id.
    pub(crate) fn renew(&self, id: &str) {
        lock(&self.records).clear();
        *lock(&self.id) = Some(id.to_owned());
    }

    /// All records.
    pub(crate) fn records(&self) -> Vec<LogRecord> {
        lock(&self.records).clone()
    }

    /// The events.
    pub(crate) fn events(&self) -> Vec<delivery_messages::Purchase> {
        let records = self.records();
        let events = records.iter().filter(|record| record.topic == Topic::Purchase);
        events.map(|record| delivery_messages::decode(Topic::Purchase, Some(&record.value)).unwrap()).collect()
    }
}

impl Log for MemoryLog {
    async fn write(&self, records: Vec<LogRecord>) -> Result<(), LogError> {
        if self.is_silent.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if records.iter().any(|record| record.topic == Topic::NewDirection) {
            drop(self.requests.lock().await);
        }
        let (carried_out, succeeds) = lock(&self.fuse).burn(records.len());
        for record in records.into_iter().take(carried_out) {
            if record.topic == Topic::Purchase {
                let event: delivery_messages::Purchase =
                    delivery_messages::decode(Topic::Purchase, Some(&record.value)).unwrap();
                let stored = self.store.stored(&event.purchase_id).unwrap();
                assert_eq!(stored.event(), Some(event), "what is written is in the store, as it is there");
            }
            lock(&self.records).push(record);
        }
        if succeeds { Ok(()) } else { Err(LogError("it was killed".to_owned())) }
    }

    async fn identity(&self) -> Option<String> {
        lock(&self.id).clone()
    }

    fn abandon(&self) {}
}
