//! Reads the log for `verify`: the thin shell around what [`super::facts`] and [`super::audit`] decide.
//!
//! The order matters. States first, then the ends of the positions are noted: so each position that a state speaks of lies
//! before those ends. Plans and routes last: so each position before the ends has its plan.

use super::audit::{Audit, Extent, Floor, Strangers};
use super::comparison::LogSide;
use super::facts::{Facts, Scope};
use super::index;
use super::report::{DeliveryReport, Summary};
use super::verdict::Record;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::log::{self, Log, Offsets};
use delivery_messages::{Millis, Plan, Route, State, Topic, decode};
use rdkafka::message::{BorrowedMessage, Message};
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// Where the index is asked, and how long it is waited for.
pub struct Sink {
    /// The way to the index.
    pub gateway: Gateway,
    /// How long what the sink has still to write is waited for.
    pub wait: Duration,
}

/// Verifies what is asked for, in the index too if there is a way to it.
///
/// # Errors
/// When Kafka cannot be read, a delivery that was named is nowhere in it, or the gateway has no answer.
pub async fn verify(log: &Log, scope: &Scope, sink: Option<&Sink>) -> Result<(Vec<DeliveryReport>, Summary), Error> {
    let mut facts = Facts::default();
    log.read_all(Topic::State, |record| keyed::<State>(Topic::State, record, |key, state| facts.state(key, state)))
        .await?;
    let offsets = log.offsets(Topic::NewPosition).await?;
    log.read_all(Topic::Plan, |record| keyed::<Plan>(Topic::Plan, record, |key, plan| facts.plan(key, plan))).await?;
    let wanted = facts.routes(scope);
    log.read_all(Topic::Catalogue, |record| {
        if log::key(record).is_some_and(|key| wanted.contains(key)) {
            keyed::<Route>(Topic::Catalogue, record, |key, route| facts.route(key, route.as_ref()));
        }
    })
    .await?;
    let missing = facts.missing(scope);
    let time = facts.read_from(scope);
    let (subjects, others, strangers) = facts.divide(scope);
    let nothing = subjects.is_empty() && matches!(&strangers, Strangers::Some(ids) if ids.is_empty());
    let extents = if nothing { BTreeMap::new() } else { extents(log, &offsets, time).await? };
    let parts = extents.iter().map(|(partition, extent)| (*partition, (extent.begin, extent.end))).collect();
    let mut audit = Audit::new(subjects, others, strangers, extents);
    if sink.is_some() {
        audit = audit.remembering();
    }
    log.read(Topic::NewPosition, &parts, |record| {
        audit.record(&Record {
            partition: record.partition(),
            offset: record.offset(),
            appended: log::appended(record),
            key: record.key().unwrap_or_default(),
            value: record.payload().unwrap_or_default(),
        });
    })
    .await?;
    let (mut reports, logs, mut summary) = audit.finish_remembering();
    if !scope.deliveries.is_empty() {
        // Who asks for some is not told of the others.
        summary.without_plan = 0;
    }
    let found = |asked: &String| reports.iter().any(|report| report.delivery_id == *asked);
    if let Some(unknown) = missing.iter().find(|asked| !found(asked)) {
        let place =
            scope.namespace.as_ref().map(|namespace| format!(" in the namespace {namespace}")).unwrap_or_default();
        return Err(Error::NotFound(format!(
            "The log knows no delivery {unknown}{place}; see kubectl get deliveries, or look in all namespaces with -A."
        )));
    }
    if let Some(Sink { gateway, wait }) = sink {
        let mut found = index::compare(gateway, without_erased(log, logs).await?, *wait).await?;
        for report in &mut reports {
            report.sink = found.remove(&report.delivery_id);
        }
    }
    for report in &reports {
        summary.add(report);
    }
    Ok((reports, summary))
}

/// Marks the deliveries that are to be forgotten. An installation of an earlier release has no list of them.
async fn without_erased(log: &Log, mut logs: HashMap<String, LogSide>) -> Result<HashMap<String, LogSide>, Error> {
    let read = log.read_all(Topic::Erased, |record| {
        if let Some(log) = log::key(record).and_then(|id| logs.get_mut(id)) {
            log.erased = record.payload().is_some();
        }
    });
    match read.await {
        Err(Error::NoTopic { .. }) | Ok(()) => Ok(logs),
        Err(error) => Err(error),
    }
}

/// Gives a record with its key to `take`: the message, or none for a tombstone. What is neither is passed over, as all
/// readers do.
fn keyed<T: DeserializeOwned>(topic: Topic, record: &BorrowedMessage<'_>, take: impl FnOnce(&str, Option<T>)) {
    let Some(key) = log::key(record) else { return };
    match record.payload() {
        None => take(key, None),
        Some(value) => {
            if let Ok(message) = decode(topic, Some(value)) {
                take(key, Some(message));
            }
        }
    }
}

/// Which part of each partition is read: all up to its end, or what the broker got from `time` on.
async fn extents(
    log: &Log,
    offsets: &BTreeMap<i32, Offsets>,
    time: Option<Millis>,
) -> Result<BTreeMap<i32, Extent>, Error> {
    let begins = match time {
        Some(time) => log.offsets_at(Topic::NewPosition, offsets.keys().copied(), time).await?,
        None => BTreeMap::new(),
    };
    Ok(offsets
        .iter()
        .map(|(partition, offsets)| {
            let begin = time.map(|time| (time, begins.get(partition).copied().flatten()));
            (*partition, extent(*offsets, begin))
        })
        .collect())
}

/// `begin`: a time, and the first offset that the broker got then or later, if there is one.
fn extent(Offsets { low, high }: Offsets, begin: Option<(Millis, Option<i64>)>) -> Extent {
    match begin {
        Some((time, offset)) if offset.is_none_or(|offset| offset > low) => {
            Extent { begin: offset.unwrap_or(high), end: high, floor: Floor::Since(time) }
        }
        _ if low == 0 => Extent { begin: 0, end: high, floor: Floor::Since(Millis::MIN) },
        _ => Extent { begin: low, end: high, floor: Floor::FirstRecord },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_known_to_be_whole_from_a_time_on() {
        let (whole, cut) = (Offsets { low: 0, high: 90 }, Offsets { low: 40, high: 90 });
        let extent_of = |begin, floor| Extent { begin, end: 90, floor };
        assert_eq!(extent(whole, None), extent_of(0, Floor::Since(Millis::MIN)));
        assert_eq!(extent(cut, None), extent_of(40, Floor::FirstRecord));
        assert_eq!(extent(whole, Some((7, Some(0)))), extent_of(0, Floor::Since(Millis::MIN)));
        assert_eq!(extent(whole, Some((7, Some(60)))), extent_of(60, Floor::Since(7)));
        assert_eq!(extent(cut, Some((7, Some(60)))), extent_of(60, Floor::Since(7)));
        assert_eq!(extent(cut, Some((7, Some(40)))), extent_of(40, Floor::FirstRecord), "older ones may be gone");
        assert_eq!(extent(cut, Some((7, None))), extent_of(90, Floor::Since(7)), "all are older than what is asked");
    }
}
