//! What was observed of one delivery: everything that a decision follows from. Plain data; [`crate::deliveries::observing::observe`] collects it.

use std::sync::Arc;

use delivery_api::status::{COMPLETE, FAILED, RUNNING};
use delivery_messages::{Route, State, StatePhase};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use crate::base::names;
use crate::base::reason::Reason;
use crate::base::subject::{ObjectKey, Subject};
use crate::deliveries::observing::pods::{PodPhase, PodView};
use crate::deliveries::observing::sidecar::{self, Sidecar};

/// How long a running pod may be silent: a state comes every five seconds, or with every position if those are rarer. Three positions may
/// be missing.
const SILENCE: SignedDuration = SignedDuration::from_secs(60);

/// Everything that a decision about one delivery follows from.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    /// As the watch, or our own last write, returned it.
    pub subject: Subject,
    /// Listed just now.
    pub pods: Vec<PodView>,
    /// What was fixed before, from the status and the pods.
    pub facts: Facts,
    /// The newest state in the log.
    pub state: Option<State>,
    /// The route that it would start on.
    pub route: RouteView,
    /// Since when this process has known that the newest attempt is recorded and its pod does not exist, if that is so.
    pub unconfirmed_since: Option<Timestamp>,
    /// Since when nothing new has come from its running pod, as far as this process has seen.
    pub silent_since: Option<Timestamp>,
    /// Since when this process has seen its newest pod failed, or being deleted.
    pub ending_since: Option<Timestamp>,
    /// How long a delivery from a request may be suspended.
    pub suspension: Option<SignedDuration>,
    /// Whether the log has been read to its end, as far as it may hold something of this delivery.
    pub log_read: bool,
    /// The partition that keeps it from having been read, in whole sentences; `None` while nothing is decided about any delivery.
    pub unread: Option<String>,
    pub now: Timestamp,
    /// The same by a clock that does not jump; what this process has seen, and since when, is measured by it.
    pub steady: Timestamp,
    /// What has come of that by the clocks of the brokers, too. `None` while the log is not read.
    pub agreed: Option<Timestamp>,
}

impl Observed {
    /// A condition in the Delivery's status.
    #[must_use]
    pub(crate) fn condition(&self, kind: &str) -> Option<&Condition> {
        self.subject.status.as_ref()?.conditions.iter().find(|condition| condition.type_ == kind)
    }

    /// Whether the status has the condition as true.
    #[must_use]
    pub(crate) fn is_true(&self, kind: &str) -> bool {
        self.condition(kind).is_some_and(|condition| condition.status == "True")
    }

    /// Whether the status has the condition with that reason.
    #[must_use]
    pub(crate) fn has_reason(&self, kind: &str, reason: Reason) -> bool {
        self.condition(kind).is_some_and(|condition| condition.reason == reason.as_str())
    }

    /// For how long nothing new has come from its running pod, if that is too long.
    #[must_use]
    pub(crate) fn silent_for(&self) -> Option<SignedDuration> {
        let limit = SignedDuration::from_millis(3 * i64::from(self.subject.spec.interval_milliseconds)).max(SILENCE);
        (self.steady.duration_since(self.silent_since?) >= limit).then_some(limit)
    }

    /// Whether its pod runs behind a proxy that is ready, and nothing of it has reached Kafka in good time.
    #[must_use]
    pub(crate) fn misses_kafka(&self, pod: &PodView) -> bool {
        self.kafka_expected(pod).is_some_and(|due| due <= self.steady)
    }

    /// After how long to look again at a pod with a proxy although nothing of it may have changed.
    #[must_use]
    pub(crate) fn sidecar_due(&self, pod: &PodView) -> Option<SignedDuration> {
        let patience = pod.sidecar.as_ref()?.patience_ends().map(|due| due.duration_since(self.now));
        let wait = patience.or_else(|| Some(self.kafka_expected(pod)?.duration_since(self.steady)))?;
        wait.is_positive().then_some(wait)
    }

    /// Until when the first state of a pod behind a proxy that is ready should have come.
    fn kafka_expected(&self, pod: &PodView) -> Option<Timestamp> {
        let waits = pod.sidecar == Some(Sidecar::Ready) && self.state.is_none();
        let since = self.silent_since.filter(|_| waits)?;
        Some(since.saturating_add(sidecar::PATIENCE).unwrap_or(Timestamp::MAX))
    }

