//! Notices that a topic is no longer the one that was read: deleted and created again, emptied, grown, or not fetched any more.
//!
//! A client does not tell: what it has read of a topic that was lost looks as good as before, and a reader whose partitions were unknown
//! for a moment may never fetch again, without an error. So the topics are looked at periodically. What follows from two looks is decided
//! in [`History::take`], which is pure; what to do about it (begin anew) is left to the services.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use delivery_librdkafka::topic_id;
use delivery_messages::Topic;
use rdkafka::Offset;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaError;

use crate::connect::client::{KafkaClient, ask};
use crate::connect::connection::KafkaConfig;
use crate::connect::context::Context;
use crate::read::partitions::{self, TopicClient};
use crate::read::reader::Reader;

/// How often the topics are looked at.
pub const INTERVAL: Duration = Duration::from_secs(10);
/// The same where the topics are read in groups, of several of which a service may be a member: still within half a minute.
const GROUPS_INTERVAL: Duration = Duration::from_secs(15);
/// How long one question may take.
const LIMIT: Duration = Duration::from_secs(5);
/// How long the question for an id may take. Some brokers, such as librdkafka's mock, never answer it; the ends must do then. A broker answers
/// one question of a connection after the other, so it may wait for a fetch of the same client, which takes up to half a second.
const ID_LIMIT: Duration = Duration::from_secs(2);
/// After how many further looks a partition counts as not read any more: less than half a minute after its end moved.
const PATIENCE: u32 = 2;

/// What has become of a topic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Renewal {
    /// It has another id.
    #[error("The topic {topic} was deleted and created again.")]
    Recreated {
        /// Its full name.
        topic: String,
    },
    /// It has more partitions, which its readers do not read, and keys may have moved there.
    #[error("The topic {topic} had {before} partitions and now has {now}.")]
    Grown {
        /// Its full name.
        topic: String,
        /// How many it had.
        before: i32,
        /// How many it has.
        now: i32,
    },
    /// A partition ends before it did.
    #[error("The topic {topic} lost records: partition {partition} ended at offset {before} and now ends at {now}.")]
    Rewound {
        /// Its full name.
        topic: String,
        /// The partition.
        partition: i32,
        /// Where it ended.
        before: i64,
        /// Where it ends.
        now: i64,
    },
    /// Records are written to a partition and not read.
    #[error(
        "Partition {partition} of the topic {topic} is not read any more: it ends at offset {end}, and nothing is read beyond {position}."
    )]
    Unread {
        /// Its full name.
        topic: String,
        /// The partition.
        partition: i32,
        /// Where it ends.
        end: i64,
        /// The next offset of its reader.
        position: i64,
    },
}

/// Why whoever uses topics had better begin anew.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// One of them is no longer the one that was used.
    #[error("{0} The process ends, so that it begins anew with the topic as it is now.")]
    Renewed(#[from] Renewal),
}

/// What one look at a topic found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Its id, if the brokers have ids.
    pub id: Option<String>,
    /// How many partitions it has.
    pub partitions: i32,
    /// Where each partition ends.
    pub ends: BTreeMap<i32, i64>,
    /// The next offset of the reader of each partition that has read something.
    pub positions: BTreeMap<i32, i64>,
}

/// What the looks at one topic have found so far.
#[derive(Clone, Debug, Default)]
pub struct History {
    last: Look,
    /// Partitions whose end has moved since they were last read, and at how many looks since.
    unread: BTreeMap<i32, u32>,
}

impl History {
    /// Takes what the next look found; says so when the topic is no longer the one that was read. What could not be found out is missing
    /// in the look, and says nothing.
    pub fn take(&mut self, topic: &str, look: Look) -> Option<Renewal> {
        let topic = topic.to_owned();
        if let (Some(before), Some(now)) = (&self.last.id, &look.id)
            && before != now
        {
            return Some(Renewal::Recreated { topic });
        }
        let (before, now) = (self.last.partitions, look.partitions);
        // Some brokers may learn of new partitions later than others.
        if before > 0 && now > before {
            return Some(Renewal::Grown { topic, before, now });
        }
        for (&partition, &now) in &look.ends {
            let before = self.last.ends.get(&partition).copied().unwrap_or(now);
            if now < before {
                return Some(Renewal::Rewound { topic, partition, before, now });
            }
            let Some(&position) = look.positions.get(&partition) else { continue };
            let was_read = self.last.positions.get(&partition) != Some(&position);
            if was_read || position >= now {
                self.unread.remove(&partition);
            } else if let Some(looks) = self.unread.get_mut(&partition) {
                *looks += 1;
                if *looks >= PATIENCE {
                    return Some(Renewal::Unread { topic, partition, end: now, position });
                }
            } else if before < now {
                self.unread.insert(partition, 0);
            }
        }
        self.last.partitions = before.max(now);
        self.last.id = look.id.or_else(|| self.last.id.take());
        self.last.ends.extend(look.ends);
        self.last.positions.extend(look.positions);
        None
    }
}

