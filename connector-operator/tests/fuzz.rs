//! What anyone may write into a `KafkaConnector`, and what a server may answer in place of Kafka Connect: a plan and a status that
//! Kubernetes takes, or a problem with a sentence.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::{NOW, SOURCE, at};
use delivery_connector_operator::connect::options::{OWNER, Options, Owner};
use delivery_connector_operator::observe::actual::Actual;
use delivery_connector_operator::plan::decide::{Observed, decide};
use delivery_connector_operator::plan::desired::desired;
use delivery_connector_operator::plan::problem::Problem;
use delivery_connector_operator::status::conditions::{Outcome, status};
use delivery_connector_operator::strimzi::connector::{ConnectorStatus, KafkaConnector};
use delivery_fuzz::Fuzz;

/// The maximum size of a status in bytes: what Connect said, twice a message for each condition, and the topics.
const MAX_STATUS: usize = 256 * 1024;

/// A status that must not be too large, and must not change while nothing else does.
fn shown(connector: &KafkaConnector, outcome: &Outcome) -> ConnectorStatus {
    let status = status(connector, outcome, at(NOW));
    let text = serde_json::to_string(&status).unwrap();
    assert!(text.len() <= MAX_STATUS, "{} bytes", text.len());
    for condition in &status.conditions {
        assert!(condition.message.as_ref().is_none_or(|message| message.len() <= 8 * 1024), "{condition:?}");
    }
    serde_json::from_str(&text).unwrap()
}

/// How a problem is shown.
fn refused(connector: &KafkaConnector, problem: Problem) -> &'static str {
    let sentence = problem.to_string();
    assert!(sentence.len() >= 10 && sentence.ends_with('.'), "{sentence}");
    let reason = problem.reason().as_str();
    let status = shown(connector, &Outcome::Failed(problem));
    assert_eq!(status.conditions[0].reason.as_deref(), Some(reason));
    reason
}

#[test]
fn fuzzed_objects_and_answers_of_connect_give_a_plan_and_a_bounded_status() {
    let report = Fuzz::new("connector").memory_per_byte(2_048).run(|input| {
        // The object, then what Connect answers: the options, the status, and the topics.
        let mut lines = input.split(|byte| *byte == b'\n');
        let mut next = || lines.next().unwrap_or_default();
        let Ok(connector) = serde_json::from_slice::<KafkaConnector>(next()) else { return "no connector" };
        let desired = match desired(&connector, SOURCE) {
            Ok(desired) => desired,
            Err(invalid) => return refused(&connector, invalid.into()),
        };
        assert!(desired.options.contains_key("name") && desired.options.contains_key("connector.class"));
        let options: Option<Options> = serde_json::from_slice(next()).ok();
        if let Some(owner) = options.as_ref().and_then(Owner::of) {
            let again = Options::from([(OWNER.to_owned(), owner.to_string())]);
            assert_eq!(Owner::of(&again), Some(owner));
        }
        let (reply, topics) = (serde_json::from_slice(next()).ok(), serde_json::from_slice(next()).unwrap_or_default());
        // No options stand for those that it should have.
        let options = options.map(|options| if options.is_empty() { desired.options.clone() } else { options });
        let actual = Actual { options, status: reply, topics, waiting: None };
        let observed = |connector| {
            let now = at(NOW);
            decide(&Observed { connector, desired: &desired, cluster: "connect", actual: &actual, now })
        };
        let plan = match observed(&connector) {
            Ok(plan) => plan,
            Err(problem) => return refused(&connector, problem),
        };
        assert!(plan.steps.len() <= 5, "{:?}", plan.steps);
        let outcome = Outcome::InSync {
            actual: actual.clone(),
            warnings: plan.warnings.clone(),
            restarts: plan.restarts.clone(),
        };
        let mut after = connector.clone();
        after.status = Some(shown(&connector, &outcome));
        assert_eq!(
            shown(&after, &outcome).conditions,
            after.status.as_ref().unwrap().conditions,
            "nothing has changed"
        );
        if plan.steps.is_empty() { "in sync" } else { "steps" }
    });
    report.reached(&["in sync", "steps", "no connector", "InvalidResourceException", "Throwable"]);
}
