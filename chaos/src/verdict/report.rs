//! The output: each step as it is done, then one line per promise in TAP; or one JSON object.

use std::collections::BTreeMap;

use serde::Serialize;

use super::judge::Promise;
use super::step::{self, Done, Seen, seconds};
use crate::faults::recovery::Recovery;
use crate::faults::trial::Trial;
use crate::schedule::Fault;

/// What was seen of the deliveries after a step.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Effect {
    /// Deliveries under way at the time.
    pub(crate) under_way: usize,
    /// The longest silence of a delivery under way, in seconds, from the step until everything had recovered.
    pub(crate) silence: f64,
    /// The ids of some deliveries under way that had no position after the step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) silent: Vec<String>,
    /// The workloads that were not ready in time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unready: Vec<String>,
    #[serde(flatten)]
    pub(crate) recovery: Recovery,
    /// What the fault showed, if it has a promise of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trial: Option<Trial>,
    #[serde(skip)]
    pub(crate) kind: Option<Fault>,
    #[serde(skip)]
    pub(crate) silences: BTreeMap<i32, std::time::Duration>,
}

impl Seen for Effect {
    fn columns(&self) -> String {
        let Recovery { log, clients, request, workloads } = self.recovery;
        format!(
            "{:>6} {:>7.1} {:>6} {:>7} {:>7} {:>6}",
            self.under_way,
            self.silence,
            seconds(log),
            seconds(clients),
            seconds(request),
            seconds(workloads)
        )
    }

    fn below(&self) -> String {
        lost(&self.silent) + &waiting(&self.unready) + &shown(self.trial.as_ref())
    }
}

/// The result of a run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    pub(crate) run: String,
    pub(crate) seed: u64,
    pub(crate) deliveries: usize,
    pub(crate) clients: usize,
    pub(crate) brokers: usize,
    pub(crate) seconds: f64,
    /// Connections of all clients: in total, resumed from a cursor, refused.
    pub(crate) connections: [u64; 3],
    pub(crate) steps: Vec<Done<Effect>>,
    pub(crate) promises: Vec<Promise>,
}

/// The header of the table of steps.
pub(crate) fn head() -> String {
    step::head(&format!(
        "{:>6} {:>7} {:>6} {:>7} {:>7} {:>6}",
        "MOVING", "SILENCE", "LOG", "CLIENTS", "REQUEST", "READY"
    ))
}

/// What the columns mean.
pub(crate) const LEGEND: &str = "\
Seconds: SILENCE is the longest gap of any delivery. The others are from the step until every delivery under way had another position
in the log (LOG), every client had received one (CLIENTS), the start request had become a delivery (REQUEST), all workloads were ready (READY).";

/// Further lines about a fault with a promise of its own: how soon what recovered, and what was not as expected.
fn shown(trial: Option<&Trial>) -> String {
    let Some(trial) = trial else { return String::new() };
    let summary = Some(trial.summary()).filter(|summary| !summary.is_empty());
    let lines =
        summary.into_iter().chain(trial.objections().into_iter().map(|fact| format!("not as promised: {fact}")));
    lines.map(|line| format!("\n        {line}")).collect::<Vec<_>>().concat()
}

/// A second line that names the deliveries that did not recover.
fn lost(silent: &[String]) -> String {
    if silent.is_empty() { String::new() } else { format!("\n        no position since then: {}", silent.join(", ")) }
}

/// A line that names the workloads that did not recover.
fn waiting(unready: &[String]) -> String {
    if unready.is_empty() { String::new() } else { format!("\n        not ready: {}", unready.join(", ")) }
}

/// The promises as TAP.
pub(crate) fn promises(promises: &[Promise]) -> String {
    let mut lines = Vec::new();
    let (mut pass, mut fail) = (0, 0);
    for (promise, number) in promises.iter().zip(1..) {
        let Promise { sentence, kept, tried_on, broken_by, facts } = promise;
        match kept {
            None => lines.push(format!("ok {number} - {sentence} # SKIP {tried_on}")),
            Some(true) => {
                pass += 1;
                lines.push(format!("ok {number} - {sentence} ({tried_on})"));
            }
            Some(false) => {
                fail += 1;
                lines.push(format!("not ok {number} - {sentence} ({tried_on})"));
                lines.push(format!("  # violations: {broken_by}"));
                lines.extend(facts.iter().map(|fact| format!("  # {fact}")));
            }
        }
    }
    lines.push(format!("# pass {pass}\n# fail {fail}\n"));
    lines.join("\n")
}

#[cfg(test)]
#[path = "tests/report.rs"]
mod tests;
