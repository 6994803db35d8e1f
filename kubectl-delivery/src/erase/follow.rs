//! Waits until the log has forgotten deliveries, as far as a log can, and counts what it still holds.

use super::find::is_keyed;
use super::held::{self, Held, Settings, until};
use super::who::Who;
use crate::error::Error;
use crate::log::{Log, Offsets, PURPOSE};
use crate::question::{Question, Sink};
use delivery_messages::dead_letter::REQUEST_ID_HEADER;
use delivery_messages::{Millis, Topic, partitioner};
use jiff::Timestamp;
use rdkafka::admin::{AdminClient, AdminOptions, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::{BorrowedMessage, Headers as _, Message};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const POLL: Duration = Duration::from_secs(1);
const QUESTION: Duration = Duration::from_secs(10);
/// Clocks may differ by so much: no position of a delivery is older than its object and this.
const EARLIER: Millis = 10 * 60_000;
/// What may hold something of a person.
const TOPICS: [Topic; 6] =
    [Topic::Plan, Topic::NewDirection, Topic::NewPosition, Topic::State, Topic::Command, Topic::DeadLetters];
/// Where Kafka Connect puts what the index refused, after the topics' prefix.
const REFUSED_BY_INDEX: &str = "dead-letters.connect";

/// Asks how far the log has forgotten them.
pub struct Follow<'a> {
    /// Who is erased.
    pub who: &'a Who,
    /// Ids of deliveries.
    pub deliveries: &'a [String],
    /// Ids of requests.
    pub requests: &'a [String],
    /// When the first of the deliveries was made, if that is known.
    pub earliest: Option<Millis>,
    /// How long to wait for the tombstones.
    pub patience: Duration,
}

/// What has no tombstone yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Plans.
    pub plans: usize,
    /// States.
    pub states: usize,
}

/// How it stands in the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// What has no tombstone.
    pub left: Left,
    /// What the topics still hold.
    pub held: Vec<Held>,
}

impl Question for Follow<'_> {
    type Item = Left;
    type Done = Stand;

    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["erase".to_owned(), self.who.argument(), "--step=follow".to_owned()];
        arguments.push(format!("--timeout={}s", self.patience.as_secs()));
        arguments.extend(self.earliest.map(|time| format!("--earliest={time}")));
        arguments.extend(super::command::ids(self.deliveries, self.requests));
        arguments
    }

    async fn answer(&self, log: &Log, mut each: impl Sink<Left>) -> Result<Stand, Error> {
        let ids: HashSet<String> = self.deliveries.iter().cloned().collect();
        let deadline = Instant::now() + self.patience;
        let (mut plans, mut states) = (Newest::new(Topic::Plan), Newest::new(Topic::State));
        let mut said = None;
        let left = loop {
            plans.read_on(log, &ids).await?;
            states.read_on(log, &ids).await?;
            let left = Left { plans: plans.open.len(), states: states.open.len() };
            if said.replace(left) != Some(left) {
                each(left)?;
            }
            if left == Left::default() || Instant::now() >= deadline {
                break left;
            }
            sleep(POLL).await;
        };
        Ok(Stand { left, held: self.held(log, &ids).await? })
    }
}

/// The keys of a compacted topic whose newest record has a value.
struct Newest {
    topic: Topic,
    next: BTreeMap<i32, i64>,
    open: HashSet<String>,
}

impl Newest {
    fn new(topic: Topic) -> Self {
        Self { topic, next: BTreeMap::new(), open: HashSet::new() }
    }

    async fn read_on(&mut self, log: &Log, ids: &HashSet<String>) -> Result<(), Error> {
        let offsets = log.offsets(self.topic).await?;
        let begin = |partition: &i32, low: i64| self.next.get(partition).copied().unwrap_or(low).max(low);
        let parts = offsets.iter().map(|(partition, found)| (*partition, (begin(partition, found.low), found.high)));
        let parts: BTreeMap<_, _> = parts.collect();
        let open = &mut self.open;
        log.read(self.topic, &parts, |record| {
            if let Some(key) = crate::log::key(record).filter(|key| ids.contains(*key)) {
                if record.payload().is_some() {
                    open.insert(key.to_owned());
                } else {
                    open.remove(key);
                }
            }
        })
        .await?;
        self.next = parts.into_iter().map(|(partition, (_, end))| (partition, end)).collect();
        Ok(())
    }
}