/// Watches over topics, and over the readers of them.
pub struct LogWatch {
    client: Weak<TopicClient>,
    topics: Vec<String>,
    readers: Mutex<Vec<Weak<StreamConsumer<Context>>>>,
    interval: Duration,
}

impl LogWatch {
    /// Watches over topics, named in full, through a client that is there anyway, for as long as somebody else holds it. It must not be that of
    /// a reader that is watched over, which may no longer see what the watch is to see. Nothing happens before [`LogWatch::renewed`].
    #[must_use]
    pub fn through(client: &Arc<TopicClient>, topics: impl IntoIterator<Item = String>) -> Self {
        Self {
            client: Arc::downgrade(client),
            topics: topics.into_iter().collect(),
            readers: Mutex::default(),
            interval: INTERVAL,
        }
    }

    /// Looks that often, instead of every [`INTERVAL`].
    #[must_use]
    pub fn every(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// Watches over a reader too, until it is dropped.
    pub fn add(&self, reader: &Reader) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.retain(|reader| reader.strong_count() > 0);
        readers.push(Arc::downgrade(&reader.consumer));
    }

    /// Waits until one of the topics is no longer the one that was read. While Kafka is away, nothing is known. What `round` returns is
    /// kept during each look, so that a watchdog sees one that does not end.
    pub async fn renewed<R>(&self, round: impl Fn() -> R) -> Renewal {
        let mut histories: BTreeMap<&String, History> = BTreeMap::new();
        loop {
            let looking = round();
            let positions = self.positions();
            for topic in &self.topics {
                match self.look(topic).await {
                    Ok(Some(mut look)) => {
                        look.positions = positions.get(topic).cloned().unwrap_or_default();
                        if let Some(renewal) = histories.entry(topic).or_default().take(topic, look) {
                            return renewal;
                        }
                    }
                    Ok(None) => {}
                    Err(error) => tracing::debug!(topic, %error, "Cannot look at a topic now."),
                }
            }
            drop(looking);
            tokio::time::sleep(self.interval).await;
        }
    }

    /// What a topic is now, without positions; nothing if there is no such topic.
    async fn look(&self, topic: &str) -> Result<Option<Look>, KafkaError> {
        let Some(client) = self.client.upgrade() else { return Ok(None) };
        let Some(count) = partitions::count(&client, topic, LIMIT).await? else { return Ok(None) };
        let ends = partitions::ends(&client, topic, 0..count, LIMIT).await?;
        let id = id_of(&client, topic).await;
        Ok(Some(Look { id, partitions: count, ends, positions: BTreeMap::new() }))
    }

    /// The next offsets of the readers, by topic and partition, where they have read something.
    fn positions(&self) -> BTreeMap<String, BTreeMap<i32, i64>> {
        let readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: BTreeMap<String, BTreeMap<i32, i64>> = BTreeMap::new();
        for reader in readers.iter().filter_map(Weak::upgrade) {
            let Ok(positions) = reader.position() else { continue };
            for one in positions.elements() {
                if let Offset::Offset(next) = one.offset() {
                    found.entry(one.topic().to_owned()).or_default().insert(one.partition(), next);
                }
            }
        }
        found
    }
}

/// For services whose consumers are in groups: waits until one of the topics is no longer the one that was used. Where to go on, Kafka knows
/// of the group, and it has forgotten that with the topic; but a consumer that has lost its partitions for a moment, or a producer with its
/// earlier numbers, may not recover by itself. A service that begins anew loses nothing, as after a kill. `client` is any of the service's
/// consumers whose fetches wait for less than a second; `round` as of [`LogWatch::renewed`].
///
/// # Errors
/// The future always ends with what has become of a topic.
pub fn end_when_renewed<F, R>(
    config: &KafkaConfig,
    client: &Arc<TopicClient>,
    topics: &[Topic],
    round: F,
) -> impl Future<Output = Result<(), WatchError>> + Send + 'static + use<F, R>
where
    F: Fn() -> R + Send + 'static,
    R: Send + 'static,
{
    let watch = LogWatch::through(client, topics.iter().map(|topic| config.topic(*topic))).every(GROUPS_INTERVAL);
    async move { Err(watch.renewed(round).await.into()) }
}

/// The id of a topic, asked by an existing client; none if the brokers do not tell, or do not answer.
pub async fn id_of<C: KafkaClient>(client: &Arc<C>, topic: &str) -> Option<String> {
    let name = topic.to_owned();
    ask(client, move |client| topic_id(client.client(), &name, ID_LIMIT)).await.ok()
}

#[cfg(test)]
#[path = "tests/renewal.rs"]
mod tests;
