//! What a person reads: each step as it is done, then a line per promise in the form of TAP; or one JSON object.

use crate::judge::Promise;
use crate::recovery::Recovery;
use crate::schedule::Harm;
use serde::Serialize;
use std::collections::BTreeMap;

/// One step, done.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Done {
    /// Seconds since the run began.
    pub(crate) at: f64,
    /// What was done.
    pub(crate) harm: &'static str,
    /// What was hit; or why nothing was.
    pub(crate) target: String,
    /// Whether something was hit.
    #[serde(rename = "done")]
    pub(crate) hit: bool,
    /// Deliveries under way then.
    pub(crate) under_way: usize,
    /// The longest silence of a delivery under way, in seconds, from the step until all was well.
    pub(crate) silence: f64,
    /// The ids of some deliveries under way that had no position from the step until the end of patience.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) silent: Vec<String>,
    /// How long until all was well.
    #[serde(flatten)]
    pub(crate) recovery: Recovery,
    #[serde(skip)]
    pub(crate) kind: Option<Harm>,
    #[serde(skip)]
    pub(crate) silences: BTreeMap<i32, std::time::Duration>,
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
    /// Connections of all clients, those of them that went on from a cursor, and those that were refused.
    pub(crate) connections: [u64; 3],
    pub(crate) steps: Vec<Done>,
    pub(crate) promises: Vec<Promise>,
}

/// The head of the table of steps.
pub(crate) fn head() -> String {
    format!(
        "{:>6}  {:<28} {:<44} {:>6} {:>7} {:>6} {:>7} {:>7} {:>6}",
        "TIME", "WHAT", "WHICH", "MOVING", "SILENCE", "LOG", "CLIENTS", "REQUEST", "READY"
    )
}

/// What the columns mean.
pub(crate) const LEGEND: &str = "\
Seconds: SILENCE the longest of any delivery until all was well; until LOG every delivery under way had another position in the log,
CLIENTS every client another position, REQUEST a start request sent with the step had become a delivery, READY all workloads were.";

/// A row of the table of steps.
pub(crate) fn row(done: &Done) -> String {
    let seconds = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
    let Recovery { log, clients, request, workloads } = done.recovery;
    let target: String = if done.target.chars().count() > 44 {
        done.target.chars().take(43).chain(['…']).collect()
    } else {
        done.target.clone()
    };
    if !done.hit {
        return format!("{:>6.0}  {:<28} not done: {}", done.at, done.harm, done.target);
    }
    format!(
        "{:>6.0}  {:<28} {target:<44} {:>6} {:>7.1} {:>6} {:>7} {:>7} {:>6}",
        done.at,
        done.harm,
        done.under_way,
        done.silence,
        seconds(log),
        seconds(clients),
        seconds(request),
        seconds(workloads)
    ) + &lost(&done.silent)
}

/// A line of its own for what did not come back, so that a person can look at it.
fn lost(silent: &[String]) -> String {
    if silent.is_empty() { String::new() } else { format!("\n        no position since then: {}", silent.join(", ")) }
}

/// The promises as lines of TAP, with their counts.
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
                lines.push(format!("  # {broken_by} facts break it:"));
                lines.extend(facts.iter().map(|fact| format!("  # {fact}")));
            }
        }
    }
    lines.push(format!("# pass {pass}\n# fail {fail}\n"));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_are_lines_of_tap_with_the_facts_that_break_them() {
        let all = [
            Promise::tried("a", "1 of 1".into(), vec![]),
            Promise::tried("b", "2 of 2".into(), vec!["x".into()]),
            Promise::untried("c", "no MongoDB"),
        ];
        let expected = "ok 1 - a (1 of 1)\nnot ok 2 - b (2 of 2)\n  # 1 facts break it:\n  # x\nok 3 - c # SKIP no MongoDB\n# pass 1\n# fail 1\n";
        assert_eq!(promises(&all), expected);
    }
}
