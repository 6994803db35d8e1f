//! Decisions about one connector: what a user wrote, what Connect has, what is done.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{NOW, annotated, connector, decide, say, seen};
use delivery_connector_operator::annotations::{Offsets, Restart};
use delivery_connector_operator::connector::TargetState::{Paused, Running, Stopped};
use delivery_connector_operator::desired::OWNER;
use delivery_connector_operator::error::Problem;
use delivery_connector_operator::plan::{Seen, Step};

#[test]
fn a_connector_that_is_not_there_is_created_in_the_state_that_it_should_have() {
    for (spec, state) in
        [("", Running), ("state: running", Running), ("state: paused", Paused), ("state: stopped", Stopped)]
    {
        let intent = decide(&connector("", spec), &Seen::default(), NOW).unwrap();
        assert_eq!(intent.steps, [Step::Create(state)], "{spec}");
    }
}

#[test]
fn a_connector_that_is_as_it_should_be_is_left_alone() {
    let connector = connector("", "");
    assert_eq!(decide(&connector, &seen(&connector, "RUNNING", &["RUNNING"]), NOW).unwrap().steps, []);
}

#[test]
fn whatever_differs_in_the_options_is_put_right() {
    let connector = connector("", "");
    for change in ["file", "tasks.max", OWNER, "extra"] {
        let mut seen = seen(&connector, "RUNNING", &["RUNNING"]);
        let options = seen.options.as_mut().unwrap();
        match change {
            "extra" => drop(options.insert("max.rows".to_owned(), "1".to_owned())),
            OWNER => drop(options.remove(OWNER)),
            option => drop(options.insert(option.to_owned(), "other".to_owned())),
        }
        assert_eq!(decide(&connector, &seen, NOW).unwrap().steps, [Step::Configure], "{change}");
    }
}

#[test]
fn the_connector_of_another_object_or_installation_is_never_touched() {
    let connector = connector("", "");
    for owner in ["shop/code-delivery elsewhere/lines", "other/release shop/lines"] {
        let mut seen = seen(&connector, "RUNNING", &["RUNNING"]);
        seen.options.as_mut().unwrap().insert(OWNER.to_owned(), owner.to_owned());
        let problem = decide(&connector, &seen, NOW).unwrap_err();
        assert!(matches!(problem, Problem::Taken { .. }) && problem.to_string().contains(owner), "{problem}");
        assert_eq!(problem.reason(), "InvalidResourceException");
    }
}

#[test]
fn it_is_brought_from_any_state_into_the_one_that_it_should_have() {
    let steps = |spec: &str, state| {
        let connector = connector("", spec);
        decide(&connector, &seen(&connector, state, &[]), NOW).unwrap().steps
    };
    assert_eq!(steps("state: paused", "RUNNING"), [Step::Bring(Paused)]);
    assert_eq!(steps("state: paused", "STOPPED"), [Step::Bring(Paused)]);
    assert_eq!(steps("state: stopped", "RUNNING"), [Step::Bring(Stopped)]);
    assert_eq!(steps("state: stopped", "PAUSED"), [Step::Bring(Stopped)]);
    assert_eq!(steps("state: stopped", "FAILED"), [Step::Bring(Stopped)]);
    assert_eq!(steps("", "PAUSED"), [Step::Bring(Running)]);
    assert_eq!(steps("", "STOPPED"), [Step::Bring(Running)]);
    for (spec, state) in
        [("", "RUNNING"), ("", "UNASSIGNED"), ("state: paused", "RESTARTING"), ("state: stopped", "STOPPED")]
    {
        assert_eq!(steps(spec, state), [], "{spec} {state}");
    }
    let failed = connector("", "state: paused");
    let problem = decide(&failed, &seen(&failed, "FAILED", &[]), NOW).unwrap_err();
    assert!(matches!(problem, Problem::CannotPause(_)) && problem.to_string().contains("stopped"), "{problem}");
}

