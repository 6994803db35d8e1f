//! Reads the topics into the tables and follows them: plans, routes, states and erased ids.
//!
//! A standby does so too, so that it can take over at once. A new leader reads to the ends once more, behind the last record of its
//! predecessor, before it decides anything. It reads the erased ids only then: an older release has no such topic, the leader
//! creates it, and a standby that waited for the topic would never become ready.
//!
//! A partition that cannot be read holds up what is keyed to it alone: when everything else has been read for a while, the leader decides
//! about the rest. Until all partitions have been read to their ends, each topic has a reader of its own; afterwards there is one for all.
//!
//! When a topic was lost or made anew, following ends: what the tables hold may not be in the topics any more.

use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_kafka::read::partitions::{self, TopicClient};
use delivery_kafka::read::renewal::{LogWatch, Renewal};
use delivery_kafka::{ConnectionError, Event, ReadError, Reader};
use delivery_messages::{DecodeError, Erased, Millis, Plan, Route, State, TRACEPARENT_HEADER, Topic, decode};
use delivery_observability::Heartbeat;
use futures::future::try_join_all;
use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Headers};
use tokio::time::timeout;

use crate::base::trace;
use crate::base::wake::Wake;
use crate::log::connection::Log;
use crate::log::tail::Tail;
use crate::tables::plan_entry::RecordMeta;
use crate::tables::reading::Reading;

/// Why following ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FollowError {
    /// Kafka refuses, and retrying will not help.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The topics must be read from the beginning, and what is missing in them written again.
    #[error(transparent)]
    Renewed(#[from] Renewal),
}

impl From<ConnectionError> for FollowError {
    fn from(error: ConnectionError) -> Self {
        Self::Read(error.into())
    }
}

/// How long a new leader may take to read the topics to their ends.
pub(crate) const LIMIT: Duration = Duration::from_mins(2);
/// When nothing has come of what has not been read for at least this long, and twice as long at most, the rest need not wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The topics that are read into the tables.
const TOPICS: [Topic; 4] = [Topic::Plan, Topic::Catalogue, Topic::State, Topic::Erased];

impl Log {
    /// Follows the topics forever. `warm` is called when everything that a standby reads has been read once. The log is caught up
    /// when this process leads and has read everything since; until then it does not work as a leader, which `heartbeat` shows.
    ///
    /// # Errors
    /// When Kafka refuses and retrying will not help, or when a topic was lost or made anew.
    pub(crate) async fn follow(
        &self,
        wake: &Wake,
        heartbeat: &Heartbeat,
        warm: impl FnOnce(),
    ) -> Result<(), FollowError> {
        // The requests and commands are read elsewhere, in groups, and begin anew with the term.
        let watched = TOPICS.into_iter().chain([Topic::NewDirection, Topic::Command]);
        // One client is asked about all topics, by the watch and before each is read.
        let client = partitions::client(&self.kafka, "operator-watch")?;
        let watch = LogWatch::through(&client, watched.map(|topic| self.kafka.topic(topic)));
        tokio::select! {
            outcome = self.follow_watched(&client, &watch, wake, heartbeat, warm) => Ok(outcome?),
            renewal = watch.renewed(|| heartbeat.round()) => Err(renewal.into()),
        }
    }

    async fn follow_watched(
        &self,
        client: &Arc<TopicClient>,
        watch: &LogWatch,
        wake: &Wake,
        heartbeat: &Heartbeat,
        warm: impl FnOnce(),
    ) -> Result<(), ReadError> {
        let mut tails = vec![
            Tail::new(Topic::Plan, "operator-plan"),
            Tail::new(Topic::Catalogue, "operator-catalogue"),
            Tail::new(Topic::State, "operator-state"),
        ];
        self.reading.send_modify(|reading| reading.begin(tails.iter().map(Tail::topic)));
        self.read(client, &mut tails, self.settled(), &|_: &str| ()).await?;
        warm();
        let mut leading = self.leading.clone();
        tokio::select! {
            leads = leading.wait_for(|leads| *leads) => drop(leads),
            outcome = self.stand_by(client, watch, &mut tails) => return outcome,
        }
        tails.push(Tail::new(Topic::Erased, "operator-erased"));
        // Nothing may rely on a topic that is about to be put right, or that must be.
        heartbeat.during(self.wait_until_topics_fit()).await;
        self.reading.send_modify(|reading| reading.begin(tails.iter().map(Tail::topic)));
        let changed = |id: &str| {
            if let Some((namespace, name)) = self.tables.plans.object(id) {
                wake.delivery(&namespace, &name);
            }
        };
        tokio::try_join!(self.read(client, &mut tails, self.complete(), &changed), async {
            heartbeat.during(self.settled()).await;
            self.set_caught_up();
            tracing::info!("Read the state of the deliveries from Kafka.");
            Ok(())
        })?;
        self.read_on(watch, &mut tails, changed).await
    }

    async fn stand_by(&self, client: &Arc<TopicClient>, watch: &LogWatch, tails: &mut [Tail]) -> Result<(), ReadError> {
        let is_complete = self.reading.borrow().is_complete();
        if !is_complete {
            self.read(client, tails, self.complete(), &|_: &str| ()).await?;
        }
        self.read_on(watch, tails, |_| ()).await
    }

    /// Returns when everything has been read.
    async fn complete(&self) {
        // The sender is in `self`, so that it cannot be closed.
        let _ = self.reading.subscribe().wait_for(Reading::is_complete).await;
    }

