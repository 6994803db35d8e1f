//! Compares the evidence with the promises. Pure: all evidence is given to it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use mongodb::bson::Document;
use serde::Serialize;

use crate::client::ledger::{ExpectedEnd, Ledger, Mode};
use crate::evidence::delivery_store;
use crate::evidence::log::{self, LogEvidence};
use crate::evidence::pods::PodRegistry;
use crate::faults::trial::Trial;

/// How many violations of a promise are printed.
const MAX_PRINTED: usize = 5;
/// With three brokers, no partition may be silent for longer when a leader is killed.
pub(crate) const NOTHING_STOPS: Duration = Duration::from_secs(15);

/// One promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Promise {
    /// What was promised.
    #[serde(rename = "promise")]
    pub(crate) sentence: String,
    /// Whether it was kept; absent: it could not be tested.
    pub(crate) kept: Option<bool>,
    /// What it was tested on, or why it could not be.
    pub(crate) tried_on: String,
    /// The number of violations.
    pub(crate) broken_by: usize,
    /// The first of them.
    pub(crate) facts: Vec<String>,
}

impl Promise {
    /// It was tested, with these violations.
    #[must_use]
    pub(crate) fn tried(sentence: &str, tried_on: String, mut facts: Vec<String>) -> Self {
        let broken_by = facts.len();
        facts.truncate(MAX_PRINTED);
        Self { sentence: sentence.to_owned(), kept: Some(broken_by == 0), tried_on, broken_by, facts }
    }

    /// It could not be tested.
    #[must_use]
    pub(crate) fn untried(sentence: &str, reason: &str) -> Self {
        let (sentence, tried_on) = (sentence.to_owned(), reason.to_owned());
        Self { sentence, kept: None, tried_on, broken_by: 0, facts: Vec::new() }
    }
}

/// `verify` is complete for every delivery.
pub(crate) fn complete(expected: &HashSet<String>, evidence: &LogEvidence) -> Promise {
    let mut facts: Vec<String> =
        expected.iter().filter_map(|id| Some(format!("{id}: {}", log::objection(evidence.reports.get(id))?))).collect();
    facts.sort();
    let positions: u64 = evidence.reports.values().map(|report| report.positions).sum();
    let repeats: u64 = evidence.reports.values().map(|report| report.repeats).sum();
    let caught_up: u64 = evidence.reports.values().map(|report| report.caught_up).sum();
    Promise::tried(
        "verify is complete for every delivery",
        format!("{} deliveries, {positions} positions ({caught_up} caught up, {repeats} repeated)", expected.len()),
        facts,
    )
}

/// What the clients of a mode received.
pub(crate) fn received<'a>(
    mode: Mode,
    ledgers: impl Iterator<Item = (usize, &'a Ledger)>,
    expected: &HashSet<String>,
    ends: &HashMap<String, ExpectedEnd>,
) -> Promise {
    let (mut facts, mut clients, mut positions) = (Vec::new(), 0, 0);
    for (number, ledger) in ledgers {
        clients += 1;
        positions += ledger.positions();
        let (violations, others) = ledger.violations();
        // Only deliveries of this run count.
        let ours = violations
            .iter()
            .filter(|violation| violation.delivery.is_empty() || expected.contains(&*violation.delivery));
        facts.extend(ours.map(|violation| format!("client {number}: {}: {}", violation.delivery, violation.problem)));
        if others > 0 {
            facts.push(format!("client {number}: {others} more violations"));
        }
        let lacks = expected.iter().filter_map(|id| Some((id, ledger.lacks(id, ends.get(id)?)?)));
        let mut lacks: Vec<_> = lacks.map(|(id, problem)| format!("client {number}: {id}: {problem}")).collect();
        lacks.sort();
        facts.extend(lacks);
    }
    let promise = match mode {
        Mode::All => "every client in the mode all has every seq once and in order, and every final phase",
        Mode::Latest => "every client in the mode latest has every final phase and the true last position",
    };
    if clients == 0 {
        return Promise::untried(promise, "there was no such client");
    }
    Promise::tried(promise, format!("{clients} clients, {positions} positions"), facts)
}

