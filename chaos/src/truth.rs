//! What the log holds in the end: the verdict of `verify` on every delivery, and how each ended, recomputed from its plan.

use crate::ledger::{Shown, Truth, place};
use crate::setting::Setting;
use anyhow::{Context, Result};
use delivery_kubectl::gateway::GatewayArguments;
use delivery_kubectl::log::{self, Log};
use delivery_kubectl::verify::facts::{Facts, Scope};
use delivery_kubectl::verify::read;
use delivery_kubectl::verify::report::{DeliveryReport, SinkReport, SinkVerdict, Verdict};
use delivery_kubectl::verify::subject;
use delivery_messages::{Plan, Route, State, StatePhase, Topic, decode};
use rdkafka::message::Message;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

/// How long what the sink has still to write is waited for.
const INDEXING: Duration = Duration::from_mins(1);

/// What is known of a run's deliveries from the log alone.
pub(crate) struct Record {
    /// By delivery id.
    pub(crate) reports: BTreeMap<String, DeliveryReport>,
    /// By delivery id; only those that can be recomputed.
    pub(crate) ends: HashMap<String, Truth>,
    /// By request id, the deliveries that it became.
    pub(crate) requested: HashMap<String, HashSet<String>>,
}

/// The ids of this run's deliveries that have not finished, by the log.
pub(crate) async fn unfinished(setting: &Setting, expected: &HashSet<String>) -> Result<HashSet<String>> {
    let facts = facts(setting).await?;
    let finished = |id: &String| facts.states.get(id).is_some_and(|state| state.phase == StatePhase::Finished);
    Ok(facts.plans.keys().chain(expected).filter(|id| !finished(id)).cloned().collect())
}

/// Reads the log.
pub(crate) async fn read(setting: &Setting) -> Result<Record> {
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
            ends.insert(id.clone(), Truth { last: Shown { seq, place: place(drive.fix(seq).position) }, at });
        }
        if let Some(request) = &plan.request_id {
            requested.entry(request.clone()).or_default().insert(id.clone());
        }
    }
    let scope = Scope { namespace: None, deliveries: facts.plans.keys().cloned().collect(), since: None };
    let (reports, _) = read::verify(&Log::new(setting.kafka.clone())?, &scope, None).await.context("verify")?;
    let reports = reports.into_iter().map(|report| (report.delivery_id.clone(), report)).collect();
    Ok(Record { reports, ends, requested })
}

/// What `verify --sink` says of the index: how many positions it has of these deliveries, and what is not as in the log. It waits for
/// what is still to be written.
pub(crate) async fn index(setting: &Setting, expected: &HashSet<String>) -> Result<(u64, Vec<String>)> {
    let scope = Scope { namespace: None, deliveries: expected.iter().cloned().collect(), since: None };
    let gateway = GatewayArguments { gateway: Some(format!("http://{}", setting.gateway)) }.typed()?;
    let sink = read::Sink { gateway, wait: INDEXING };
    let (reports, _) = read::verify(&Log::new(setting.kafka.clone())?, &scope, Some(&sink)).await?;
    let indexed = reports.iter().filter_map(|report| report.sink.as_ref()).map(|sink| sink.indexed).sum();
    let objection = |report: &DeliveryReport| match &report.sink {
        None => Some(format!("{}: the index was not asked", report.delivery_id)),
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
    Ok((indexed, reports.iter().filter_map(objection).collect()))
}

/// The plans, states and routes of this run.
async fn facts(setting: &Setting) -> Result<Facts> {
    let log = Log::new(setting.kafka.clone())?;
    let mut facts = Facts::default();
    log.read_all(Topic::Plan, |record| {
        if let (Some(key), Ok(plan)) = (log::key(record), decode::<Plan>(Topic::Plan, record.payload()))
            && plan.route_id.starts_with(&setting.run)
        {
            facts.plan(key, Some(plan));
        }
    })
    .await?;
    log.read_all(Topic::State, |record| {
        if let (Some(key), Ok(state)) = (log::key(record), decode::<State>(Topic::State, record.payload()))
            && facts.plans.contains_key(key)
        {
            facts.state(key, Some(state));
        }
    })
    .await?;
    log.read_all(Topic::Catalogue, |record| {
        if let (Some(key), Ok(route)) = (log::key(record), decode::<Route>(Topic::Catalogue, record.payload()))
            && route.id.starts_with(&setting.run)
        {
            facts.route(key, Some(&route));
        }
    })
    .await?;
    Ok(facts)
}

/// What `verify` says against a delivery; none when it is complete.
pub(crate) fn objection(report: Option<&DeliveryReport>) -> Option<String> {
    let Some(report) = report else { return Some("the log knows nothing of it".to_owned()) };
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
