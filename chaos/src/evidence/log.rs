//! What the log contains at the end: the verdict on every delivery, and how each ended, recomputed from its plan.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use delivery_e2e::http;
use delivery_messages::{Plan, Route, State, StatePhase, Topic, decode};
use delivery_verify::audit::Audit;
use delivery_verify::comparison::LogSide;
use delivery_verify::facts::{Facts, Scope};
use delivery_verify::index::{EXTENT_PATH, IndexCheck, IndexExtent};
use delivery_verify::judge::PositionRecord;
use delivery_verify::report::{DeliveryReport, SinkReport, SinkVerdict, Verdict};
use delivery_verify::subject;
use hyper::{Method, StatusCode};
use rdkafka::Timestamp;
use rdkafka::message::{BorrowedMessage, Message};
use serde::de::DeserializeOwned;

use super::kafka;
use crate::client::ledger::{ExpectedEnd, Fix, coordinates};
use crate::setting::Setting;

/// How long to wait for what the sink has yet to write.
const INDEXING: Duration = Duration::from_mins(3);
/// How long the index may be unavailable.
const PATIENCE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_secs(1);

/// What the log alone shows about a run's deliveries.
pub(crate) struct LogEvidence {
    /// By delivery id.
    pub(crate) reports: BTreeMap<String, DeliveryReport>,
    /// By delivery id; only those that can be recomputed.
    pub(crate) ends: HashMap<String, ExpectedEnd>,
    /// By request id: the deliveries that it became.
    pub(crate) requested: HashMap<String, HashSet<String>>,
}

/// The ids of this run's deliveries that have not finished according to the log.
pub(crate) async fn unfinished(setting: &Setting, expected: &HashSet<String>) -> Result<HashSet<String>> {
    let facts = facts(setting).await?;
    let finished = |id: &String| facts.states.get(id).is_some_and(|state| state.phase == StatePhase::Finished);
    Ok(facts.plans.keys().chain(expected).filter(|id| !finished(id)).cloned().collect())
}

/// Reads the log.
pub(crate) async fn read(setting: &Setting) -> Result<LogEvidence> {
    let facts = facts(setting).await?;
    let mut ends = HashMap::new();
    let mut requested: HashMap<String, HashSet<String>> = HashMap::new();
    for (id, plan) in &facts.plans {
        let path = facts.paths.get(&plan.route).cloned();
        if let Some(Ok(path)) = path
            && let Ok(drive) = subject::drive(plan, path)
        {
            let seq = drive.last_seq();
            let at = facts.states.get(id).map_or(i64::MIN, |state| state.at);
            ends.insert(
                id.clone(),
                ExpectedEnd { last: Fix { seq, coordinates: coordinates(drive.fix(seq).position) }, at },
            );
        }
        if let Some(request) = &plan.request_id {
            requested.entry(request.clone()).or_default().insert(id.clone());
        }
    }
    let scope = Scope { namespace: None, deliveries: facts.plans.keys().cloned().collect(), since: None };
    let (reports, _) = verify(setting, facts, &scope).await.context("verify")?;
    let reports = reports.into_iter().map(|report| (report.delivery_id.clone(), report)).collect();
    Ok(LogEvidence { reports, ends, requested })
}

/// Judges the deliveries of the scope by the log; also returns the log's side of a comparison with an index.
async fn verify(
    setting: &Setting,
    facts: Facts,
    scope: &Scope,
) -> Result<(Vec<DeliveryReport>, HashMap<String, LogSide>)> {
    let ranges = kafka::ranges(&setting.kafka, Topic::NewPosition, facts.read_from(scope)).await?;
    let mut audit = Audit::new(facts.select(scope), ranges.clone()).with_fingerprints();
    kafka::read_ranges(&setting.kafka, Topic::NewPosition, &ranges, |record| {
        audit.record(&PositionRecord {
            partition: record.partition(),
            offset: record.offset(),
            appended: match record.timestamp() {
                Timestamp::LogAppendTime(time) => Some(time),
                Timestamp::CreateTime(_) | Timestamp::NotAvailable => None,
            },
            key: record.key().unwrap_or_default(),
            value: record.payload().unwrap_or_default(),
        });
    })
    .await?;
    let (reports, logs, _) = audit.finish_with_fingerprints();
    Ok((reports, logs))
}