#[test]
fn annotations_restart_the_connector_or_a_task() {
    let steps = |name, value| {
        let connector = annotated(name, value);
        decide(&connector, &seen(&connector, "RUNNING", &["FAILED"]), NOW).unwrap()
    };
    let all = Restart { include_tasks: true, only_failed: true };
    assert_eq!(steps("strimzi.io/restart", "includeTasks,onlyFailed").steps, [Step::Restart(all)]);
    assert_eq!(steps("strimzi.io/restart-task", "0").steps, [Step::RestartTask(0)]);
    for (name, reason) in
        [("strimzi.io/restart", "RestartConnector"), ("strimzi.io/restart-task", "RestartConnectorTask")]
    {
        let intent = steps(name, "perhaps");
        assert_eq!((intent.steps.len(), intent.warnings[0].reason), (0, reason));
        assert!(intent.warnings[0].message.contains("perhaps"));
    }
}

#[test]
fn offsets_change_only_while_the_connector_is_stopped() {
    let decided = |value: &str, spec: &str, state| {
        let connector = connector(&format!("annotations: {{ strimzi.io/connector-offsets: {value} }}"), spec);
        decide(&connector, &seen(&connector, state, &[]), NOW).unwrap()
    };
    assert_eq!(decided("list", "", "RUNNING").steps, [Step::Offsets(Offsets::List)]);
    assert_eq!(decided("reset", "state: stopped", "STOPPED").steps, [Step::Offsets(Offsets::Reset)]);
    let coming = decided("reset", "state: stopped", "RUNNING");
    assert_eq!((coming.steps.as_slice(), coming.warnings.len()), ([Step::Bring(Stopped)].as_slice(), 0));
    let running = decided("alter", "", "RUNNING");
    assert_eq!((running.steps.len(), running.warnings[0].reason), (0, "AlterOffsets"));
    assert!(running.warnings[0].message.contains("spec.state"));
    assert_eq!(decided("forget", "", "RUNNING").warnings[0].reason, "ManageOffsets");
}

#[test]
fn what_failed_is_restarted_at_once_and_then_later_and_later() {
    let mut connector = connector("", "autoRestart: { enabled: true }");
    let failed = seen(&connector, "RUNNING", &["RUNNING", "FAILED"]);
    let restarts = |connector: &_, now| decide(connector, &failed, now).unwrap().steps == [Step::AutoRestart];
    assert!(restarts(&connector, "2026-11-22T10:00:00Z"));
    (_, connector) = say(&connector, failed.clone(), "2026-11-22T10:00:00Z");
    assert!(!restarts(&connector, "2026-11-22T10:01:59Z"));
    assert!(restarts(&connector, "2026-11-22T10:02:00Z"));
    (_, connector) = say(&connector, failed.clone(), "2026-11-22T10:02:00Z");
    assert!(!restarts(&connector, "2026-11-22T10:07:59Z") && restarts(&connector, "2026-11-22T10:08:00Z"));
    connector.metadata.generation = Some(4);
    assert_eq!(connector.restarts(), None, "a changed object is counted anew");
    let healed = decide(&connector, &seen(&connector, "RUNNING", &["RUNNING"]), "2026-11-22T10:03:00Z").unwrap();
    assert_eq!(healed.restarts.status, None);
}

#[test]
fn nothing_is_restarted_that_nobody_asked_for() {
    for spec in ["", "autoRestart: { enabled: false }", "autoRestart: { enabled: true, maxRestarts: 0 }"] {
        let connector = connector("", spec);
        for (state, tasks) in [("FAILED", [].as_slice()), ("RUNNING", &["FAILED"])] {
            assert_eq!(decide(&connector, &seen(&connector, state, tasks), NOW).unwrap().steps, [], "{spec}");
        }
    }
}

#[test]
fn other_options_begin_the_count_of_restarts_anew() {
    let connector = connector("", "autoRestart: { enabled: true }");
    let (_, connector) = say(&connector, seen(&connector, "FAILED", &[]), NOW);
    let mut other = seen(&connector, "FAILED", &[]);
    other.options.as_mut().unwrap().remove("file");
    let intent = decide(&connector, &other, NOW).unwrap();
    assert_eq!((intent.steps.as_slice(), intent.restarts.status), ([Step::Configure].as_slice(), None));
}
