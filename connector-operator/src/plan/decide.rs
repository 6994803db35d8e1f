//! Decides what to do for one connector. Pure. Taking the steps is left to `act`, reporting to `status`.

use jiff::Timestamp;
use kube::ResourceExt;

use super::auto_restart::{self, Decision};
use super::desired::Desired;
use super::problem::Problem;
use crate::connect::options::{OWNER, Options, Owner};
use crate::connect::reply::{State, StatusReply};
use crate::observe::actual::Actual;
use crate::strimzi::annotations::{self, Offsets, Restart};
use crate::strimzi::connector::{KafkaConnector, TargetState};
use crate::strimzi::reason::{Warning, WarningReason};

/// All that a decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// The object.
    pub connector: &'a KafkaConnector,
    /// What the connector should be.
    pub desired: &'a Desired,
    /// The name of the Kafka Connect cluster.
    pub cluster: &'a str,
    /// What the connector is.
    pub actual: &'a Actual,
    /// The time of the decision.
    pub now: Timestamp,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Create the connector in that state.
    Create(TargetState),
    /// Give it the desired options.
    Configure,
    /// Bring it into that state.
    SetState(TargetState),
    /// List, alter or reset its offsets, as an annotation asks.
    Offsets(Offsets),
    /// Restart it, as an annotation asks.
    Restart(Restart),
    /// Restart one task, as an annotation asks.
    RestartTask(u32),
    /// Restart what has failed, as `spec.autoRestart` asks.
    AutoRestart,
}

/// What to do, and what to report beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps, in their order.
    pub steps: Vec<Step>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// What to do about failures.
    pub restarts: Decision,
}

/// Decides what to do.
///
/// # Errors
/// When nothing can be done, and why.
pub fn decide(observed: &Observed<'_>) -> Result<Plan, Problem> {
    let ignored = observed.desired.ignored.iter();
    let mut plan = Plan {
        warnings: ignored.map(|option| Warning::new(WarningReason::IgnoredOption, option.to_string())).collect(),
        ..Plan::default()
    };
    let Some(options) = &observed.actual.options else {
        plan.steps.push(Step::Create(observed.connector.target_state()));
        return Ok(plan);
    };
    if *options != observed.desired.options {
        check_owner(observed, options)?;
        plan.steps.push(Step::Configure);
        return Ok(plan);
    }
    let Some(reply) = observed.actual.reply() else { return Err(Problem::NoStatus(observed.connector.name_any())) };
    if let Some(state) = transition(reply.state(), observed.connector)? {
        plan.steps.push(Step::SetState(state));
    }
    if let Some(reason) = &observed.actual.waiting {
        let sentence = format!("The connector {} waits and writes nothing: {reason}", observed.connector.name_any());
        plan.warnings.push(Warning::new(WarningReason::Waiting, sentence));
    }
    plan_offsets(observed, reply, &mut plan);
    plan_restarts(observed, &mut plan);
    // A restart that an annotation asks for comes first; whether it helped shows at the next reconciliation.
    let has_failed = reply.has_failed() && plan.steps.is_empty();
    plan.restarts = auto_restart::decide(
        observed.connector.spec.auto_restart,
        observed.connector.restarts(),
        has_failed,
        observed.now,
    );
    if plan.restarts.restart {
        plan.steps.push(Step::AutoRestart);
    }
    Ok(plan)
}

/// A connector that another object or installation owns is not ours to change. One without an owner was created by hand, unless
/// the status shows that it was this object's: then the mark was lost in a change by hand.
fn check_owner(observed: &Observed<'_>, options: &Options) -> Result<(), Problem> {
    let (name, cluster) = (observed.connector.name_any(), observed.cluster.to_owned());
    match Owner::of(options) {
        Some(owner) if Some(&owner.to_string()) != observed.desired.options.get(OWNER) => {
            Err(Problem::OwnedByOther { name, cluster, owner })
        }
        None if !annotations::adopts(observed.connector) && !was_ours(observed.connector) => {
            Err(Problem::NotAdopted { name, cluster })
        }
        _ => Ok(()),
    }
}

/// Whether this object's connector was in Connect when the status was last written.
fn was_ours(connector: &KafkaConnector) -> bool {
    connector.status.as_ref().is_some_and(|status| status.connector_status.is_some())
}

/// The state to bring the connector into. Connect leaves transitional states by itself.
fn transition(actual: State, connector: &KafkaConnector) -> Result<Option<TargetState>, Problem> {
    let target = connector.target_state();
    Ok(match (actual, target) {
        (State::Running | State::Stopped, TargetState::Paused)
        | (State::Running | State::Paused | State::Failed, TargetState::Stopped)
        | (State::Paused | State::Stopped, TargetState::Running) => Some(target),
        (State::Failed, TargetState::Paused) => return Err(Problem::CannotPause(connector.name_any())),
        _ => None,
    })
}

fn plan_offsets(observed: &Observed<'_>, reply: StatusReply<'_>, plan: &mut Plan) {
    let is_stopped = reply.state() == State::Stopped;
    let should_stop = observed.connector.target_state() == TargetState::Stopped;
    match annotations::offsets(observed.connector) {
        Err(invalid) => plan.warnings.push(Warning::new(WarningReason::ManageOffsets, invalid.to_string())),
        Ok(None) => {}
        Ok(Some(Offsets::List)) => plan.steps.push(Step::Offsets(Offsets::List)),
        Ok(Some(change)) if is_stopped && should_stop => plan.steps.push(Step::Offsets(change)),
        // It is about to stop.
        Ok(Some(_)) if should_stop => {}
        Ok(Some(change)) => plan.warnings.push(Warning::new(
            change,
            "Offsets can be changed only while the connector is stopped; set spec.state to stopped first.".to_owned(),
        )),
    }
}

fn plan_restarts(observed: &Observed<'_>, plan: &mut Plan) {
    match annotations::restart(observed.connector) {
        Ok(Some(restart)) => plan.steps.push(Step::Restart(restart)),
        Ok(None) => {}
        Err(invalid) => plan.warnings.push(Warning::new(WarningReason::RestartConnector, invalid.to_string())),
    }
    match annotations::restart_task(observed.connector) {
        Ok(Some(task)) => plan.steps.push(Step::RestartTask(task)),
        Ok(None) => {}
        Err(invalid) => plan.warnings.push(Warning::new(WarningReason::RestartTask, invalid.to_string())),
    }
}
