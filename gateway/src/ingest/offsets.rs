//! Which log the positions' topic is, and where its partitions begin and end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use delivery_kafka::read::partitions::{self, TopicClient};
use delivery_kafka::{Bounds, KafkaConfig, ReadError, Start, ask};
use delivery_librdkafka::topic_id;
use delivery_messages::Topic;
use rdkafka::Offset;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;

use crate::protocol::cursor::LogId;

const TIME_LIMIT: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(500);

/// What can be asked about one topic.
pub(crate) struct Offsets {
    client: Arc<TopicClient>,
    topic: String,
    partitions: i32,
    /// The partitions that are not followed.
    left_out: OnceLock<BTreeSet<i32>>,
    #[cfg(test)]
    log: Option<LogId>,
}

impl Offsets {
    /// With a given log, because librdkafka's mock broker has no ids.
    #[cfg(test)]
    pub(crate) fn of(self, log: LogId) -> Self {
        Self { log: Some(log), ..self }
    }

    /// Asks about a topic through a client, once Kafka responds and has the topic.
    ///
    /// # Errors
    /// When Kafka fails in a way that a retry does not fix.
    pub(crate) async fn new(client: &Arc<TopicClient>, kafka: &KafkaConfig, topic: Topic) -> Result<Self, ReadError> {
        let topic = kafka.topic(topic);
        let partitions = partitions::wait_with(client, &topic).await?;
        Ok(Self {
            client: Arc::clone(client),
            topic,
            partitions,
            left_out: OnceLock::new(),
            #[cfg(test)]
            log: None,
        })
    }

    /// The client, for questions about other topics.
    pub(crate) const fn client(&self) -> &Arc<TopicClient> {
        &self.client
    }

    /// How many partitions the topic has.
    pub(crate) const fn partitions(&self) -> i32 {
        self.partitions
    }

    /// The bounds of the partitions. Waits until Kafka knows those of all, or with `patience` so long at most if it knows those of some: the
    /// others have no leader and are missing.
    pub(crate) async fn bounds(&self, patience: Option<Duration>) -> BTreeMap<i32, Bounds> {
        let begun = Instant::now();
        loop {
            match self.try_bounds().await {
                Ok(bounds) if (0..self.partitions).all(|partition| bounds.contains_key(&partition)) => return bounds,
                Ok(bounds) if !bounds.is_empty() && patience.is_some_and(|patience| begun.elapsed() >= patience) => {
                    return bounds;
                }
                Ok(_) => tracing::warn!(topic = self.topic, "Waiting for partitions that have no leader."),
                Err(error) => tracing::warn!(topic = self.topic, %error, "Waiting for the ends of the partitions."),
            }
            tokio::time::sleep(RETRY).await;
            // The client asks for the leaders anew; by itself it would take some for missing for minutes.
            let _ = partitions::count(&self.client, &self.topic, TIME_LIMIT).await;
        }
    }

    /// Starts for a reader of what is written from now on. A partition that has no leader for as long as `patience` is read from where it
    /// ends when it has one.
    pub(crate) async fn starts_at_ends(&self, patience: Duration) -> Vec<Start> {
        let bounds = self.bounds(Some(patience)).await;
        let start = |partition| Start {
            topic: self.topic.clone(),
            partition,
            offset: bounds.get(&partition).map_or(Offset::End, |bounds| Offset::Offset(bounds.high)),
        };
        (0..self.partitions).map(start).collect()
    }

    /// The bounds of each partition that has a leader, if Kafka responds within a few seconds.
    ///
    /// # Errors
    /// When it does not respond.
    pub(crate) async fn try_bounds(&self) -> Result<BTreeMap<i32, Bounds>, KafkaError> {
        partitions::known_bounds(&self.client, &self.topic, 0..self.partitions, TIME_LIMIT).await
    }

    /// Where the partitions end, if Kafka responds within a few seconds. One without a leader is missing, and so is one that is not followed.
    ///
    /// # Errors
    /// When it does not respond.
    pub(crate) async fn try_ends(&self) -> Result<BTreeMap<i32, i64>, KafkaError> {
        let mut ends = partitions::ends(&self.client, &self.topic, 0..self.partitions, TIME_LIMIT).await?;
        if let Some(left_out) = self.left_out.get() {
            ends.retain(|partition, _| !left_out.contains(partition));
        }
        Ok(ends)
    }

    /// These partitions are not followed.
    pub(crate) fn leave_out(&self, partitions: BTreeSet<i32>) {
        // They are left out once, for as long as the process runs.
        let _ = self.left_out.set(partitions);
    }

    /// Which log the topic is. Waits until Kafka responds.
    pub(crate) async fn log(&self) -> LogId {
        #[cfg(test)]
        if let Some(log) = &self.log {
            return log.clone();
        }
        loop {
            let name = self.topic.clone();
            let ids = ask(&self.client, move |client| {
                let topic = topic_id(client.client(), &name, TIME_LIMIT)?;
                Ok((client.client().fetch_cluster_id(TIME_LIMIT), topic))
            });
            match ids.await {
                Ok((Some(cluster), topic)) => return LogId { cluster, topic },
                Ok((None, _)) => tracing::warn!("Waiting for the id of the Kafka cluster."),
                Err(error) => tracing::warn!(topic = self.topic, %error, "Waiting for the id of the topic."),
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}
