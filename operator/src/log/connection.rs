//! What this process knows of the log and does with it: the writer, and the tables that follow the topics.

use delivery_kafka::{ConnectionError, KafkaConfig};
use delivery_messages::Topic;
use futures::Stream;
use tokio::sync::{Mutex, Notify, watch};

use crate::base::metrics::Metrics;
use crate::leadership::guard::LeadershipGuard;
use crate::log::writer::Writer;
use crate::tables::catalogue::Catalogue;
use crate::tables::erased::Erased;
use crate::tables::plans::Plans;
use crate::tables::reading::Reading;
use crate::tables::states::States;
use crate::tables::tombstones::PendingTombstones;

/// What the compacted topics hold.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub plans: Plans,
    pub states: States,
    pub catalogue: Catalogue,
    pub erased: Erased,
    pub tombstones: PendingTombstones,
}

/// The log of one process.
pub(crate) struct Log {
    pub kafka: KafkaConfig,
    pub writer: Writer,
    pub tables: Tables,
    /// Held while the catalogue is written, so that a revision is not removed while a plan begins to need it.
    pub(crate) catalogue_writes: Mutex<()>,
    /// Notified of every Event that is noted.
    pub(crate) noted: Notify,
    pub(crate) metrics: Metrics,
    pub(crate) leading: watch::Receiver<bool>,
    /// How far the topics have been read.
    pub(crate) reading: watch::Sender<Reading>,
    caught_up: watch::Sender<bool>,
    topics_fit: watch::Sender<bool>,
}

impl Log {
    /// Opens the writer, without waiting for Kafka. Nothing has been read yet. `leading` becomes true when this process leads.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub(crate) fn open(
        kafka: &KafkaConfig,
        guard: LeadershipGuard,
        leading: watch::Receiver<bool>,
        metrics: Metrics,
    ) -> Result<Self, ConnectionError> {
        Ok(Self {
            kafka: kafka.clone(),
            writer: Writer::open(kafka, guard)?,
            tables: Tables::default(),
            catalogue_writes: Mutex::default(),
            noted: Notify::default(),
            metrics,
            leading,
            reading: watch::Sender::new(Reading::default()),
            caught_up: watch::Sender::new(false),
            topics_fit: watch::Sender::new(false),
        })
    }

    /// The topics have been looked at since this process leads, and none was born in a way that harms.
    pub(crate) fn set_topics_fit(&self) {
        self.topics_fit.send_replace(true);
    }

    /// Waits for that.
    pub(crate) async fn wait_until_topics_fit(&self) {
        // The sender is in `self`, so that it cannot be closed.
        let _ = self.topics_fit.subscribe().wait_for(|fit| *fit).await;
    }

    /// Whether the topics have been read to their ends since this process leads, but for partitions that cannot be read.
    #[must_use]
    pub(crate) fn is_caught_up(&self) -> bool {
        *self.caught_up.borrow()
    }

    /// Waits until the topics have been read to their ends since this process leads, but for partitions that cannot be read.
    pub(crate) async fn wait_until_caught_up(&self) {
        // The sender is in `self`, so that it cannot be closed.
        let _ = self.caught_up.subscribe().wait_for(|caught_up| *caught_up).await;
    }

    /// The topics have been read to their ends since this process leads, but for partitions that cannot be read.
    pub(crate) fn set_caught_up(&self) {
        self.caught_up.send_replace(true);
    }

    /// Triggers the reconciliation of all objects: what could not be written before may succeed now.
    pub(crate) fn resync(&self) {
        self.caught_up.send_modify(|_| {});
    }

    /// A partition has been read to its end.
    pub(crate) fn ended(&self, topic: Topic, partition: i32) {
        let is_news = self.reading.send_if_modified(|reading| reading.end(topic, partition));
        if is_news && self.is_caught_up() {
            self.resync();
        }
    }

    /// An item whenever all objects must be reconciled: when this process begins to lead, when it has caught up, and at each resync.
    pub(crate) fn resyncs(&self) -> impl Stream<Item = ()> + use<> {
        let changes = |of| {
            futures::stream::unfold(of, |mut of: watch::Receiver<bool>| async move {
                of.changed().await.ok()?;
                Some(((), of))
            })
        };
        futures::stream::select(changes(self.leading.clone()), changes(self.caught_up.subscribe()))
    }
}
