//! The consumer groups that read a topic, as one who is in none of them sees them: how many members each has, and how far it is behind.
//!
//! Kafka has no such question. Each group is asked for its offsets by a client that names it and does not join it, and those that have
//! committed nothing in the topic are left alone for a while. How often that is done, and for whom, is left to the services.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::metadata::MetadataPartition;
use rdkafka::{Offset, TopicPartitionList};

use crate::connect::connection::{ConnectionError, KafkaConfig};
use crate::consume::lag::behind;

/// How long one question may take.
const LIMIT: Duration = Duration::from_secs(3);
/// How many groups are asked at most; a shared Kafka may have thousands.
const MAX: usize = 50;
/// For how long a group that does not read the topic is left alone.
const ELSEWHERE: Duration = Duration::from_mins(1);

/// A consumer group that reads a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLag {
    /// The group's full name.
    pub group: String,
    /// How many members it has now.
    pub members: usize,
    /// The records after the offsets that it has committed.
    pub lag: u64,
}

/// Why the groups are not known.
#[derive(Debug, thiserror::Error)]
pub enum GroupsError {
    /// The settings cannot be used.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// Kafka does not answer, or refuses.
    #[error(transparent)]
    Kafka(#[from] KafkaError),
}

/// The groups of a topic.
pub struct Groups {
    config: KafkaConfig,
    purpose: &'static str,
    /// The full name.
    topic: String,
    /// Those that do not read it, and when they were asked.
    elsewhere: HashMap<String, Instant>,
}

impl Groups {
    /// The groups that read the topic with this full name, asked by a client called `purpose`. Nothing is asked yet.
    #[must_use]
    pub fn of(config: KafkaConfig, purpose: &'static str, topic: String) -> Self {
        Self { config, purpose, topic, elsewhere: HashMap::new() }
    }

    /// Asks for them, those of this installation first. Blocks: for some milliseconds per group, or until Kafka has not answered for three
    /// seconds.
    ///
    /// # Errors
    /// When Kafka does not answer, or refuses.
    pub fn look(&mut self) -> Result<Vec<GroupLag>, GroupsError> {
        let asker = self.client(self.purpose)?;
        let metadata = asker.fetch_metadata(Some(&self.topic), LIMIT)?;
        let found = metadata.topics().iter().find(|found| found.name() == self.topic && found.error().is_none());
        let partitions: Vec<i32> =
            found.map(|found| found.partitions().iter().map(MetadataPartition::id).collect()).unwrap_or_default();
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let ends = offsets(&asker.offsets_for_times(self.places(&partitions, Offset::End)?, LIMIT)?);
        let groups = asker.fetch_group_list(None, LIMIT)?;
        let named = groups.groups().iter().filter(|group| group.protocol_type() != "connect");
        let all: Vec<(String, usize)> = named.map(|group| (group.name().to_owned(), group.members().len())).collect();
        let mut lags = Vec::new();
        for (group, members) in self.worth_asking(all, Instant::now()) {
            let places = self.places(&partitions, Offset::Invalid)?;
            let committed = offsets(&self.client(&group)?.committed_offsets(places, LIMIT)?);
            if committed.is_empty() {
                self.elsewhere.insert(group, Instant::now());
            } else {
                lags.push(GroupLag { group, members, lag: behind(&committed, &ends) });
            }
        }
        Ok(lags)
    }

    /// Which groups to ask, and in which order.
    fn worth_asking(&mut self, mut all: Vec<(String, usize)>, now: Instant) -> Vec<(String, usize)> {
        self.elsewhere.retain(|_, asked| now.saturating_duration_since(*asked) < ELSEWHERE);
        all.retain(|(group, _)| !self.elsewhere.contains_key(group));
        let prefix = &self.config.group_prefix;
        all.sort_by_key(|(group, _)| (!group.starts_with(prefix), group.clone()));
        all.truncate(MAX);
        all
    }

    /// A client that can ask for what a group has committed, and is no member of it.
    fn client(&self, group: &str) -> Result<BaseConsumer, GroupsError> {
        let mut settings = self.config.client(self.purpose)?;
        settings.set("group.id", group).set("enable.auto.commit", "false");
        Ok(settings.create()?)
    }

    fn places(&self, partitions: &[i32], offset: Offset) -> Result<TopicPartitionList, KafkaError> {
        let mut places = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            places.add_partition_offset(&self.topic, *partition, offset)?;
        }
        Ok(places)
    }
}

/// The offsets by partition, where there is one.
fn offsets(places: &TopicPartitionList) -> BTreeMap<i32, i64> {
    let known = places.elements();
    let offset = |offset| if let Offset::Offset(offset) = offset { Some(offset) } else { None };
    known.iter().filter_map(|place| Some((place.partition(), offset(place.offset())?))).collect()
}

#[cfg(test)]
#[path = "tests/groups.rs"]
mod tests;
