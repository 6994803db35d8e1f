//! How far the compacted topics have been read, partition by partition.
//!
//! Pure. Nothing may be decided about a key before its partition has been read to its end: a plan, a state or an erasure may be there. A key
//! is where the partitioner of all our writers puts it. If a record is found elsewhere, because the topic once had fewer partitions or
//! somebody else wrote it, its keys may be anywhere, and the topic counts as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use delivery_messages::Topic;
use delivery_messages::records::partitioner;

/// A partition that has not been read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    pub topic: Topic,
    /// `None`: it is not known yet which partitions there are.
    pub partition: Option<i32>,
}

/// The same with the topic's full name, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    pub topic: String,
    pub partition: Option<i32>,
}

impl fmt::Display for Gap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition } = self;
        match partition {
            Some(partition) => write!(
                formatter,
                "Waiting for Kafka: partition {partition} of the topic {topic} has not been read yet. If this lasts, bring back the broker \
                 that leads it, or let another replica lead it."
            ),
            None => write!(formatter, "Waiting for Kafka: the topic {topic} has not been read yet."),
        }
    }
}

/// How far the topics have been read since [`Reading::begin`]; at first, nothing is to be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// The partitions that have not been read to their ends, of the topics that have any; `None` while their number is unknown.
    unread: BTreeMap<Topic, Option<BTreeSet<i32>>>,
    /// The number of partitions of each topic.
    counts: BTreeMap<Topic, i32>,
    /// The topics whose keys may be in any partition.
    scattered: BTreeSet<Topic>,
    /// Grows with every record that was read before the end of its partition, and with every such end.
    progress: u64,
    /// Whether any partition has been read to its end.
    has_ended: bool,
}

impl Reading {
    /// These topics are to be read to the ends that they have from now on.
    pub(crate) fn begin(&mut self, topics: impl IntoIterator<Item = Topic>) {
        self.unread = topics.into_iter().map(|topic| (topic, None)).collect();
        self.has_ended = false;
    }

    /// A topic has so many partitions, and is being read.
    pub(crate) fn expect(&mut self, topic: Topic, partitions: i32) {
        self.unread.insert(topic, Some((0..partitions).collect()));
        self.counts.insert(topic, partitions);
    }

    /// A record has been read. Whether it shows that the keys of its topic may be in any partition.
    pub(crate) fn pass(&mut self, topic: Topic, key: &[u8], partition: i32) -> bool {
        let unread = self.unread.get(&topic).and_then(Option::as_ref);
        self.progress += u64::from(unread.is_some_and(|unread| unread.contains(&partition)));
        let count = self.counts.get(&topic).copied().unwrap_or_default();
        partitioner::partition(key, count) != partition && self.scattered.insert(topic)
    }

    /// A partition has been read to its end. Whether it was not before.
    pub(crate) fn end(&mut self, topic: Topic, partition: i32) -> bool {
        let Some(Some(unread)) = self.unread.get_mut(&topic) else { return false };
        if !unread.remove(&partition) {
            return false;
        }
        if unread.is_empty() {
            self.unread.remove(&topic);
        }
        (self.progress, self.has_ended) = (self.progress + 1, true);
        true
    }

    #[must_use]
    pub(crate) fn is_complete(&self) -> bool {
        self.unread.is_empty()
    }

    /// Whether Kafka lets itself be read: it has all topics, and a partition has been read to its end.
    #[must_use]
    pub(crate) fn is_under_way(&self) -> bool {
        self.has_ended && self.unread.values().all(Option::is_some)
    }

    /// Another number whenever something has been read that had not been.
    #[must_use]
    pub(crate) const fn progress(&self) -> u64 {
        self.progress
    }

    /// The partition that a key belongs to; 0 while the number of partitions is unknown.
    #[must_use]
    pub(crate) fn partition(&self, topic: Topic, key: &str) -> i32 {
        partitioner::partition(key.as_bytes(), self.counts.get(&topic).copied().unwrap_or_default())
    }

    /// The partition that must be read before anything is decided about a key, if it has not been.
    #[must_use]
    pub(crate) fn of_key(&self, topic: Topic, key: &str) -> Option<Unread> {
        let Some(unread) = self.unread.get(&topic)? else { return Some(Unread { topic, partition: None }) };
        if self.scattered.contains(&topic) {
            return self.of_topic(topic);
        }
        let partition = self.partition(topic, key);
        unread.contains(&partition).then_some(Unread { topic, partition: Some(partition) })
    }

    /// The first partition of a topic that has not been read.
    #[must_use]
    pub(crate) fn of_topic(&self, topic: Topic) -> Option<Unread> {
        let partition = self.unread.get(&topic)?.as_ref().and_then(|unread| unread.first().copied());
        Some(Unread { topic, partition })
    }

    /// All partitions that have not been read.
    #[must_use]
    pub(crate) fn all(&self) -> Vec<Unread> {
        let of = |(topic, unread): (&Topic, &Option<BTreeSet<i32>>)| -> Vec<Unread> {
            let topic = *topic;
            match unread {
                None => vec![Unread { topic, partition: None }],
                Some(unread) => unread.iter().map(|partition| Unread { topic, partition: Some(*partition) }).collect(),
            }
        };
        self.unread.iter().flat_map(of).collect()
    }
}

#[cfg(test)]
#[path = "tests/reading.rs"]
mod tests;
