//! Which log the positions' topic is, and where its partitions begin and end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::read::partitions::{self, TopicClient};
use delivery_kafka::{Bounds, KafkaConfig, ReadError, ask};
use delivery_librdkafka::topic_id;
use delivery_messages::Topic;
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
            #[cfg(test)]
            log: None,
        })
    }

    /// The client, for questions about other topics.
    pub(crate) const fn client(&self) -> &Arc<TopicClient> {
        &self.client
    }

    /// The bounds of each partition, in order. Waits until Kafka responds.
    pub(crate) async fn bounds(&self) -> Vec<Bounds> {
        loop {
            match self.try_bounds().await {
                Ok(bounds) => return bounds,
                Err(error) => tracing::warn!(topic = self.topic, %error, "Waiting for the ends of the partitions."),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// The bounds of each partition, if Kafka responds within a few seconds.
    ///
    /// # Errors
    /// When it does not respond.
    pub(crate) async fn try_bounds(&self) -> Result<Vec<Bounds>, KafkaError> {
        let bounds = partitions::bounds(&self.client, &self.topic, 0..self.partitions, TIME_LIMIT).await?;
        Ok(bounds.into_values().collect())
    }

    /// Where the partitions end, if Kafka responds within a few seconds: one question to each broker, where the bounds are two for each
    /// partition. One without a leader is missing.
    ///
    /// # Errors
    /// When it does not respond.
    pub(crate) async fn try_ends(&self) -> Result<BTreeMap<i32, i64>, KafkaError> {
        partitions::ends(&self.client, &self.topic, 0..self.partitions, TIME_LIMIT).await
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