    /// Since when it has been suspended: as recorded in the status, else since now.
    #[must_use]
    pub(crate) fn suspended_at(&self) -> Timestamp {
        let recorded = self.subject.status.as_ref().and_then(|status| status.suspended_at.as_ref());
        recorded.map_or(self.now, |time| time.0)
    }

    /// Why no pod could be made in the last try, as the status says it.
    #[must_use]
    pub(crate) fn obstacle(&self) -> Option<(Reason, &str)> {
        let condition = self.condition(RUNNING).filter(|condition| condition.status == "False")?;
        let reason = Reason::parse(&condition.reason).filter(|reason| reason.lasts_until_a_pod())?;
        Some((reason, &condition.message))
    }

    /// When it finished or failed: as recorded in the status, else by the log or the pod.
    #[must_use]
    pub(crate) fn finished_at(&self) -> Option<Timestamp> {
        let recorded = self.subject.status.as_ref().and_then(|status| status.finished_at.as_ref()).map(|time| time.0);
        let logged = || {
            let state = self.state.as_ref().filter(|state| state.phase != StatePhase::Running)?;
            Timestamp::from_millisecond(state.at).ok()
        };
        let exited = || self.pods.iter().find(|pod| pod.phase == PodPhase::Succeeded)?.ended_at;
        recorded.or_else(logged).or_else(exited)
    }
}

/// Whether the status says that the delivery has ended. It is written after everything that the end requires is done.
#[must_use]
pub(crate) fn has_ended(subject: &Subject) -> bool {
    let conditions = subject.status.iter().flat_map(|status| &status.conditions);
    conditions.into_iter().any(|condition| matches!(&*condition.type_, COMPLETE | FAILED) && condition.status == "True")
}

/// What is fixed for a delivery and never decided again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The newest attempt; 0 before the first.
    pub attempt: u32,
    /// The pod of that attempt, once it has been seen.
    pub pod_name: Option<String>,
    /// The key of its route revision.
    pub route: Option<String>,
    /// When it was last resumed.
    pub resumed_at: Option<Timestamp>,
}

impl Facts {
    /// From the status and the pods: a pod may exist before the status says so.
    #[must_use]
    pub(crate) fn known(subject: &Subject, pods: &[PodView]) -> Self {
        let status = subject.status.as_ref();
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

    /// The newest attempt, if it is recorded and its pod has never been seen.
    #[must_use]
    pub(crate) fn unconfirmed(&self) -> Option<u32> {
        (self.attempt > 0 && self.pod_name.is_none()).then_some(self.attempt)
    }

    /// The name of the pod of the newest attempt, whether or not it exists.
    #[must_use]
    pub(crate) fn current_pod(&self, delivery: &ObjectKey) -> String {
        names::pod(&delivery.name, &delivery.uid, self.attempt)
    }

    /// Advances to the next attempt.
    pub(crate) fn start_next(&mut self) {
        self.attempt += 1;
        self.pod_name = None;
    }
}

/// The route that a delivery would start on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RouteView {
    /// Not looked up: the delivery is running or has ended.
    NotNeeded,
    /// There is no such DeliveryRoute.
    Missing { name: String },
    /// The DeliveryRoute exists and cannot be used.
    NotReady {
        name: String,
        /// Why: a whole sentence.
        message: String,
    },
    /// The path in the Delivery's spec cannot be used.
    BadPath {
        /// Why: a whole sentence.
        message: String,
    },
    /// The revision that the delivery started with is neither in the cluster nor in Kafka.
    Gone { key: String },
    /// It can be used.
    Ready(Arc<Route>),
}

impl RouteView {
    /// The route, if it can be used.
    #[must_use]
    pub(crate) fn ready(&self) -> Option<&Route> {
        match self {
            Self::Ready(route) => Some(route),
            Self::NotNeeded
            | Self::Missing { .. }
            | Self::NotReady { .. }
            | Self::BadPath { .. }
            | Self::Gone { .. } => None,
        }
    }
}