    /// Returns when everything has been read, or when nothing comes any more of what has not, although Kafka lets the rest be read.
    async fn settled(&self) {
        let mut progress = None;
        while timeout(PATIENCE, self.complete()).await.is_err() {
            let (now, is_under_way) = {
                let reading = self.reading.borrow();
                (reading.progress(), reading.is_under_way())
            };
            if is_under_way && progress == Some(now) {
                return;
            }
            progress = Some(now);
        }
    }

    /// Reads all these topics, each by a reader of its own, until `until` returns. `changed` is called as by [`Log::read_on`], once decisions
    /// are taken.
    async fn read(
        &self,
        client: &Arc<TopicClient>,
        tails: &mut [Tail],
        until: impl Future<Output = ()>,
        changed: &impl Fn(&str),
    ) -> Result<(), ReadError> {
        let all = tails.iter_mut().map(|tail| self.read_topic(client, tail, changed));
        tokio::select! {
            outcome = try_join_all(all) => outcome.map(drop),
            () = until => Ok(()),
        }
    }

    async fn read_topic(
        &self,
        client: &Arc<TopicClient>,
        tail: &mut Tail,
        changed: &impl Fn(&str),
    ) -> Result<(), ReadError> {
        let topic = tail.topic();
        let (reader, partitions) = tail.open(&self.kafka, client).await?;
        self.reading.send_modify(|reading| reading.expect(topic, partitions));
        loop {
            match reader.next().await? {
                Event::End { partition } => self.ended(topic, partition),
                Event::Record(record) => {
                    if let Some(key) = record.key() {
                        self.reading.send_if_modified(|reading| reading.pass(topic, key, record.partition()));
                    }
                    tail.passed(&record);
                    if let Some(id) = self.apply(topic, &record)
                        && self.is_caught_up()
                    {
                        changed(&id);
                    }
                }
            }
        }
    }

    /// Reads on forever; `changed` is called with the id of a delivery that must be reconciled.
    async fn read_on(&self, watch: &LogWatch, tails: &mut [Tail], changed: impl Fn(&str)) -> Result<(), ReadError> {
        let starts: Vec<_> = tails.iter().flat_map(|tail| tail.starts(&self.kafka)).collect();
        let reader = Reader::tail(&self.kafka, "operator-log", &starts)?;
        watch.add(&reader);
        loop {
            let Event::Record(record) = reader.next().await? else { continue };
            let Some(topic) = self.kafka.topics().topic(record.topic()) else { continue };
            tails.iter_mut().filter(|tail| tail.topic() == topic).for_each(|tail| tail.passed(&record));
            if let Some(id) = self.apply(topic, &record) {
                changed(&id);
            }
        }
    }

    /// Applies a record; returns the delivery that must be reconciled because of it. A record that cannot be read is counted and skipped.
    fn apply(&self, topic: Topic, record: &BorrowedMessage<'_>) -> Option<String> {
        let Some(key) = record.key().and_then(|key| std::str::from_utf8(key).ok()) else {
            self.metrics.unreadable(topic);
            return None;
        };
        let (value, at) = (record.payload(), record.timestamp().to_millis().unwrap_or_default());
        let changed = match topic {
            Topic::Plan => self.apply_plan(key, value, RecordMeta { at, trace: traceparent(record) }),
            Topic::State => self.apply_state(key, value, at),
            Topic::Erased => self.apply_erased(key, value).map(|()| false),
            _ => self.apply_route(key, value, at).map(|()| false),
        };
        match changed {
            Ok(changed) => changed.then(|| key.to_owned()),
            Err(error) => {
                self.metrics.unreadable(topic);
                tracing::warn!(key, topic = topic.name(), %error, "Skipped a record that cannot be decoded.");
                None
            }
        }
    }

    fn apply_plan(&self, key: &str, value: Option<&[u8]>, meta: RecordMeta) -> Result<bool, DecodeError> {
        if let Some(value) = value {
            return Ok(self.tables.plans.apply(decode::<Plan>(Topic::Plan, Some(value))?, meta));
        }
        if self.tables.plans.remove(key) {
            self.tables.tombstones.note(Topic::Plan, key, Instant::now());
        }
        Ok(false)
    }

    fn apply_state(&self, key: &str, value: Option<&[u8]>, at: Millis) -> Result<bool, DecodeError> {
        let state = value.map(|value| decode::<State>(Topic::State, Some(value))).transpose()?;
        let is_tombstone = state.is_none();
        let changed = self.tables.states.apply(key, state, at);
        if is_tombstone && changed {
            self.tables.tombstones.note(Topic::State, key, Instant::now());
        }
        Ok(changed)
    }

    fn apply_erased(&self, key: &str, value: Option<&[u8]>) -> Result<(), DecodeError> {
        let erased = value.map(|value| decode::<Erased>(Topic::Erased, Some(value))).transpose()?;
        self.tables.erased.apply(key, erased.is_some());
        Ok(())
    }

    fn apply_route(&self, key: &str, value: Option<&[u8]>, at: Millis) -> Result<(), DecodeError> {
        match value {
            Some(value) => {
                self.tables.catalogue.apply(key, &decode::<Route>(Topic::Catalogue, Some(value))?, Some(at));
            }
            None => drop(self.tables.catalogue.remove_unless(key, || false)),
        }
        Ok(())
    }
}

/// The trace context in the headers of a record, if it is valid.
pub(crate) fn traceparent(record: &BorrowedMessage<'_>) -> Option<String> {
    let headers = record.headers()?;
    let found = headers.iter().find(|header| header.key == TRACEPARENT_HEADER)?;
    std::str::from_utf8(found.value?).ok().filter(|text| trace::is_valid(text)).map(str::to_owned)
}

#[cfg(test)]
#[path = "tests/follow.rs"]
mod tests;
