//! What was observed of one Delivery, in the words that decisions are made in.
//!
//! Plain data and its pure readings; [`crate::observe`] fills it.

use crate::names;
use delivery_api::Delivery;
use delivery_api::names::GROUP;
use delivery_messages::{Route, State};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::ResourceExt;
use std::sync::Arc;

/// The name of the container that drives.
pub const CONTAINER: &str = "simulator";

/// The annotation of a pod: which attempt it is.
#[must_use]
pub fn attempt_annotation() -> String {
    format!("{GROUP}/attempt")
}

/// The annotation of a pod: the revision of the route that it drives.
#[must_use]
pub fn route_annotation() -> String {
    format!("{GROUP}/route-revision")
}

/// Everything that a decision about one Delivery follows from.
#[derive(Clone, Debug)]
pub struct World<'a> {
    /// The object as last heard of.
    pub delivery: &'a Delivery,
    /// Its pods, just listed.
    pub pods: &'a [PodView],
    /// How far it is, as the log says.
    pub state: Option<&'a State>,
    /// The route that it would start on.
    pub route: &'a RouteView,
    /// Since when this process has known that the newest attempt was recorded and that its pod was not there, if it is so.
    pub unconfirmed_since: Option<Timestamp>,
    /// Whether the log has been read to its end.
    pub log_read: bool,
    /// The time.
    pub now: Timestamp,
}

impl World<'_> {
    /// A condition of the Delivery's status.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.delivery.status.as_ref()?.conditions.iter().find(|condition| condition.type_ == kind)
    }

    /// Whether a condition was last said to be true.
    #[must_use]
    pub fn is_true(&self, kind: &str) -> bool {
        self.condition(kind).is_some_and(|condition| condition.status == "True")
    }

    /// Whether a condition was last said to have that reason.
    #[must_use]
    pub fn is_recorded(&self, kind: &str, reason: &str) -> bool {
        self.condition(kind).is_some_and(|condition| condition.reason == reason)
    }

    /// When it finished or failed: as once recorded, else as the log or the pod says.
    #[must_use]
    pub fn finished_at(&self) -> Option<Timestamp> {
        let recorded = self.delivery.status.as_ref().and_then(|status| status.finished_at.as_ref());
        recorded
            .map(|time| time.0)
            .or_else(|| {
                Timestamp::from_millisecond(
                    self.state.filter(|state| state.phase != delivery_messages::StatePhase::Running)?.at,
                )
                .ok()
            })
            .or_else(|| self.pods.iter().find(|pod| pod.phase == PodPhase::Succeeded)?.ended_at)
    }
}

/// What has been fixed of a delivery and is never decided again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The newest attempt; 0 before the first.
    pub attempt: u32,
    /// The pod of that attempt, as soon as it has been seen.
    pub pod_name: Option<String>,
    /// The key of the revision that it drives.
    pub route: Option<String>,
    /// When it was last resumed.
    pub resumed_at: Option<Timestamp>,
}

impl Facts {
    /// What the status or the pods themselves tell: a pod may be there before the status says so.
    #[must_use]
    pub fn known(delivery: &Delivery, pods: &[PodView]) -> Self {
        let status = delivery.status.as_ref();
        let newest = pods.iter().max_by_key(|pod| pod.attempt);
        let recorded = status.and_then(|status| status.attempt).unwrap_or(0);
        let newer = newest.filter(|pod| pod.attempt >= recorded);
        Self {
            attempt: newer.map_or(recorded, |pod| pod.attempt),
            pod_name: newer.map(|pod| pod.name.clone()).or_else(|| status.and_then(|status| status.pod_name.clone())),
            route: status
                .and_then(|status| status.route_revision.clone())
                .or_else(|| newest.and_then(|pod| pod.route.clone())),
            resumed_at: status.and_then(|status| status.resumed_at.as_ref()).map(|time| time.0),
        }
    }

    /// The newest attempt, if it was recorded and its pod has never been seen.
    #[must_use]
    pub fn unconfirmed(&self) -> Option<u32> {
        (self.attempt > 0 && self.pod_name.is_none()).then_some(self.attempt)
    }

    /// The name of the pod of that attempt, whether or not it is there.
    #[must_use]
    pub fn current_pod(&self, delivery: &Delivery) -> String {
        names::pod(&delivery.name_any(), &delivery.uid().unwrap_or_default(), self.attempt)
    }