/// Compares the index with the log: how many positions of these deliveries it has, and what differs. Waits for what the
/// sink has yet to write.
pub(crate) async fn index(setting: &Setting, expected: &HashSet<String>) -> Result<(u64, Vec<String>)> {
    let scope = Scope { namespace: None, deliveries: expected.iter().cloned().collect(), since: None };
    let (mut reports, logs) = verify(setting, facts(setting).await?, &scope).await?;
    let mut found = compare(setting, logs).await?;
    for report in &mut reports {
        report.sink = found.remove(&report.delivery_id);
    }
    let indexed = reports.iter().filter_map(|report| report.sink.as_ref()).map(|sink| sink.indexed).sum();
    let objection = |report: &DeliveryReport| match &report.sink {
        None => Some(format!("{}: the index was not queried", report.delivery_id)),
        Some(sink) if sink.verdict == SinkVerdict::Same => None,
        Some(sink) => {
            let fault = sink.faults.first().map(|fault| format!(", seq {} {}", fault.seq, fault.problem));
            let SinkReport { indexed, missing, doubled, different, extra, verdict, .. } = sink;
            Some(format!(
                "{}: {verdict}: {indexed} indexed, {missing} missing, {doubled} doubled, {different} different, {extra} extra{}",
                report.delivery_id,
                fault.unwrap_or_default()
            ))
        }
    };
    let known: HashSet<_> = reports.iter().map(|report| &report.delivery_id).collect();
    let unknown = expected.iter().filter(|id| !known.contains(id)).map(|id| format!("{id}: it is not in the log"));
    Ok((indexed, reports.iter().filter_map(objection).chain(unknown).collect()))
}

/// Reads the index until it has everything that the log has, or the time is over.
async fn compare(setting: &Setting, logs: HashMap<String, LogSide>) -> Result<HashMap<String, SinkReport>> {
    let deadline = Instant::now() + INDEXING;
    let extent: IndexExtent = get(setting, EXTENT_PATH).await?;
    let mut open: Vec<_> = logs.into_iter().map(|(id, log)| IndexCheck::new(id, log, extent)).collect();
    let mut closed = Vec::new();
    loop {
        for check in &mut open {
            while check.take(get(setting, &check.path()).await?) {}
        }
        let (still_open, done): (Vec<_>, Vec<_>) = open.into_iter().partition(IndexCheck::is_open);
        closed.extend(done);
        open = still_open;
        if open.is_empty() || Instant::now() >= deadline {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        open.iter_mut().for_each(IndexCheck::restart);
    }
    Ok(closed.into_iter().chain(open).map(IndexCheck::report).collect())
}

/// Reads a path of the gateway; repeats the request while the gateway answers 503.
async fn get<T: DeserializeOwned>(setting: &Setting, path: &str) -> Result<T> {
    let url = format!("http://{}{path}", setting.gateway);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (status, body) = http::ask(Method::GET, &url, None).await?;
        if status == StatusCode::SERVICE_UNAVAILABLE && Instant::now() < deadline {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        ensure!(status == StatusCode::OK, "the gateway answers {path} with {status}: {body}");
        return Ok(serde_json::from_value(body)?);
    }
}

/// The plans, states and routes of this run.
async fn facts(setting: &Setting) -> Result<Facts> {
    let kafka = &setting.kafka;
    let mut facts = Facts::default();
    kafka::read_all(kafka, Topic::Plan, |record| {
        if let (Some(key), Ok(plan)) = (key(record), decode::<Plan>(Topic::Plan, record.payload()))
            && plan.route_id.starts_with(&setting.run)
        {
            facts.plan(key, Some(plan));
        }
    })
    .await?;
    kafka::read_all(kafka, Topic::State, |record| {
        if let (Some(key), Ok(state)) = (key(record), decode::<State>(Topic::State, record.payload()))
            && facts.plans.contains_key(key)
        {
            facts.state(key, Some(state));
        }
    })
    .await?;
    kafka::read_all(kafka, Topic::Catalogue, |record| {
        if let (Some(key), Ok(route)) = (key(record), decode::<Route>(Topic::Catalogue, record.payload()))
            && route.id.starts_with(&setting.run)
        {
            facts.route(key, Some(&route));
        }
    })
    .await?;
    Ok(facts)
}

fn key<'a>(record: &'a BorrowedMessage<'_>) -> Option<&'a str> {
    record.key().and_then(|key| std::str::from_utf8(key).ok())
}

/// Why a delivery is not complete; none if it is.
pub(crate) fn objection(report: Option<&DeliveryReport>) -> Option<String> {
    let Some(report) = report else { return Some("the log contains nothing about it".to_owned()) };
    if report.verdict == Verdict::Complete {
        return None;
    }
    let fault = report.faults.first().map(|fault| {
        format!(
            ", {} at {}/{}: expected {}, found {}",
            fault.problem, fault.partition, fault.offset, fault.expected, fault.found
        )
    });
    let reason = report.reason.as_ref().map(|reason| format!(", {reason}"));
    Some(format!("{}{}{}", report.verdict, reason.unwrap_or_default(), fault.unwrap_or_default()))
}
