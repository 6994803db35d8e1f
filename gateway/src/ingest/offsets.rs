//! Which log the positions' topic is, and where its partitions begin and end.

use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::context::Context;
use delivery_kafka::{Bounds, ConnectionError, KafkaConfig, ReadError, ask, partitions, revival};
use delivery_librdkafka::topic_id;
use delivery_messages::Topic;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;

use crate::protocol::cursor::LogId;

const TIME_LIMIT: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(500);

/// A client that queries one topic.
pub(crate) struct Offsets {
    consumer: Arc<BaseConsumer<Context>>,
    topic: String,
    partitions: i32,
    #[cfg(test)]
    log: Option<LogId>,
}

impl Offsets {
    /// A client with a given log, because librdkafka's mock broker has no ids.
    #[cfg(test)]
    pub(crate) fn of(self, log: LogId) -> Self {
        Self { log: Some(log), ..self }
    }

    /// Opens a client for a topic, once Kafka responds and has the topic.
    ///
    /// # Errors
    /// When the settings cannot be used, or Kafka fails in a way that a retry does not fix.
    pub(crate) async fn new(kafka: &KafkaConfig, purpose: &str, topic: Topic) -> Result<Self, ReadError> {
        let topic = kafka.topic(topic);
        let mut client = kafka.client(purpose)?;
        client.set("isolation.level", "read_committed");
        let consumer = revival::open(&client, Context).map_err(ConnectionError::from)?;
        let partitions = partitions::wait_with(&consumer, &topic).await?;
        Ok(Self {
            consumer,
            topic,
            partitions,
            #[cfg(test)]
            log: None,
        })
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
        let bounds = partitions::bounds(&self.consumer, &self.topic, 0..self.partitions, TIME_LIMIT).await?;
        Ok(bounds.into_values().collect())
    }

    /// Which log the topic is. Waits until Kafka responds.
    pub(crate) async fn log(&self) -> LogId {
        #[cfg(test)]
        if let Some(log) = &self.log {
            return log.clone();
        }
        loop {
            let name = self.topic.clone();
            let ids = ask(&self.consumer, move |consumer| {
                let topic = topic_id(consumer.client(), &name, TIME_LIMIT)?;
                Ok((consumer.client().fetch_cluster_id(TIME_LIMIT), topic))
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
