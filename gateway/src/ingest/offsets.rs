//! What Kafka says of a topic's partitions: which log they are, where they begin and where they end.

use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::context::Context;
use delivery_kafka::partitions;
use delivery_kafka::{ConnectionError, KafkaConfig, ReadError, revival};
use delivery_librdkafka::topic_id;
use delivery_messages::Topic;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;

use crate::protocol::cursor::Log;

const TIME_LIMIT: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(500);

/// Where a partition begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The oldest offset that is kept.
    pub start: i64,
    /// The offset after the last record.
    pub end: i64,
}

/// Asks about one topic.
pub struct Offsets {
    consumer: Arc<BaseConsumer<Context>>,
    topic: String,
    partitions: i32,
    #[cfg(test)]
    log: Option<Log>,
}

impl Offsets {
    /// One that need not ask which log it is: librdkafka's mock of a broker knows no ids.
    #[cfg(test)]
    #[must_use]
    pub fn of(self, log: Log) -> Self {
        Self { log: Some(log), ..self }
    }

    /// For a topic, once Kafka answers and has it.
    ///
    /// # Errors
    /// When the settings cannot be used, or Kafka refuses.
    pub async fn new(kafka: &KafkaConfig, purpose: &str, topic: Topic) -> Result<Self, ReadError> {
        let topic = kafka.topic(topic);
        let partitions = partitions::wait(kafka, purpose, &topic).await?;
        let mut client = kafka.client(purpose)?;
        client.set("isolation.level", "read_committed");
        let consumer = revival::open(&client, Context).map_err(ConnectionError::from)?;
        Ok(Self {
            consumer,
            topic,
            partitions,
            #[cfg(test)]
            log: None,
        })
    }

    /// The bounds of each partition. Waits until Kafka answers.
    ///
    /// # Errors
    /// None at present; Kafka's absence is waited for.
    pub async fn bounds(&self) -> Result<Vec<Bounds>, ReadError> {
        loop {
            match self.try_bounds().await {
                Ok(bounds) => return Ok(bounds),
                Err(error) => tracing::warn!(topic = self.topic, %error, "Waiting for the ends of the partitions."),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// The bounds of each partition, as far as Kafka answers within a few seconds.
    ///
    /// # Errors
    /// What Kafka's client says.
    pub async fn try_bounds(&self) -> Result<Vec<Bounds>, KafkaError> {
        let (topic, count) = (self.topic.clone(), self.partitions);
        self.ask(move |consumer| {
            let bounds = |partition| {
                let (start, end) = consumer.fetch_watermarks(&topic, partition, TIME_LIMIT)?;
                Ok(Bounds { start, end })
            };
            (0..count).map(bounds).collect()
        })
        .await
    }

    /// Which log the topic is. Waits until Kafka answers.
    ///
    /// # Errors
    /// None at present; Kafka's absence is waited for.
    pub async fn log(&self) -> Result<Log, ReadError> {
        #[cfg(test)]
        if let Some(log) = &self.log {
            return Ok(log.clone());
        }
        loop {
            let name = self.topic.clone();
            let ids = self.ask(move |consumer| {
                let topic = topic_id(consumer.client(), &name, TIME_LIMIT)?;
                Ok((consumer.client().fetch_cluster_id(TIME_LIMIT), topic))
            });
            match ids.await {
                Ok((Some(cluster), topic)) => return Ok(Log { cluster, topic }),
                Ok((None, _)) => tracing::warn!("Waiting for the id of the Kafka cluster."),
                Err(error) => tracing::warn!(topic = self.topic, %error, "Waiting for the id of the topic."),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&BaseConsumer<Context>) -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, KafkaError> {
        let consumer = Arc::clone(&self.consumer);
        let answer = tokio::task::spawn_blocking(move || question(&consumer)).await;
        answer.unwrap_or(Err(KafkaError::Canceled))
    }
}
