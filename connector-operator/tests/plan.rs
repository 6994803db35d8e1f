//! Plans for one connector: from what a user wrote and what Connect has to the steps.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::{NOW, actual, annotated, connector, decide, report};
use delivery_connector_operator::connect::options::OWNER;
use delivery_connector_operator::observe::actual::Actual;
use delivery_connector_operator::plan::decide::Step;
use delivery_connector_operator::plan::problem::Problem;
use delivery_connector_operator::strimzi::annotations::{Offsets, Restart};
use delivery_connector_operator::strimzi::connector::KafkaConnector;
use delivery_connector_operator::strimzi::connector::TargetState::{Paused, Running, Stopped};
use delivery_connector_operator::strimzi::reason::{Reason, WarningReason};

#[test]
fn a_missing_connector_is_created_in_its_desired_state() {
    for (spec, state) in
        [("", Running), ("state: running", Running), ("state: paused", Paused), ("state: stopped", Stopped)]
    {
        let plan = decide(&connector("", spec), &Actual::default(), NOW).unwrap();
        assert_eq!(plan.steps, [Step::Create(state)], "{spec}");
    }
}

#[test]
fn a_connector_in_sync_is_left_alone() {
    let connector = connector("", "");
    assert_eq!(decide(&connector, &actual(&connector, "RUNNING", &["RUNNING"]), NOW).unwrap().steps, []);
}

#[test]
fn any_difference_in_the_options_is_corrected() {
    let connector = connector("", "");
    for change in ["file", "tasks.max", "extra"] {
        let mut actual = actual(&connector, "RUNNING", &["RUNNING"]);
        let options = actual.options.as_mut().unwrap();
        match change {
            "extra" => drop(options.insert("max.rows".to_owned(), "1".to_owned())),
            option => drop(options.insert(option.to_owned(), "other".to_owned())),
        }
        assert_eq!(decide(&connector, &actual, NOW).unwrap().steps, [Step::Configure], "{change}");
    }
}

#[test]
fn the_connector_of_another_object_or_installation_is_never_touched() {
    let connector = connector("", "");
    for owner in ["shop/code-delivery elsewhere/lines", "other/release shop/lines"] {
        let mut actual = actual(&connector, "RUNNING", &["RUNNING"]);
        actual.options.as_mut().unwrap().insert(OWNER.to_owned(), owner.to_owned());
        let problem = decide(&connector, &actual, NOW).unwrap_err();
        assert!(matches!(problem, Problem::OwnedByOther { .. }) && problem.to_string().contains(owner), "{problem}");
        assert_eq!(problem.reason(), Reason::InvalidResource);
    }
}

#[test]
fn a_connector_that_something_else_created_is_taken_over_only_with_the_annotation() {
    let unmarked = |connector: &KafkaConnector| {
        let mut actual = actual(connector, "RUNNING", &["RUNNING"]);
        drop(actual.options.as_mut().unwrap().remove(OWNER));
        actual
    };
    let stranger = connector("", "");
    let problem = decide(&stranger, &unmarked(&stranger), NOW).unwrap_err();
    assert!(matches!(problem, Problem::NotAdopted { .. }), "{problem}");
    assert_eq!(
        problem.to_string(),
        "The Kafka Connect cluster connect already has a connector lines, which this operator did not create. Rename the \
         object, or let it take over the connector with its options and offsets: annotate it with \
         codedelivery.dev/adopt-connector=true."
    );
    assert_eq!(problem.reason(), Reason::InvalidResource);
    let adopting = annotated("codedelivery.dev/adopt-connector", "true");
    assert_eq!(decide(&adopting, &unmarked(&adopting), NOW).unwrap().steps, [Step::Configure]);
    // A mark that was lost in a change by hand is restored.
    let (_, ours) = report(&stranger, actual(&stranger, "RUNNING", &["RUNNING"]), NOW);
    assert_eq!(decide(&ours, &unmarked(&ours), NOW).unwrap().steps, [Step::Configure]);
}

#[test]
fn it_is_brought_from_any_state_into_the_desired_one() {
    let steps = |spec: &str, state| {
        let connector = connector("", spec);
        decide(&connector, &actual(&connector, state, &[]), NOW).unwrap().steps
    };
    assert_eq!(steps("state: paused", "RUNNING"), [Step::SetState(Paused)]);
    assert_eq!(steps("state: paused", "STOPPED"), [Step::SetState(Paused)]);
    assert_eq!(steps("state: stopped", "RUNNING"), [Step::SetState(Stopped)]);
    assert_eq!(steps("state: stopped", "PAUSED"), [Step::SetState(Stopped)]);
    assert_eq!(steps("state: stopped", "FAILED"), [Step::SetState(Stopped)]);
    assert_eq!(steps("", "PAUSED"), [Step::SetState(Running)]);
    assert_eq!(steps("", "STOPPED"), [Step::SetState(Running)]);
    for (spec, state) in
        [("", "RUNNING"), ("", "UNASSIGNED"), ("state: paused", "RESTARTING"), ("state: stopped", "STOPPED")]
    {
        assert_eq!(steps(spec, state), [], "{spec} {state}");
    }
    let failed = connector("", "state: paused");
    let problem = decide(&failed, &actual(&failed, "FAILED", &[]), NOW).unwrap_err();
    assert!(matches!(problem, Problem::CannotPause(_)) && problem.to_string().contains("stopped"), "{problem}");
}

