//! Reads the log for `verify`.
//!
//! The order matters. States come first, then the ends of the positions are recorded, so each position that a state mentions
//! is before those ends. Plans and routes come last, so each position before the ends has its plan.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use delivery_kafka::Bounds;
use delivery_messages::{Millis, Plan, Route, State, Topic, decode};
use delivery_verify::audit::{Audit, PartitionRange};
use delivery_verify::comparison::LogSide;
use delivery_verify::facts::{Facts, Scope};
use delivery_verify::judge::PositionRecord;
use delivery_verify::report::{DeliveryReport, Summary};
use rdkafka::message::{BorrowedMessage, Message};
use serde::de::DeserializeOwned;

use super::index;
use crate::base::{Error, Problem};
use crate::cluster::server::Server;
use crate::log::reader::{self, LogError, LogReader};

/// How the index is read.
pub(crate) struct IndexAccess {
    pub(crate) gateway: Server,
    /// How long to wait for what the sink has yet to write.
    pub(crate) wait: Duration,
}

/// A requested delivery that the log does not contain.
#[derive(Debug, thiserror::Error)]
#[error(
    "The log contains no delivery {delivery}{}; see kubectl get deliveries, or search all namespaces with -A.",
    namespace.as_ref().map(|namespace| format!(" in the namespace {namespace}")).unwrap_or_default()
)]
struct NotInLog {
    delivery: String,
    namespace: Option<String>,
}

impl Problem for NotInLog {
    fn reason(&self) -> &'static str {
        "NotFound"
    }
}

/// Verifies the deliveries of the scope, and compares them with the index if there is access to it.
pub(crate) async fn verify(
    log: &LogReader,
    scope: &Scope,
    index: Option<&IndexAccess>,
) -> Result<(Vec<DeliveryReport>, Summary), Error> {
    let mut facts = Facts::default();
    log.read_all(Topic::State, |record| keyed::<State>(Topic::State, record, |key, state| facts.state(key, state)))
        .await?;
    let offsets = log.bounds(Topic::NewPosition).await?;
    log.read_all(Topic::Plan, |record| keyed::<Plan>(Topic::Plan, record, |key, plan| facts.plan(key, plan))).await?;
    let routes = facts.routes(scope);
    log.read_all(Topic::Catalogue, |record| {
        if reader::key(record).is_some_and(|key| routes.contains(key)) {
            keyed::<Route>(Topic::Catalogue, record, |key, route| facts.route(key, route.as_ref()));
        }
    })
    .await?;
    let missing = facts.missing(scope);
    let time = facts.read_from(scope);
    let selection = facts.select(scope);
    let ranges = if selection.is_empty() { BTreeMap::new() } else { ranges(log, &offsets, time).await? };
    let bounds = ranges.iter().map(|(partition, range)| (*partition, (range.begin, range.end))).collect();
    let mut audit = Audit::new(selection, ranges);
    if index.is_some() {
        audit = audit.with_fingerprints();
    }
    log.read(Topic::NewPosition, &bounds, |record| {
        audit.record(&PositionRecord {
            partition: record.partition(),
            offset: record.offset(),
            appended: reader::appended(record),
            key: record.key().unwrap_or_default(),
            value: record.payload().unwrap_or_default(),
        });
    })
    .await?;
    let (mut reports, logs, mut summary) = audit.finish_with_fingerprints();
    if !scope.deliveries.is_empty() {
        // Others are of no interest if some were requested by name.
        summary.without_plan = 0;
    }
    let found = |id: &String| reports.iter().any(|report| report.delivery_id == *id);
    if let Some(unknown) = missing.iter().find(|requested| !found(requested)) {
        return Err(NotInLog { delivery: unknown.clone(), namespace: scope.namespace.clone() }.into());
    }
    if let Some(IndexAccess { gateway, wait }) = index {
        let mut found = index::compare(gateway, mark_erased(log, logs).await?, *wait).await?;
        for report in &mut reports {
            report.sink = found.remove(&report.delivery_id);
        }
    }
    for report in &reports {
        summary.add(report);
    }
    Ok((reports, summary))
}

/// Marks the deliveries on the list of erased ids, which an installation of an earlier release does not have.
async fn mark_erased(
    log: &LogReader,
    mut logs: HashMap<String, LogSide>,
) -> Result<HashMap<String, LogSide>, LogError> {
    let read = log.read_all(Topic::Erased, |record| {
        if let Some(log) = reader::key(record).and_then(|id| logs.get_mut(id)) {
            log.erased = record.payload().is_some();
        }
    });
    match read.await {
        Err(LogError::NoTopic { .. }) | Ok(()) => Ok(logs),
        Err(error) => Err(error),
    }
}

/// Passes a record's key and message to `take`; no message is a tombstone. Other records are skipped, as every reader does.
fn keyed<T: DeserializeOwned>(topic: Topic, record: &BorrowedMessage<'_>, take: impl FnOnce(&str, Option<T>)) {
    let Some(key) = reader::key(record) else { return };
    match record.payload() {
        None => take(key, None),
        Some(value) => {
            if let Ok(message) = decode(topic, Some(value)) {
                take(key, Some(message));
            }
        }
    }
}

/// The range to read of each partition: everything, or what the broker appended from `time` on.
async fn ranges(
    log: &LogReader,
    offsets: &BTreeMap<i32, Bounds>,
    time: Option<Millis>,
) -> Result<BTreeMap<i32, PartitionRange>, LogError> {
    let begins = match time {
        Some(time) => log.offsets_at(Topic::NewPosition, offsets.keys().copied(), time).await?,
        None => BTreeMap::new(),
    };
    let range = |(partition, Bounds { low, high }): (&i32, &Bounds)| {
        let from = time.map(|time| (time, begins.get(partition).copied().flatten()));
        (*partition, PartitionRange::new(*low, *high, from))
    };
    Ok(offsets.iter().map(range).collect())
}
