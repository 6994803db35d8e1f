//! Waits until plans and states of deliveries have tombstones, and counts the records that the log still holds.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use delivery_kafka::{Bounds, ConnectionError};
use delivery_messages::records::dead_letter::REQUEST_ID_HEADER;
use delivery_messages::records::partitioner;
use delivery_messages::{Millis, Topic};
use jiff::Timestamp;
use rdkafka::admin::{AdminClient, AdminOptions, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::{BorrowedMessage, Headers as _, Message};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::arguments;
use super::find::is_keyed;
use super::person::Person;
use super::report::{LogRemainder, PendingTombstones};
use super::retention::{self, RetainedRecords, TopicSettings, retained_until};
use crate::base::Error;
use crate::log::query::{ItemHandler, Query};
use crate::log::reader::{self, LogError, LogReader, PURPOSE};

const POLL: Duration = Duration::from_secs(1);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// No position of a delivery is older than its object by more than this clock difference.
const MAX_CLOCK_SKEW: Millis = 10 * 60_000;
/// The topics that may hold personal data.
const TOPICS: [Topic; 6] =
    [Topic::Plan, Topic::NewDirection, Topic::NewPosition, Topic::State, Topic::Command, Topic::DeadLetters];
/// Those that may hold a customer's as well.
const TOPICS_OF_CUSTOMERS: [Topic; 4] =
    [Topic::Purchase, Topic::InvoiceIssued, Topic::SendNotification, Topic::NotificationChanged];
/// Kafka Connect's topic for records that the index refused, without the prefix.
const SINK_DEAD_LETTERS: &str = "dead-letters.connect";

/// Asks which plans and states have no tombstone yet, and what the log still holds.
pub(crate) struct FollowQuery<'a> {
    pub(crate) person: &'a Person,
    pub(crate) deliveries: &'a [String],
    /// Ids of start requests.
    pub(crate) requests: &'a [String],
    /// When the first of the deliveries was created, in milliseconds since the Unix epoch, if known.
    pub(crate) earliest: Option<Millis>,
    /// How long to wait for the tombstones.
    pub(crate) patience: Duration,
}

impl Query for FollowQuery<'_> {
    type Item = PendingTombstones;
    type Done = LogRemainder;

    fn arguments(&self) -> Vec<String> {
        let mut all = vec!["erase".to_owned(), self.person.argument(), "--step=follow".to_owned()];
        all.push(format!("--timeout={}s", self.patience.as_secs()));
        all.extend(self.earliest.map(|time| format!("--earliest={time}")));
        all.extend(arguments::ids(self.deliveries, self.requests));
        all
    }

    async fn answer(
        &self,
        log: &LogReader,
        mut each: impl ItemHandler<PendingTombstones>,
    ) -> Result<LogRemainder, Error> {
        let ids: HashSet<String> = self.deliveries.iter().cloned().collect();
        let deadline = Instant::now() + self.patience;
        let (mut plans, mut states) = (NewestValues::new(Topic::Plan), NewestValues::new(Topic::State));
        let mut reported = None;
        let left = loop {
            plans.update(log, &ids).await?;
            states.update(log, &ids).await?;
            let left = PendingTombstones { plans: plans.open.len(), states: states.open.len() };
            if reported.replace(left) != Some(left) {
                each(left)?;
            }
            if left == PendingTombstones::default() || Instant::now() >= deadline {
                break left;
            }
            sleep(POLL).await;
        };
        Ok(LogRemainder { left, held: self.retained(log, &ids).await? })
    }
}

/// Keys of a compacted topic whose newest record is not a tombstone.
struct NewestValues {
    topic: Topic,
    next: BTreeMap<i32, i64>,
    open: HashSet<String>,
}

impl NewestValues {
    fn new(topic: Topic) -> Self {
        Self { topic, next: BTreeMap::new(), open: HashSet::new() }
    }

    async fn update(&mut self, log: &LogReader, ids: &HashSet<String>) -> Result<(), LogError> {
        let offsets = log.bounds(self.topic).await?;
        let begin = |partition: &i32, low: i64| self.next.get(partition).copied().unwrap_or(low).max(low);
        let ranges = offsets.iter().map(|(partition, found)| (*partition, (begin(partition, found.low), found.high)));
        let ranges: BTreeMap<_, _> = ranges.collect();
        let open = &mut self.open;
        log.read(self.topic, &ranges, |record| {
            if let Some(key) = reader::key(record).filter(|key| ids.contains(*key)) {
                if record.payload().is_some() {
                    open.insert(key.to_owned());
                } else {
                    open.remove(key);
                }
            }
        })
        .await?;
        self.next = ranges.into_iter().map(|(partition, (_, end))| (partition, end)).collect();
        Ok(())
    }
}

