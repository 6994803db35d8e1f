//! Temporary topics under a unique prefix: those with the plans, states, positions and routes of deliveries.

use anyhow::{Result, anyhow};
use delivery_kafka::write::writer;
use delivery_kafka::{ConnectionError, KafkaConfig};
use delivery_messages::Topic;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use rdkafka::{Offset, TopicPartitionList};

use crate::log::Log;
use crate::unique;

/// The partitions of each.
pub const PARTITIONS: i32 = 6;

const TOPICS: [Topic; 4] = [Topic::NewPosition, Topic::State, Topic::Plan, Topic::Catalogue];

/// Temporary topics, until they are removed.
pub struct OwnTopics {
    /// A log that consists of them.
    pub log: Log,
    admin: AdminClient<DefaultClientContext>,
    producer: FutureProducer,
}

impl OwnTopics {
    /// Creates them.
    ///
    /// # Errors
    /// When Kafka refuses.
    pub async fn create(purpose: &str) -> Result<Self> {
        let config = KafkaConfig { topic_prefix: format!("{}.", unique(purpose)), ..Log::default().config };
        let admin: AdminClient<DefaultClientContext> =
            config.client(purpose)?.create().map_err(ConnectionError::from)?;
        let names = TOPICS.map(|topic| config.topic(topic));
        let topics: Vec<_> = names
            .iter()
            .zip(TOPICS)
            .map(|(name, topic)| {
                let clean = if topic.is_compacted() { "compact" } else { "delete" };
                NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(1)).set("cleanup.policy", clean)
            })
            .collect();
        for created in admin.create_topics(&topics, &AdminOptions::new()).await? {
            created.map_err(|(topic, error)| anyhow!("Kafka could not create {topic}: {error}"))?;
        }
        let producer = writer::settings(&config, purpose)?.create().map_err(ConnectionError::from)?;
        Ok(Self { log: Log { config }, admin, producer })
    }

    /// Sends a record, or a tombstone, and returns its partition and offset.
    ///
    /// # Errors
    /// When Kafka does not accept it.
    pub async fn send(&self, topic: Topic, key: &str, value: Option<&[u8]>) -> Result<(i32, i64)> {
        let topic = self.log.config.topic(topic);
        let mut record = FutureRecord::to(&topic).key(key);
        record.payload = value;
        let sent = self.producer.send(record, Timeout::Never).await.map_err(|(error, _)| error)?;
        Ok((sent.partition, sent.offset))
    }

    /// Removes the positions of a partition before an offset, as retention does.
    ///
    /// # Errors
    /// When Kafka refuses.
    pub async fn cut(&self, partition: i32, offset: i64) -> Result<()> {
        let mut offsets = TopicPartitionList::new();
        let topic = self.log.config.topic(Topic::NewPosition);
        offsets.add_partition_offset(&topic, partition, Offset::Offset(offset))?;
        let cut = self.admin.delete_records(&offsets, &AdminOptions::new()).await?;
        for cut in cut.elements() {
            cut.error()?;
        }
        Ok(())
    }

    /// Removes them.
    ///
    /// # Errors
    /// When Kafka refuses.
    pub async fn remove(self) -> Result<()> {
        let names = TOPICS.map(|topic| self.log.config.topic(topic));
        self.admin.delete_topics(&names.each_ref().map(String::as_str), &AdminOptions::new()).await?;
        Ok(())
    }
}
