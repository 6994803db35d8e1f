//! Decides what is to be done for one connector, from what was observed of it.
//!
//! Pure: no client, no clock but the given time. Observing is left to [`crate::observe`], doing to [`crate::act`], and saying so to
//! [`crate::status`].

use jiff::Timestamp;
use kube::ResourceExt;
use serde_json::Value;

use crate::annotations::{self, Offsets, Restart};
use crate::auto_restart::{Decision, decide};
use crate::connector::{KafkaConnector, TargetState};
use crate::desired::{Desired, OWNER, Options, Owner};
use crate::error::Problem;
use crate::told::Told;

/// What Connect has of a connector.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Its options; `None` when it does not exist.
    pub options: Option<Options>,
    /// Its status; `None` while Connect does not know it.
    pub status: Option<Value>,
    /// The topics that it has used.
    pub topics: Vec<String>,
}

/// All that a decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The object.
    pub connector: &'a KafkaConnector,
    /// What it should be.
    pub desired: &'a Desired,
    /// The name of the Kafka Connect cluster.
    pub cluster: &'a str,
    /// What it is.
    pub seen: &'a Seen,
    /// The time.
    pub now: Timestamp,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Create the connector in that state.
    Create(TargetState),
    /// Give it the options that it should have.
    Configure,
    /// Bring it into that state.
    Bring(TargetState),
    /// List, alter or reset its offsets, as an annotation asks.
    Offsets(Offsets),
    /// Restart it, as an annotation asks.
    Restart(Restart),
    /// Restart one task, as an annotation asks.
    RestartTask(u32),
    /// Restart what has failed.
    AutoRestart,
}

/// Something that a person should know besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// A stable name.
    pub reason: &'static str,
    /// A whole sentence.
    pub message: String,
}

impl Warning {
    /// A warning.
    #[must_use]
    pub fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

/// What is to be done, and said besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intent {
    /// What to do, in this order.
    pub steps: Vec<Step>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// What becomes of failures.
    pub restarts: Decision,
}

/// Decides.
///
/// # Errors
/// When nothing can be done, and why.
pub fn plan(world: &World<'_>) -> Result<Intent, Problem> {
    let mut intent = Intent {
        warnings: world.desired.warnings.iter().map(|message| Warning::new("IgnoredOption", message)).collect(),
        ..Intent::default()
    };
    let Some(options) = &world.seen.options else {
        intent.steps.push(Step::Create(world.connector.target_state()));
        return Ok(intent);
    };
    if *options != world.desired.options {
        refuse_the_others(world, options)?;
        intent.steps.push(Step::Configure);
        return Ok(intent);
    }
    let Some(status) = &world.seen.status else { return Err(Problem::NoStatus(world.connector.name_any())) };
    let told = Told(status);
    if let Some(state) = transition(told.state(), world.connector.target_state(), world.connector)? {
        intent.steps.push(Step::Bring(state));
    }
    offsets(world, told, &mut intent);
    restarts(world, &mut intent);
    // Who has been restarted a moment ago by hand is looked at again first.
    let has_failed = told.has_failed() && intent.steps.is_empty();
    intent.restarts = decide(world.connector.spec.auto_restart, world.connector.restarts(), has_failed, world.now);
    if intent.restarts.restart {
        intent.steps.push(Step::AutoRestart);
    }
    Ok(intent)
}

/// Somebody else's connector of the same name is not ours to change. One without a mark is: it was made or altered by hand.
fn refuse_the_others(world: &World<'_>, options: &Options) -> Result<(), Problem> {
    match Owner::of(options) {
        Some(owner) if Some(&owner.to_string()) != world.desired.options.get(OWNER) => {
            Err(Problem::Taken { name: world.connector.name_any(), cluster: world.cluster.to_owned(), owner })
        }
        _ => Ok(()),
    }
}

/// The state to bring it into, from what Connect tells. A state that passes by itself is waited for.
fn transition(state: &str, target: TargetState, connector: &KafkaConnector) -> Result<Option<TargetState>, Problem> {
    use TargetState::{Paused, Running, Stopped};
    Ok(match (state, target) {
        ("RUNNING" | "STOPPED", Paused) => Some(Paused),
        ("RUNNING" | "PAUSED" | "FAILED", Stopped) => Some(Stopped),
        ("PAUSED" | "STOPPED", Running) => Some(Running),
        ("FAILED", Paused) => return Err(Problem::CannotPause(connector.name_any())),
        _ => None,
    })
}

fn offsets(world: &World<'_>, told: Told<'_>, intent: &mut Intent) {
    let stopped = told.state() == "STOPPED";
    let coming = world.connector.target_state() == TargetState::Stopped;
    match annotations::offsets(world.connector) {
        Err(message) => intent.warnings.push(Warning::new("ManageOffsets", message)),
        Ok(None) => {}
        Ok(Some(Offsets::List)) => intent.steps.push(Step::Offsets(Offsets::List)),
        Ok(Some(change)) if stopped && coming => intent.steps.push(Step::Offsets(change)),
        Ok(Some(_)) if coming => {}
        Ok(Some(change)) => intent.warnings.push(Warning::new(
            if change == Offsets::Alter { "AlterOffsets" } else { "ResetOffsets" },
            "The offsets of a connector can be changed only while it is stopped; set spec.state to stopped first.",
        )),
    }
}

fn restarts(world: &World<'_>, intent: &mut Intent) {
    match annotations::restart(world.connector) {
        Ok(Some(restart)) => intent.steps.push(Step::Restart(restart)),
        Ok(None) => {}
        Err(message) => intent.warnings.push(Warning::new("RestartConnector", message)),
    }
    match annotations::restart_task(world.connector) {
        Ok(Some(task)) => intent.steps.push(Step::RestartTask(task)),
        Ok(None) => {}
        Err(message) => intent.warnings.push(Warning::new("RestartConnectorTask", message)),
    }
}
