//! Holds what was seen against what was promised. Pure: all evidence is given.

use crate::history;
use crate::ledger::{Ledger, Mode, Truth};
use crate::pods::Book;
use crate::truth::{self, Record};
use mongodb::bson::Document;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

/// Of what breaks a promise so much is shown.
const SHOWN: usize = 5;
/// With three brokers no partition may be silent for longer when a leader is killed.
pub(crate) const NOTHING_STOPS: Duration = Duration::from_secs(15);

/// One promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Promise {
    /// What was promised.
    #[serde(rename = "promise")]
    pub sentence: String,
    /// Whether it was kept; absent: it could not be tried.
    pub kept: Option<bool>,
    /// What it was tried on, or why it could not be.
    pub tried_on: String,
    /// How many facts break it.
    pub broken_by: usize,
    /// The first of them.
    pub facts: Vec<String>,
}

impl Promise {
    /// It was tried, and these facts break it.
    #[must_use]
    pub fn tried(sentence: &str, tried_on: String, mut facts: Vec<String>) -> Self {
        let broken_by = facts.len();
        facts.truncate(SHOWN);
        Self { sentence: sentence.to_owned(), kept: Some(broken_by == 0), tried_on, broken_by, facts }
    }

    /// It could not be tried.
    #[must_use]
    pub fn untried(sentence: &str, reason: &str) -> Self {
        let (sentence, tried_on) = (sentence.to_owned(), reason.to_owned());
        Self { sentence, kept: None, tried_on, broken_by: 0, facts: Vec::new() }
    }
}

/// `verify` is complete for every delivery.
pub(crate) fn complete(expected: &HashSet<String>, record: &Record) -> Promise {
    let mut facts: Vec<String> =
        expected.iter().filter_map(|id| Some(format!("{id}: {}", truth::objection(record.reports.get(id))?))).collect();
    facts.sort();
    let positions: u64 = record.reports.values().map(|report| report.positions).sum();
    let repeats: u64 = record.reports.values().map(|report| report.repeats).sum();
    let caught_up: u64 = record.reports.values().map(|report| report.caught_up).sum();
    Promise::tried(
        "verify is complete for every delivery",
        format!("{} deliveries, {positions} positions ({caught_up} caught up, {repeats} repeated)", expected.len()),
        facts,
    )
}

/// What the clients of a mode were shown.
pub(crate) fn shown<'a>(
    mode: Mode,
    ledgers: impl Iterator<Item = (usize, &'a Ledger)>,
    expected: &HashSet<String>,
    ends: &HashMap<String, Truth>,
) -> Promise {
    let (mut facts, mut clients, mut positions) = (Vec::new(), 0, 0);
    for (number, ledger) in ledgers {
        clients += 1;
        positions += ledger.positions();
        let (faults, others) = ledger.faults();
        // Deliveries of others are not this run's to judge.
        let ours = faults.iter().filter(|fault| fault.delivery.is_empty() || expected.contains(&*fault.delivery));
        facts.extend(ours.map(|fault| format!("client {number}: {}: {}", fault.delivery, fault.problem)));
        if others > 0 {
            facts.push(format!("client {number}: {others} more faults"));
        }
        let lacks = expected.iter().filter_map(|id| Some((id, ledger.lacks(id, ends.get(id)?)?)));
        let mut lacks: Vec<_> = lacks.map(|(id, problem)| format!("client {number}: {id}: {problem}")).collect();
        lacks.sort();
        facts.extend(lacks);
    }
    let promise = match mode {
        Mode::All => "every client of the mode all has every seq once and in order, and every end",
        Mode::Latest => "every client of the mode latest has every final phase and the true last position",
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
    ends: &HashMap<String, Truth>,
) -> Promise {
    let promise = "MongoDB agrees with the log";
    let Some(documents) = documents else { return Promise::untried(promise, "this installation has no MongoDB") };
    let objections = expected
        .iter()
        .filter_map(|id| Some(format!("{id}: {}", history::objection(documents.get(id), ends.get(id)?)?)));
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
            facts.push(format!("{request} became {} deliveries in the log and the objects {names:?}", became.len()));
        }
    }
    for request in objects.keys().filter(|request| !requests.contains(request)) {
        facts.push(format!("nobody sent the request {request}, and it became a delivery"));
    }
    Promise::tried("each start request became exactly one delivery", format!("{} requests", requests.len()), facts)
}

/// No pod too many was ever created.
pub(crate) fn pods(book: &Book) -> Promise {
    let (deliveries, pods, restarts, faults) = book.sum();
    let tried_on = format!("{deliveries} deliveries, {pods} pods, {restarts} restarts of containers");
    Promise::tried("no delivery ever had two pods, and no attempt a second one", tried_on, faults.to_vec())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[&str]) -> HashSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn a_request_that_became_none_or_two_breaks_the_promise() {
        let objects = |names: &[&str]| {
            HashMap::from([("r".to_owned(), names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())])
        };
        let became = |ids: &[&str]| HashMap::from([("r".to_owned(), set(ids))]);
        let judged = |in_log: &[&str], seen: &[&str], names: &[&str]| {
            once(&["r".to_owned()], Vec::new(), &became(in_log), &became(seen), &objects(names)).kept
        };
        assert_eq!(judged(&["a"], &["a"], &["x"]), Some(true));
        assert_eq!(judged(&["a"], &[], &["x"]), Some(true));
        assert_eq!(judged(&[], &[], &[]), Some(false));
        assert_eq!(judged(&["a"], &["b"], &["x"]), Some(false));
        assert_eq!(judged(&["a"], &["a"], &["x", "y"]), Some(false));
        let stranger = once(&[], Vec::new(), &HashMap::new(), &HashMap::new(), &objects(&["x"]));
        assert_eq!(stranger.kept, Some(false));
    }

    #[test]
    fn a_silent_partition_is_named() {
        let silence = |seconds| vec![("step 1".to_owned(), BTreeMap::from([(4, Duration::from_secs(seconds))]))];
        assert_eq!(nothing_stopped(&silence(5)).kept, Some(true));
        assert_eq!(nothing_stopped(&silence(16)).facts, ["step 1: partition 4 was silent for 16.0 s"]);
    }

    #[test]
    fn only_the_first_facts_are_shown_and_all_are_counted() {
        let promise = Promise::tried("", String::new(), vec![String::new(); 9]);
        assert_eq!((promise.broken_by, promise.facts.len()), (9, SHOWN));
    }
}
