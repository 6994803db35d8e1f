//! What is published: positions of some deliveries at a steady rate, through Kafka, and when each was due.
//!
//! Position `k` of a run is that of delivery `k mod deliveries`, so it is found from a delivery and a `seq` without a search.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use delivery_kafka::write::writer;
use delivery_kafka::{ConnectionError, KafkaConfig};
use delivery_messages::deliveries::plan::MODEL;
use delivery_messages::{Motion, NewPosition, Plan, PlanPhase, Route, State, StatePhase, Topic, encode};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::Header;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::positions::{Position, id};
use super::session::SUBJECT;

/// As the operator creates it.
const PARTITIONS: i32 = 6;
const FLUSH: Duration = Duration::from_secs(10);
/// The header in which Centrifugo finds the channel of a record.
pub(crate) const CHANNELS: &str = "centrifugo-channels";
const ROUTE: &str = "fanout";
const ORIGIN: [f64; 2] = [-47.929_23, -15.825_94];

/// The pace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How many deliveries the positions rotate through.
    pub deliveries: usize,
    /// Positions in a second, of all deliveries together.
    pub rate: u32,
    /// How many positions are due at the same moment.
    pub together: usize,
}

/// When each position was due, in nanoseconds since the start; 0: not yet.
#[derive(Debug)]
pub(crate) struct Due {
    began: Instant,
    deliveries: usize,
    at: Vec<AtomicU64>,
}

impl Due {
    /// None is due yet.
    pub(crate) fn new(deliveries: usize, positions: usize) -> Self {
        Self { began: Instant::now(), deliveries, at: (0..positions).map(|_| AtomicU64::new(0)).collect() }
    }

    /// A position's number in the run.
    pub(crate) fn number(&self, position: Position) -> Option<usize> {
        let number =
            usize::try_from(position.seq).ok()?.checked_mul(self.deliveries)?.checked_add(position.delivery)?;
        (position.delivery < self.deliveries && number < self.at.len()).then_some(number)
    }

    /// How long ago that position was due.
    pub(crate) fn age(&self, number: usize, now: Instant) -> Option<Duration> {
        let due = self.at.get(number)?.load(Ordering::Relaxed);
        (due > 0).then(|| (now - self.began).saturating_sub(Duration::from_nanos(due)))
    }

    fn set(&self, number: usize, at: Instant) {
        let nanos = u64::try_from((at - self.began).as_nanos()).unwrap_or(u64::MAX);
        if let Some(due) = self.at.get(number) {
            due.store(nanos, Ordering::Relaxed);
        }
    }
}

/// The topics of one run, and the positions in them.
pub(crate) struct Workload {
    pub(crate) kafka: KafkaConfig,
    pub(crate) due: Arc<Due>,
    /// Whether each position names a channel in a header.
    pub(crate) names_channel: bool,
    pace: Pace,
    producer: BaseProducer,
    admin: AdminClient<DefaultClientContext>,
}

impl Workload {
    /// Creates the topics and, as operator and simulator would, a route, the plans and the first states.
    ///
    /// # Errors
    /// When Kafka refuses.
    pub(crate) async fn new(kafka: KafkaConfig, pace: Pace, positions: usize) -> Result<Self> {
        let admin: AdminClient<DefaultClientContext> =
            kafka.client("bench")?.create().map_err(ConnectionError::from)?;
        let names = Topic::ALL.map(|topic| kafka.topic(topic));
        let count = |topic| if topic == Topic::NewPosition { PARTITIONS } else { 1 };
        let topics: Vec<_> = (Topic::ALL.iter().zip(&names))
            .map(|(topic, name)| NewTopic::new(name, count(*topic), TopicReplication::Fixed(1)))
            .collect();
        for created in admin.create_topics(&topics, &AdminOptions::new()).await? {
            created.map_err(|(topic, error)| anyhow::anyhow!("Kafka could not create {topic}: {error}"))?;
        }
        // Uncompressed, like the vehicle tracker's records: kafkajs does not support lz4.
        let producer: BaseProducer = writer::settings(&kafka, "bench")?
            .set("compression.type", "none")
            .create()
            .map_err(ConnectionError::from)?;
        let due = Arc::new(Due::new(pace.deliveries, positions));
        let workload = Self { kafka, due, names_channel: false, pace, producer, admin };
        workload.announce()?;
        Ok(workload)
    }

    /// Deletes the topics.
    ///
    /// # Errors
    /// When Kafka refuses.
    pub(crate) async fn end(&self) -> Result<()> {
        let names = Topic::ALL.map(|topic| self.kafka.topic(topic));
        self.admin.delete_topics(&names.each_ref().map(String::as_str), &AdminOptions::new()).await?;
        Ok(())
    }

