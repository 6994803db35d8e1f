//! Writes records to Kafka. The client itself waits for brokers that are away, and keeps the order of each partition.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use delivery_kafka::connect::context::{Context, why_away};
use delivery_kafka::connect::revival;
use delivery_kafka::read::renewal;
use delivery_kafka::write::writer;
use delivery_kafka::{ConnectionError, KafkaConfig};
use delivery_messages::Topic;
use delivery_observability::locks::lock;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::future_producer::DeliveryFuture;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use tokio::time::sleep;

use super::log::{Log, LogError, LogRecord};

const PURPOSE: &str = "code-delivery-purchases";
/// The pause before a record is offered again to a client whose queue is full.
const PAUSE: Duration = Duration::from_millis(10);

/// The log in Kafka.
pub(crate) struct KafkaLog {
    config: KafkaConfig,
    producer: Mutex<Arc<FutureProducer<Context>>>,
}

impl KafkaLog {
    /// A log with a producer of its own. Kafka need not be reachable yet.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub(crate) fn open(config: KafkaConfig) -> Result<Self, ConnectionError> {
        let producer = Mutex::new(producer(&config)?);
        Ok(Self { config, producer })
    }

    /// Whether Kafka responds. Blocks for at most `limit`.
    ///
    /// # Errors
    /// Why it cannot be used, as sentences.
    pub(crate) fn ping(&self, limit: Duration) -> Result<(), String> {
        let topic = self.config.topic(Topic::Purchase);
        let metadata = self.current().client().fetch_metadata(Some(&topic), limit);
        metadata.map(drop).map_err(|error| why_away(&error))
    }

    fn current(&self) -> Arc<FutureProducer<Context>> {
        Arc::clone(&lock(&self.producer))
    }
}

impl Log for KafkaLog {
    async fn write(&self, records: Vec<LogRecord>) -> Result<(), LogError> {
        let producer = self.current();
        let mut sent = Vec::with_capacity(records.len());
        for record in &records {
            sent.push(self.enqueue(&producer, record).await?);
        }
        for report in sent {
            match report.await {
                Ok(Ok(_)) => {}
                Ok(Err((error, _))) => return Err(LogError(error.to_string())),
                Err(_) => return Err(LogError("its client has ended".to_owned())),
            }
        }
        Ok(())
    }

    async fn identity(&self) -> Option<String> {
        renewal::id_of(&self.current(), &self.config.topic(Topic::Purchase)).await
    }

    fn abandon(&self) {
        match producer(&self.config) {
            // The old one is dropped with its queue, unless somebody else holds it for a moment.
            Ok(new) => *lock(&self.producer) = new,
            Err(error) => tracing::error!(%error, "Cannot replace the Kafka producer."),
        }
    }
}

impl KafkaLog {
    /// Hands a record to the client, waiting for room in its queue.
    async fn enqueue(
        &self,
        producer: &FutureProducer<Context>,
        record: &LogRecord,
    ) -> Result<DeliveryFuture, LogError> {
        let topic = self.config.topic(record.topic);
        loop {
            let headers = writer::traced(Some(&record.trace));
            let offered = FutureRecord::to(&topic).key(&record.key).payload(&record.value).headers(headers);
            let refused = match producer.send_result(offered) {
                Ok(report) => return Ok(report),
                Err((error, _)) => error,
            };
            match refused {
                KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) => sleep(PAUSE).await,
                error => return Err(LogError(error.to_string())),
            }
        }
    }
}

fn producer(config: &KafkaConfig) -> Result<Arc<FutureProducer<Context>>, ConnectionError> {
    Ok(revival::open(&writer::settings(config, PURPOSE)?, Context)?)
}
