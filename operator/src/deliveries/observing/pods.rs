//! The pods of a delivery, as decisions need them.

use delivery_api::names::GROUP;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::ResourceExt;

use crate::deliveries::observing::sidecar::Sidecar;

/// The name of the simulator's container.
pub(crate) const CONTAINER: &str = "simulator";

/// The annotation of a pod with the number of its attempt.
#[must_use]
pub(crate) fn attempt_annotation() -> String {
    format!("{GROUP}/attempt")
}

/// The annotation of a pod with the key of its route revision.
#[must_use]
pub(crate) fn route_annotation() -> String {
    format!("{GROUP}/route-revision")
}

/// The phase of a pod, as far as it matters to the delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PodPhase {
    /// Its container has not started, or waits for a restart.
    Waiting,
    /// Its container is running.
    Running,
    /// Its container has exited with success.
    Succeeded,
    /// It will not run again.
    Failed,
}

/// Why a pod is not running, in the words of the kubelet or the scheduler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub reason: String,
    /// May be empty.
    pub message: String,
}

/// One pod of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodView {
    pub name: String,
    pub uid: String,
    /// The number of its attempt, from 1.
    pub attempt: u32,
    pub phase: PodPhase,
    /// When its grace period ends, if it is being deleted.
    pub ends_by: Option<Timestamp>,
    /// Its grace period, if it is being deleted.
    pub grace: SignedDuration,
    /// Whether it is being deleted because of its node: lost, drained, or preempted.
    pub disrupted: bool,
    /// The key of its route revision.
    pub route: Option<String>,
    /// Why it is not running.
    pub trouble: Option<Trouble>,
    /// The proxy of a mesh in it, if it has one.
    pub sidecar: Option<Sidecar>,
    /// When its container started, if it is running.
    pub started_at: Option<Timestamp>,
    /// When its container exited.
    pub ended_at: Option<Timestamp>,
    /// Whether it has lost the label or the owner reference by which it is found and watched.
    pub is_stray: bool,
}

impl PodView {
    /// Reads a pod of a delivery. Only the simulator's container says whether it runs or has ended, not an injected sidecar.
    #[must_use]
    pub(crate) fn of(pod: &Pod, is_stray: bool) -> Self {
        let annotation = |name: &str| pod.annotations().get(name).cloned();
        let status = pod.status.as_ref();
        let container = status
            .and_then(|status| status.container_statuses.as_ref())
            .and_then(|containers| containers.iter().find(|container| container.name == CONTAINER));
        Self {
            name: pod.name_any(),
            uid: pod.uid().unwrap_or_default(),
            attempt: annotation(&attempt_annotation()).and_then(|text| text.parse().ok()).unwrap_or(0),
            phase: phase(pod, container),
            ends_by: pod.metadata.deletion_timestamp.as_ref().map(|time| time.0),
            grace: SignedDuration::from_secs(pod.metadata.deletion_grace_period_seconds.unwrap_or_default()),
            disrupted: status
                .and_then(|status| status.conditions.as_ref())
                .is_some_and(|all| all.iter().any(|one| one.type_ == "DisruptionTarget" && one.status == "True")),
            route: annotation(&route_annotation()),
            trouble: trouble(pod, container),
            sidecar: Sidecar::of(pod, container),
            started_at: container
                .and_then(|container| container.state.as_ref()?.running.as_ref()?.started_at.as_ref())
                .map(|time| time.0),
            ended_at: container
                .and_then(|container| container.state.as_ref()?.terminated.as_ref()?.finished_at.as_ref())
                .map(|time| time.0),
            is_stray,
        }
    }

    #[must_use]
    pub(crate) const fn is_terminating(&self) -> bool {
        self.ends_by.is_some()
    }

    /// Whether it will not run again.
    #[must_use]
    pub(crate) const fn has_ended(&self) -> bool {
        matches!(self.phase, PodPhase::Succeeded | PodPhase::Failed)
    }

    /// The trouble in parentheses, to be appended to a clause.
    #[must_use]
    pub(crate) fn trouble_text(&self) -> String {
        match &self.trouble {
            Some(Trouble { reason, message }) if message.is_empty() => format!(" ({reason})"),
            Some(Trouble { reason, message }) => format!(" ({reason}: {})", message.trim_end_matches('.')),
            None => String::new(),
        }
    }
}

fn phase(pod: &Pod, container: Option<&ContainerStatus>) -> PodPhase {
    let state = container.and_then(|container| container.state.as_ref());
    if state.and_then(|state| state.terminated.as_ref()).is_some_and(|ended| ended.exit_code == 0) {
        return PodPhase::Succeeded;
    }
    match pod.status.as_ref().and_then(|status| status.phase.as_deref()) {
        Some("Succeeded") => PodPhase::Succeeded,
        Some("Failed") => PodPhase::Failed,
        // The status may have the pod's phase before those of its containers.
        Some("Running") if container.is_none() => PodPhase::Running,
        Some("Running") if state.is_some_and(|state| state.running.is_some()) => PodPhase::Running,
        _ => PodPhase::Waiting,
    }
}

/// Why a pod is not running, as far as its status says.
fn trouble(pod: &Pod, container: Option<&ContainerStatus>) -> Option<Trouble> {
    let status = pod.status.as_ref()?;
    let state = container.and_then(|container| container.state.as_ref());
    if let Some(waiting) = state.and_then(|state| state.waiting.as_ref()) {
        let reason =
            waiting.reason.clone().filter(|reason| reason != "ContainerCreating" && reason != "PodInitializing")?;
        return Some(Trouble { reason, message: waiting.message.clone().unwrap_or_default() });
    }
    if let Some(ended) = state.and_then(|state| state.terminated.as_ref()).filter(|ended| ended.exit_code != 0) {
        let message = ended.message.clone().unwrap_or_else(|| format!("exit code {}", ended.exit_code));
        return Some(Trouble { reason: ended.reason.clone().unwrap_or_else(|| "Error".to_owned()), message });
    }
    if let Some(reason) = &status.reason {
        return Some(Trouble { reason: reason.clone(), message: status.message.clone().unwrap_or_default() });
    }
    let unscheduled = status
        .conditions
        .as_ref()?
        .iter()
        .find(|condition| condition.type_ == "PodScheduled" && condition.status == "False")?;
    Some(Trouble { reason: unscheduled.reason.clone()?, message: unscheduled.message.clone().unwrap_or_default() })
}