    /// The next attempt.
    pub fn start_next(&mut self) {
        self.attempt += 1;
        self.pod_name = None;
    }
}

/// The route that a delivery would start on.
#[derive(Clone, Debug, PartialEq)]
pub enum RouteView {
    /// It is under way; nobody needs to know.
    NotAsked,
    /// There is no such DeliveryRoute.
    Missing {
        /// Its name.
        name: String,
    },
    /// There is one, but nothing can drive it.
    NotReady {
        /// Its name.
        name: String,
        /// Why: a whole sentence.
        message: String,
    },
    /// The revision that it started with is nowhere to be found.
    Gone {
        /// The revision's key.
        key: String,
    },
    /// It can be driven.
    Ready(Arc<Route>),
}

/// How far a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodPhase {
    /// Its container has not started, or waits to be started again.
    Waiting,
    /// Its container runs.
    Running,
    /// Its container is done.
    Succeeded,
    /// It will not run again.
    Failed,
}

/// One pod of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodView {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Which attempt it is.
    pub attempt: u32,
    /// How far it is.
    pub phase: PodPhase,
    /// When its grace ends, if it is being deleted.
    pub ends_by: Option<Timestamp>,
    /// Whether it is being deleted because its node is lost or needed otherwise.
    pub disrupted: bool,
    /// The revision of the route that it drives.
    pub route: Option<String>,
    /// Why it does not run: a stable name, and what the cluster says.
    pub trouble: Option<(String, String)>,
    /// When its container ended.
    pub ended_at: Option<Timestamp>,
}

impl PodView {
    /// Reads a pod. What counts is the container that drives, not a sidecar that somebody injected.
    #[must_use]
    pub fn of(pod: &Pod) -> Self {
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
            disrupted: status
                .and_then(|status| status.conditions.as_ref())
                .is_some_and(|all| all.iter().any(|one| one.type_ == "DisruptionTarget" && one.status == "True")),
            route: annotation(&route_annotation()),
            trouble: trouble(pod, container),
            ended_at: container
                .and_then(|container| container.state.as_ref()?.terminated.as_ref()?.finished_at.as_ref())
                .map(|time| time.0),
        }
    }

    /// Whether it is being deleted.
    #[must_use]
    pub const fn is_terminating(&self) -> bool {
        self.ends_by.is_some()
    }

    /// Whether it will not run any more.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        matches!(self.phase, PodPhase::Succeeded | PodPhase::Failed)
    }

    /// The trouble in brackets, for the end of a clause.
    #[must_use]
    pub fn trouble_text(&self) -> String {
        match &self.trouble {
            Some((reason, message)) if message.is_empty() => format!(" ({reason})"),
            Some((reason, message)) => format!(" ({reason}: {})", message.trim_end_matches('.')),
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
        // A node that was not asked about its containers says only the pod's phase.
        Some("Running") if container.is_none() => PodPhase::Running,
        Some("Running") if state.is_some_and(|state| state.running.is_some()) => PodPhase::Running,
        _ => PodPhase::Waiting,
    }
}

/// Why a pod does not run, as far as the cluster says.
fn trouble(pod: &Pod, container: Option<&ContainerStatus>) -> Option<(String, String)> {
    let status = pod.status.as_ref()?;
    let state = container.and_then(|container| container.state.as_ref());
    if let Some(waiting) = state.and_then(|state| state.waiting.as_ref()) {
        let reason =
            waiting.reason.clone().filter(|reason| reason != "ContainerCreating" && reason != "PodInitializing")?;
        return Some((reason, waiting.message.clone().unwrap_or_default()));
    }
    if let Some(ended) = state.and_then(|state| state.terminated.as_ref()).filter(|ended| ended.exit_code != 0) {
        let message = ended.message.clone().unwrap_or_else(|| format!("exit code {}", ended.exit_code));
        return Some((ended.reason.clone().unwrap_or_else(|| "Error".to_owned()), message));
    }
    if let Some(reason) = &status.reason {
        return Some((reason.clone(), status.message.clone().unwrap_or_default()));
    }
    let unscheduled = status
        .conditions
        .as_ref()?
        .iter()
        .find(|condition| condition.type_ == "PodScheduled" && condition.status == "False")?;
    Some((unscheduled.reason.clone()?, unscheduled.message.clone().unwrap_or_default()))
}