impl FollowQuery<'_> {
    /// What each topic still holds of the deliveries and requests.
    async fn retained(&self, log: &LogReader, ids: &HashSet<String>) -> Result<Vec<RetainedRecords>, Error> {
        let requests: HashSet<String> = self.requests.iter().cloned().collect();
        let now = Timestamp::now().as_millisecond();
        let config = log.config();
        let sink_dead_letters = format!("{}{SINK_DEAD_LETTERS}", config.topic_prefix);
        let of_customers = if self.person.customer().is_some() { TOPICS_OF_CUSTOMERS.as_slice() } else { &[] };
        let topics = TOPICS.iter().chain(of_customers).map(|topic| (config.topic(*topic), *topic));
        let topics: Vec<_> = topics.chain([(sink_dead_letters, Topic::DeadLetters)]).collect();
        let mut settings = None;
        let mut all = Vec::new();
        for (name, topic) in &topics {
            let offsets = match log.bounds_of(name).await {
                Ok(offsets) => offsets,
                Err(LogError::NoTopic { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            let ranges = self.ranges(log, *topic, &offsets).await?;
            let (mut records, mut newest) = (0, 0);
            log.read_of(name, &ranges, |record| {
                if self.concerns(*topic, record, ids, &requests) {
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
                let until = retained_until(&of_topic, newest, now);
                let what = retention::content(*topic).to_owned();
                all.push(RetainedRecords { topic: name.clone(), records, what, until });
            }
        }
        Ok(all)
    }

    /// The ranges of offsets that may concern the person. There are many positions, so only the deliveries' partitions are read.
    async fn ranges(
        &self,
        log: &LogReader,
        topic: Topic,
        offsets: &BTreeMap<i32, Bounds>,
    ) -> Result<BTreeMap<i32, (i64, i64)>, LogError> {
        let all = offsets.iter().map(|(partition, found)| (*partition, (found.low, found.high)));
        if topic != Topic::NewPosition {
            return Ok(all.collect());
        }
        let count = i32::try_from(offsets.len()).unwrap_or(i32::MAX);
        let theirs: HashSet<i32> =
            self.deliveries.iter().map(|id| partitioner::partition(id.as_bytes(), count)).collect();
        let mut ranges: BTreeMap<_, _> = all.filter(|(partition, _)| theirs.contains(partition)).collect();
        if let Some(earliest) = self.earliest.filter(|_| !ranges.is_empty()) {
            let begins = log.offsets_at(topic, ranges.keys().copied(), earliest - MAX_CLOCK_SKEW).await?;
            for (partition, begin) in begins {
                if let Some((low, high)) = ranges.get_mut(&partition) {
                    *low = begin.unwrap_or(*high).clamp(*low, *high);
                }
            }
        }
        Ok(ranges)
    }

    /// Whether a record holds data of the person.
    fn concerns(
        &self,
        topic: Topic,
        record: &BorrowedMessage<'_>,
        ids: &HashSet<String>,
        requests: &HashSet<String>,
    ) -> bool {
        let Some(value) = record.payload() else { return false };
        match topic {
            Topic::NewDirection => serde_json::from_slice(value).is_ok_and(|value| self.person.is_of_json(&value)),
            Topic::Purchase | Topic::InvoiceIssued | Topic::SendNotification | Topic::NotificationChanged => {
                let is_key = reader::key(record).is_some_and(|key| self.person.customer() == Some(key));
                is_key || serde_json::from_slice(value).is_ok_and(|value| self.person.is_of_json(&value))
            }
            Topic::DeadLetters => {
                let by_request = record.headers().is_some_and(|headers| {
                    headers.iter().any(|header| {
                        let id = header.value.and_then(|value| std::str::from_utf8(value).ok());
                        header.key == REQUEST_ID_HEADER && id.is_some_and(|id| requests.contains(id))
                    })
                });
                by_request
                    || serde_json::from_slice::<Value>(value).is_ok_and(|value| self.is_of_dead_letter(&value, ids))
            }
            _ => is_keyed(record, ids),
        }
    }

    fn is_of_dead_letter(&self, value: &Value, ids: &HashSet<String>) -> bool {
        let delivery = value.get("deliveryId").and_then(Value::as_str);
        self.person.is_of_json(value) || delivery.is_some_and(|id| ids.contains(id))
    }
}

/// The settings of the topics, by topic.
async fn describe<'a>(
    log: &LogReader,
    topics: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, TopicSettings>, LogError> {
    let config = log.config();
    let failed = |source| log.unavailable("the settings of its topics", source);
    let admin: AdminClient<DefaultClientContext> = config.client(PURPOSE)?.create().map_err(ConnectionError::from)?;
    let topics: Vec<_> = topics.map(ResourceSpecifier::Topic).collect();
    let options = AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT));
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