#[test]
fn annotations_restart_the_connector_or_a_task() {
    let steps = |name, value| {
        let connector = annotated(name, value);
        decide(&connector, &actual(&connector, "RUNNING", &["FAILED"]), NOW).unwrap()
    };
    let all = Restart { include_tasks: true, only_failed: true };
    assert_eq!(steps("strimzi.io/restart", "includeTasks,onlyFailed").steps, [Step::Restart(all)]);
    assert_eq!(steps("strimzi.io/restart-task", "0").steps, [Step::RestartTask(0)]);
    for (name, reason) in [
        ("strimzi.io/restart", WarningReason::RestartConnector),
        ("strimzi.io/restart-task", WarningReason::RestartTask),
    ] {
        let plan = steps(name, "perhaps");
        assert_eq!((plan.steps.len(), plan.warnings[0].reason), (0, reason));
        assert!(plan.warnings[0].message.contains("perhaps"));
    }
}

#[test]
fn offsets_change_only_while_the_connector_is_stopped() {
    let decided = |value: &str, spec: &str, state| {
        let connector = connector(&format!("annotations: {{ strimzi.io/connector-offsets: {value} }}"), spec);
        decide(&connector, &actual(&connector, state, &[]), NOW).unwrap()
    };
    assert_eq!(decided("list", "", "RUNNING").steps, [Step::Offsets(Offsets::List)]);
    assert_eq!(decided("reset", "state: stopped", "STOPPED").steps, [Step::Offsets(Offsets::Reset)]);
    let coming = decided("reset", "state: stopped", "RUNNING");
    assert_eq!((coming.steps.as_slice(), coming.warnings.len()), ([Step::SetState(Stopped)].as_slice(), 0));
    let running = decided("alter", "", "RUNNING");
    assert_eq!((running.steps.len(), running.warnings[0].reason), (0, WarningReason::AlterOffsets));
    assert!(running.warnings[0].message.contains("spec.state"));
    assert_eq!(decided("forget", "", "RUNNING").warnings[0].reason, WarningReason::ManageOffsets);
}

#[test]
fn a_failed_connector_is_restarted_at_once_and_then_with_growing_pauses() {
    let mut connector = connector("", "autoRestart: { enabled: true }");
    let failed = actual(&connector, "RUNNING", &["RUNNING", "FAILED"]);
    let restarts = |connector: &_, now| decide(connector, &failed, now).unwrap().steps == [Step::AutoRestart];
    assert!(restarts(&connector, "2026-11-22T10:00:00Z"));
    (_, connector) = report(&connector, failed.clone(), "2026-11-22T10:00:00Z");
    assert!(!restarts(&connector, "2026-11-22T10:01:59Z"));
    assert!(restarts(&connector, "2026-11-22T10:02:00Z"));
    (_, connector) = report(&connector, failed.clone(), "2026-11-22T10:02:00Z");
    assert!(!restarts(&connector, "2026-11-22T10:07:59Z") && restarts(&connector, "2026-11-22T10:08:00Z"));
    connector.metadata.generation = Some(4);
    assert_eq!(connector.restarts(), None, "a change of the object resets the count");
    let healed = decide(&connector, &actual(&connector, "RUNNING", &["RUNNING"]), "2026-11-22T10:03:00Z").unwrap();
    assert_eq!(healed.restarts.status, None);
}

#[test]
fn nothing_is_restarted_unless_the_object_asks_for_it() {
    for spec in ["", "autoRestart: { enabled: false }", "autoRestart: { enabled: true, maxRestarts: 0 }"] {
        let connector = connector("", spec);
        for (state, tasks) in [("FAILED", [].as_slice()), ("RUNNING", &["FAILED"])] {
            assert_eq!(decide(&connector, &actual(&connector, state, tasks), NOW).unwrap().steps, [], "{spec}");
        }
    }
}

#[test]
fn changed_options_reset_the_count_of_restarts() {
    let connector = connector("", "autoRestart: { enabled: true }");
    let (_, connector) = report(&connector, actual(&connector, "FAILED", &[]), NOW);
    let mut other = actual(&connector, "FAILED", &[]);
    other.options.as_mut().unwrap().remove("file");
    let plan = decide(&connector, &other, NOW).unwrap();
    assert_eq!((plan.steps.as_slice(), plan.restarts.status), ([Step::Configure].as_slice(), None));
}
