//! A consumer group's place in a topic: how far it is, and setting it back, as an administrator does while the group has no members.

use std::time::Duration;

use anyhow::{Context, Result};
use delivery_kafka::ConnectionError;
use delivery_kafka::read::partitions;
use delivery_messages::Topic;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::log::Log;
use crate::within;

/// How long one request to Kafka may take.
const LIMIT: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(200);

/// A group and one of the topics that it reads.
pub struct Group {
    consumer: BaseConsumer,
    topic: String,
    partitions: i32,
}

impl Group {
    /// Looks at a group of the product without becoming a member of it.
    ///
    /// # Errors
    /// When Kafka does not answer in time.
    pub async fn open(log: &Log, name: &str, topic: Topic) -> Result<Self> {
        let topic = log.config.topic(topic);
        let partitions = within("the topic", async { Ok(partitions::wait(&log.config, "e2e", &topic).await?) }).await?;
        let mut settings = log.config.client("e2e")?;
        settings.set("group.id", log.config.group(name)).set("enable.auto.commit", "false");
        Ok(Self { consumer: settings.create().map_err(ConnectionError::from)?, topic, partitions })
    }

    /// Sets the group back to the topic's beginning. It must have no members; those that have just ended may be members for some seconds.
    ///
    /// # Errors
    /// When Kafka refuses for longer than that.
    pub async fn rewind(&self) -> Result<()> {
        let mut places = TopicPartitionList::new();
        for partition in 0..self.partitions {
            let (first, _) = self.consumer.fetch_watermarks(&self.topic, partition, LIMIT)?;
            places.add_partition_offset(&self.topic, partition, Offset::Offset(first))?;
        }
        within("the group's end", async {
            while self.consumer.commit(&places, CommitMode::Sync).is_err() {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(())
        })
        .await
    }

    /// Waits until the group has read to the end that the topic has now.
    ///
    /// # Errors
    /// When it is not there in time.
    pub async fn caught_up(&self) -> Result<()> {
        let mut places = TopicPartitionList::new();
        let mut ends = Vec::new();
        for partition in 0..self.partitions {
            let (first, end) = self.consumer.fetch_watermarks(&self.topic, partition, LIMIT)?;
            places.add_partition(&self.topic, partition);
            // A group does not commit anything in a partition without records.
            if end > first {
                ends.push((partition, end));
            }
        }
        within("the group at the topic's end", async {
            loop {
                let now = self.consumer.committed_offsets(places.clone(), LIMIT)?;
                let mut is_there = true;
                for (partition, end) in &ends {
                    let place = now.find_partition(&self.topic, *partition).context("a partition was asked for")?;
                    is_there &= matches!(place.offset(), Offset::Offset(offset) if offset >= *end);
                }
                if is_there {
                    return Ok(());
                }
                tokio::time::sleep(PAUSE).await;
            }
        })
        .await
    }
}