    fn announce(&self) -> Result<()> {
        let now = jiff::Timestamp::now().as_millisecond();
        let path: Vec<_> = (0..100).map(|step| [ORIGIN[0] + f64::from(step) * 1e-4, ORIGIN[1]]).collect();
        let route = Route {
            id: "1".to_owned(),
            namespace: ROUTE.to_owned(),
            name: ROUTE.to_owned(),
            revision: ROUTE.to_owned(),
            version: 1,
            title: ROUTE.to_owned(),
            path,
            length_meters: 1000.0,
            listed: true,
        };
        self.send(Topic::Catalogue, &route.key(), &encode(&route)?)?;
        for delivery in 0..self.pace.deliveries {
            let id = id(delivery);
            self.send(Topic::Plan, &id, &encode(&self.plan(&id, &route, now))?)?;
            self.send(Topic::State, &id, &encode(&Self::state(&id, now))?)?;
        }
        Ok(self.producer.flush(FLUSH)?)
    }

    /// Publishes positions, each at its time, and returns when all are in Kafka.
    ///
    /// # Errors
    /// When Kafka refuses.
    pub(crate) fn publish(&self, numbers: Range<usize>) -> Result<()> {
        let began = Instant::now();
        let step = Duration::from_secs(1) / self.pace.rate;
        for (place, number) in numbers.enumerate() {
            // Positions that are due together are due when the first of them is.
            let due = began + step * u32::try_from(place / self.pace.together * self.pace.together)?;
            let wait = due.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                self.producer.poll(Duration::ZERO);
                thread::sleep(wait);
            }
            self.due.set(number, due);
            let (delivery, seq) = (number % self.pace.deliveries, number / self.pace.deliveries);
            let id = id(delivery);
            self.send(Topic::NewPosition, &id, &encode(&position(id.clone(), seq as u64))?)?;
        }
        Ok(self.producer.flush(FLUSH)?)
    }

    fn send(&self, topic: Topic, key: &str, value: &[u8]) -> Result<()> {
        let name = self.kafka.topic(topic);
        let mut headers = writer::headers();
        if self.names_channel && topic == Topic::NewPosition {
            headers = headers.insert(Header { key: CHANNELS, value: Some(SUBJECT) });
        }
        let record = BaseRecord::to(&name).key(key).payload(value).headers(headers);
        self.producer.send(record).map_err(|(error, _)| error).with_context(|| format!("a record for {name}"))
    }

    fn plan(&self, id: &str, route: &Route, now: i64) -> Plan {
        Plan {
            delivery_id: id.to_owned(),
            version: 2,
            phase: PlanPhase::Accepted,
            name: id.to_owned(),
            namespace: ROUTE.to_owned(),
            source: ROUTE.to_owned(),
            request_id: None,
            client_id: String::new(),
            route_id: route.id.clone(),
            route: route.key(),
            courier: "bench".to_owned(),
            vehicle: "motorcycle".to_owned(),
            // The slowest, so that no run comes to the end of the route.
            motion: Motion::ConstantSpeed { speed_kmh: 1 },
            interval_milliseconds: self.interval(),
            seed: 0,
            noise_meters: 0,
            model: MODEL,
            created_at: now,
            resumed_at: None,
            events: Vec::new(),
        }
    }

    fn state(id: &str, now: i64) -> State {
        State {
            delivery_id: id.to_owned(),
            version: State::version_of(-1, false),
            phase: StatePhase::Running,
            start: now,
            seq: -1,
            at: now,
            position: None,
            speed: 0.0,
            heading: 0.0,
            progress: 0.0,
            eta: now + 3_600_000,
            late_milliseconds: None,
            partition: delivery_messages::records::partitioner::partition(id.as_bytes(), PARTITIONS),
            offset: 0,
            reason: None,
            pod: None,
        }
    }

    /// Milliseconds from one position of a delivery to its next.
    fn interval(&self) -> u32 {
        u32::try_from(self.pace.deliveries).unwrap_or(u32::MAX).saturating_mul(1000) / self.pace.rate
    }
}

/// A position as a simulator writes it, in size and in fields.
fn position(delivery_id: String, seq: u64) -> NewPosition {
    let step = u32::try_from(seq % 10_000).unwrap_or_default();
    NewPosition {
        route_id: "1".to_owned(),
        client_id: String::new(),
        position: [ORIGIN[0] + f64::from(step) * 7e-7, ORIGIN[1] - f64::from(step) * 3e-7].map(rounded),
        finished: false,
        delivery_id,
        seq,
        at: jiff::Timestamp::now().as_millisecond(),
        speed: 8.33,
        heading: 112.6,
        progress: (f64::from(step) * 10.0).round() / 100_000.0,
    }
}

fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}
