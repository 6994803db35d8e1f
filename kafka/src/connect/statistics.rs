//! What the clients of this process report of the brokers: which of them answer, how soon, and how many records are in the clients' queues.
//!
//! A client reports every few seconds if it was made with [`enable`] and has our [`crate::connect::context`]. How it is exported is left to the
//! services.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use serde::Deserialize;

/// How often a client reports, milliseconds. A report names every partition of every topic, and costs a quiet client more than anything else
/// that it does; metrics are rarely collected more often.
const EVERY: &str = "10000";
/// How long a report counts: two of them, and some. A client that has ended, or that nobody reads from, reports no more.
const VALID: Duration = Duration::from_secs(26);

/// The last report of each client, by the client's name, and when it came.
static REPORTS: Mutex<BTreeMap<String, (Statistics, Instant)>> = Mutex::new(BTreeMap::new());

/// What the clients report, taken together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// The brokers that a client has tried to reach, by their ids.
    pub brokers: BTreeMap<i32, BrokerState>,
    /// Records that were fetched and not taken yet, and those that are to be sent or not confirmed yet.
    pub queued: u64,
}

/// A broker, as the clients see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokerState {
    /// Whether a client is connected to it.
    pub is_up: bool,
    /// The mean time of its requests since the report before; of the client for which it was least. None: there was no request.
    pub round_trip: Option<Duration>,
}

/// The part of librdkafka's report that is used.
#[derive(Debug, Deserialize)]
struct Report {
    name: String,
    #[serde(default)]
    msg_cnt: u64,
    #[serde(default)]
    brokers: HashMap<String, ReportedBroker>,
    #[serde(default)]
    topics: HashMap<String, ReportedTopic>,
}

#[derive(Debug, Deserialize)]
struct ReportedBroker {
    nodeid: i32,
    state: String,
    #[serde(default)]
    rtt: Window,
}

/// Times, microseconds.
#[derive(Debug, Default, Deserialize)]
struct Window {
    avg: i64,
    cnt: i64,
}

#[derive(Debug, Deserialize)]
struct ReportedTopic {
    #[serde(default)]
    partitions: HashMap<String, ReportedPartition>,
}

#[derive(Debug, Deserialize)]
struct ReportedPartition {
    #[serde(default)]
    fetchq_cnt: u64,
}

/// Has a client report. For one that lives as long as the process; its context must be [`crate::connect::context::Context`].
pub fn enable(settings: &mut ClientConfig) {
    settings.set("statistics.interval.ms", EVERY);
}

/// What the clients have reported lately.
#[must_use]
pub fn latest() -> Statistics {
    let mut reports = REPORTS.lock().unwrap_or_else(PoisonError::into_inner);
    reports.retain(|_, (_, at)| at.elapsed() < VALID);
    together(reports.values().map(|(statistics, _)| statistics))
}

/// Notes a client's report, JSON as in librdkafka's STATISTICS.md.
pub(crate) fn note(report: &[u8]) {
    match serde_json::from_slice::<Report>(report) {
        Ok(report) => {
            let (name, statistics) = read(report);
            let mut reports = REPORTS.lock().unwrap_or_else(PoisonError::into_inner);
            reports.insert(name, (statistics, Instant::now()));
        }
        Err(error) => tracing::debug!(%error, "Cannot read the statistics of a Kafka client."),
    }
}

/// The client's name, and what it reports.
fn read(report: Report) -> (String, Statistics) {
    let fetched = report.topics.values().flat_map(|topic| topic.partitions.values()).map(|one| one.fetchq_cnt);
    let mut statistics = Statistics { brokers: BTreeMap::new(), queued: report.msg_cnt + fetched.sum::<u64>() };
    // A bootstrap address has no id, and a broker that the client does not need is never connected to.
    let tried = report.brokers.into_values().filter(|broker| broker.nodeid >= 0 && broker.state != "INIT");
    for ReportedBroker { nodeid, state, rtt } in tried {
        let round_trip = u64::try_from(rtt.avg).ok().filter(|_| rtt.cnt > 0).map(Duration::from_micros);
        let seen = BrokerState { is_up: matches!(state.as_str(), "UP" | "UPDATE"), round_trip };
        add(&mut statistics, nodeid, seen);
    }
    (report.name, statistics)
}

fn together<'a>(all: impl Iterator<Item = &'a Statistics>) -> Statistics {
    let mut sum = Statistics::default();
    for one in all {
        sum.queued += one.queued;
        for (broker, seen) in &one.brokers {
            add(&mut sum, *broker, *seen);
        }
    }
    sum
}

/// Adds what one connection to a broker says.
fn add(statistics: &mut Statistics, broker: i32, seen: BrokerState) {
    let known = statistics.brokers.entry(broker).or_insert(seen);
    known.is_up |= seen.is_up;
    known.round_trip = known.round_trip.into_iter().chain(seen.round_trip).min();
}

#[cfg(test)]
#[path = "tests/statistics.rs"]
mod tests;