impl Follow<'_> {
    async fn held(&self, log: &Log, ids: &HashSet<String>) -> Result<Vec<Held>, Error> {
        let requests: HashSet<String> = self.requests.iter().cloned().collect();
        let now = Timestamp::now().as_millisecond();
        let config = log.config();
        let refused = format!("{}{REFUSED_BY_INDEX}", config.topic_prefix);
        let topics = TOPICS.map(|topic| (config.topic(topic), topic)).into_iter();
        let topics: Vec<_> = topics.chain([(refused, Topic::DeadLetters)]).collect();
        let mut settings = None;
        let mut all = Vec::new();
        for (name, topic) in &topics {
            let offsets = match log.offsets_of(name).await {
                Ok(offsets) => offsets,
                Err(Error::NoTopic { .. }) => continue,
                Err(error) => return Err(error),
            };
            let parts = self.parts(log, *topic, &offsets).await?;
            let (mut records, mut newest) = (0, 0);
            log.read_of(name, &parts, |record| {
                if self.speaks(*topic, record, ids, &requests) {
                    records += 1;
                    newest = newest.max(record.timestamp().to_millis().unwrap_or(now));
                }
            })
            .await?;
            if records > 0 {
                if settings.is_none() {
                    settings = Some(describe(log, topics.iter().map(|(name, _)| name.as_str())).await?);
                }
                let of_topic = settings.as_ref().and_then(|all| all.get(name)).cloned().unwrap_or_default();
                let until = until(&of_topic, newest, now);
                all.push(Held { topic: name.clone(), records, what: held::tells(*topic).to_owned(), until });
            }
        }
        Ok(all)
    }

    /// Which part of each partition may hold something. Positions are many, and each delivery has its partition.
    async fn parts(
        &self,
        log: &Log,
        topic: Topic,
        offsets: &BTreeMap<i32, Offsets>,
    ) -> Result<BTreeMap<i32, (i64, i64)>, Error> {
        let all = offsets.iter().map(|(partition, found)| (*partition, (found.low, found.high)));
        if topic != Topic::NewPosition {
            return Ok(all.collect());
        }
        let count = i32::try_from(offsets.len()).unwrap_or(i32::MAX);
        let theirs: HashSet<i32> =
            self.deliveries.iter().map(|id| partitioner::partition(id.as_bytes(), count)).collect();
        let mut parts: BTreeMap<_, _> = all.filter(|(partition, _)| theirs.contains(partition)).collect();
        if let Some(earliest) = self.earliest.filter(|_| !parts.is_empty()) {
            let begins = log.offsets_at(topic, parts.keys().copied(), earliest - EARLIER).await?;
            for (partition, begin) in begins {
                if let Some((low, high)) = parts.get_mut(&partition) {
                    *low = begin.unwrap_or(*high).clamp(*low, *high);
                }
            }
        }
        Ok(parts)
    }

    fn speaks(
        &self,
        topic: Topic,
        record: &BorrowedMessage<'_>,
        ids: &HashSet<String>,
        requests: &HashSet<String>,
    ) -> bool {
        let Some(value) = record.payload() else { return false };
        match topic {
            Topic::NewDirection => serde_json::from_slice(value).is_ok_and(|value| self.who.is_of_json(&value)),
            Topic::DeadLetters => {
                let asked = record.headers().is_some_and(|headers| {
                    headers.iter().any(|header| {
                        let id = header.value.and_then(|value| std::str::from_utf8(value).ok());
                        header.key == REQUEST_ID_HEADER && id.is_some_and(|id| requests.contains(id))
                    })
                });
                asked || serde_json::from_slice::<Value>(value).is_ok_and(|value| self.is_of_letter(&value, ids))
            }
            _ => is_keyed(record, ids),
        }
    }

    fn is_of_letter(&self, value: &Value, ids: &HashSet<String>) -> bool {
        let delivery = value.get("deliveryId").and_then(Value::as_str);
        self.who.is_of_json(value) || delivery.is_some_and(|id| ids.contains(id))
    }
}

/// The settings of the topics.
async fn describe<'a>(log: &Log, topics: impl Iterator<Item = &'a str>) -> Result<BTreeMap<String, Settings>, Error> {
    let config = log.config();
    let failed = |source| Error::Kafka {
        servers: config.bootstrap_servers.clone(),
        what: "the settings of its topics".to_owned(),
        source: Box::new(source),
    };
    let admin: AdminClient<DefaultClientContext> = config.client(PURPOSE)?.create().map_err(failed)?;
    let topics: Vec<_> = topics.map(ResourceSpecifier::Topic).collect();
    let options = AdminOptions::new().request_timeout(Some(QUESTION));
    let described = admin.describe_configs(&topics, &options).await.map_err(failed)?;
    let topics = described.into_iter().filter_map(Result::ok).filter_map(|found| match found.specifier {
        OwnedResourceSpecifier::Topic(name) => {
            let entries = found.entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?)));
            Some((name, entries.collect()))
        }
        _ => None,
    });
    Ok(topics.collect())
}