/// MongoDB agrees with the log.
pub(crate) fn agrees(
    documents: Option<&HashMap<String, Document>>,
    expected: &HashSet<String>,
    ends: &HashMap<String, ExpectedEnd>,
) -> Promise {
    let promise = "MongoDB agrees with the log";
    let Some(documents) = documents else { return Promise::untried(promise, "this installation has no MongoDB") };
    let objections = expected
        .iter()
        .filter_map(|id| Some(format!("{id}: {}", delivery_store::objection(documents.get(id), ends.get(id)?)?)));
    let mut facts: Vec<_> = objections.collect();
    facts.sort();
    Promise::tried(promise, format!("{} documents", documents.len()), facts)
}

/// Each start request became exactly one delivery: in the log, while it ran and in the end, and as an object.
pub(crate) fn once(
    requests: &[String],
    failures: Vec<String>,
    in_log: &HashMap<String, HashSet<String>>,
    seen: &HashMap<String, HashSet<String>>,
    objects: &HashMap<String, Vec<String>>,
) -> Promise {
    let mut facts = failures;
    for request in requests {
        let none = HashSet::new();
        let became: HashSet<_> =
            in_log.get(request).unwrap_or(&none).union(seen.get(request).unwrap_or(&none)).collect();
        let names = objects.get(request).cloned().unwrap_or_default();
        if became.len() != 1 || names.len() != 1 {
            facts.push(format!("{request} became {} deliveries in the log, and the objects {names:?}", became.len()));
        }
    }
    for request in objects.keys().filter(|request| !requests.contains(request)) {
        facts.push(format!("the request {request} was never sent, but became a delivery"));
    }
    Promise::tried("each start request became exactly one delivery", format!("{} requests", requests.len()), facts)
}

/// Never two running pods of a delivery, nor two pods of an attempt.
pub(crate) fn pods(registry: &PodRegistry) -> Promise {
    let (deliveries, pods, restarts, violations) = registry.sum();
    let tried_on = format!("{deliveries} deliveries, {pods} pods, {restarts} container restarts");
    Promise::tried("no delivery ever had two running pods, and no attempt a second pod", tried_on, violations.to_vec())
}

/// With three brokers: no partition stopped when a leader was killed.
pub(crate) fn nothing_stopped(silences: &[(String, BTreeMap<i32, Duration>)]) -> Promise {
    let longest = silences.iter().flat_map(|(_, found)| found.values()).max().copied().unwrap_or_default();
    let facts = silences.iter().flat_map(|(step, found)| {
        let long = found.iter().filter(|(_, silence)| **silence > NOTHING_STOPS);
        long.map(move |(partition, silence)| {
            format!("{step}: partition {partition} was silent for {:.1} s", silence.as_secs_f64())
        })
    });
    Promise::tried(
        "no partition stops when a leader is killed",
        format!("{} leaders, the longest silence {:.1} s", silences.len(), longest.as_secs_f64()),
        facts.collect(),
    )
}

/// Every step was carried out; `missed` are the others, each with the reason.
pub(crate) fn carried_out(steps: usize, missed: Vec<String>) -> Promise {
    Promise::tried("every step of the schedule was carried out", format!("{steps} steps"), missed)
}

/// The promise of a fault: nothing of what it showed, each time at so many seconds since the run began, was otherwise than expected.
pub(crate) fn trials(promise: &str, trials: &[(f64, Trial)]) -> Promise {
    let facts = trials.iter().flat_map(|(at, trial)| {
        trial.objections().into_iter().map(move |objection| format!("at {at:.0} s: {objection}"))
    });
    let summaries: Vec<_> =
        trials.iter().map(|(_, trial)| trial.summary()).filter(|summary| !summary.is_empty()).collect();
    Promise::tried(promise, summaries.join("; "), facts.collect())
}

#[cfg(test)]
#[path = "tests/judge.rs"]
mod tests;
