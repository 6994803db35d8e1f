//! The proxy that a service mesh has put into a pod, by the pod's status. Pure.
//!
//! A native sidecar is an init container that goes on running, an older one an ordinary container; both have the same name. A pod without
//! one has no view of it, and nothing follows.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};

/// The name of the proxy's container.
const PROXY: &str = "istio-proxy";
/// What Istio runs before it: the first sets up the capture of the pod's traffic, the second checks it.
const PREPARATIONS: [&str; 2] = ["istio-init", "istio-validation"];
/// How long a proxy may take to be ready, and how long a pod behind one that is ready may take to reach Kafka.
pub(crate) const PATIENCE: SignedDuration = SignedDuration::from_secs(20);
/// After how many restarts without becoming ready it is not expected to recover.
const MANY_RESTARTS: i32 = 3;

/// The proxy of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sidecar {
    /// It takes the pod's traffic.
    Ready,
    NotReady {
        /// The container that is not as it should be.
        container: String,
        /// Since when; `None`: the pod is on no node yet.
        since: Option<Timestamp>,
        restarts: i32,
        /// Why it cannot start, in the words of the kubelet, without a full stop. `None`: it runs, or is being started.
        cause: Option<String>,
    },
}

impl Sidecar {
    /// The proxy of a pod, if it has one; `main` is the pod's own container.
    #[must_use]
    pub(crate) fn of(pod: &Pod, main: Option<&ContainerStatus>) -> Option<Self> {
        let status = pod.status.as_ref()?;
        let first = status.init_container_statuses.as_deref().unwrap_or_default();
        let others = status.container_statuses.as_deref().unwrap_or_default();
        let all = || first.iter().chain(others);
        let proxy = all().find(|container| container.name == PROXY)?;
        if proxy.ready {
            return Some(Self::Ready);
        }
        let unprepared = first.iter().filter(|one| PREPARATIONS.contains(&one.name.as_str())).find(|one| !is_done(one));
        let container = unprepared.unwrap_or(proxy);
        // Before the pod's own container has run, all that has passed since the pod was taken on by its node counts.
        let taken_on = status.start_time.as_ref().map(|time| time.0);
        Some(Self::NotReady {
            container: container.name.clone(),
            since: if main.is_some_and(has_run) { changed_at(container).or(taken_on) } else { taken_on },
            restarts: container.restart_count,
            cause: cause(container),
        })
    }

    /// Whether it holds the pod up: it cannot start, is not ready after a while, or does not recover.
    #[must_use]
    pub(crate) fn holds_up(&self, now: Timestamp) -> bool {
        match self {
            Self::Ready => false,
            Self::NotReady { since, restarts, cause, .. } => {
                let waited = since.is_some_and(|since| now.duration_since(since) >= PATIENCE);
                cause.is_some() || *restarts >= MANY_RESTARTS || waited
            }
        }
    }

    /// When it holds the pod up if nothing changes until then.
    #[must_use]
    pub(crate) fn patience_ends(&self) -> Option<Timestamp> {
        match self {
            Self::Ready => None,
            Self::NotReady { since, .. } => Some((*since)?.saturating_add(PATIENCE).unwrap_or(Timestamp::MAX)),
        }
    }

    /// Why the pod is held up: a sentence with the way out.
    #[must_use]
    pub(crate) fn message(&self, namespace: &str, pod: &str) -> String {
        let Self::NotReady { container, restarts, cause, .. } = self else {
            return format!("The sidecar of the pod {pod} is ready.");
        };
        let restarted = match restarts {
            0 => String::new(),
            1 => " (restarted once)".to_owned(),
            count => format!(" (restarted {count} times)"),
        };
        let cause = cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default();
        format!(
            "The sidecar container {container} of the pod {pod} is not ready{restarted}{cause}; until it is, the pod \
             does not reach Kafka. See kubectl logs --namespace {namespace} {pod} --container {container}, and whether istiod runs."
        )
    }
}

/// Whether a container that runs once has succeeded.
fn is_done(container: &ContainerStatus) -> bool {
    let ended = container.state.as_ref().and_then(|state| state.terminated.as_ref());
    ended.is_some_and(|ended| ended.exit_code == 0)
}

/// Whether a container has ever been started.
fn has_run(container: &ContainerStatus) -> bool {
    let state = container.state.as_ref();
    container.restart_count > 0 || state.is_some_and(|state| state.running.is_some() || state.terminated.is_some())
}

/// When a container was last started, or has ended.
fn changed_at(container: &ContainerStatus) -> Option<Timestamp> {
    let state = container.state.as_ref();
    let started = || state?.running.as_ref()?.started_at.as_ref();
    let ended = || state?.terminated.as_ref()?.finished_at.as_ref();
    let ended_before = || container.last_state.as_ref()?.terminated.as_ref()?.finished_at.as_ref();
    started().or_else(ended).or_else(ended_before).map(|time| time.0)
}

/// Why a container cannot start. Only what does not change by itself: the kubelet's message about a crash has a growing delay.
fn cause(container: &ContainerStatus) -> Option<String> {
    let waiting = container.state.as_ref()?.waiting.as_ref()?;
    let reason = waiting.reason.as_deref().filter(|reason| !matches!(*reason, "ContainerCreating" | "PodInitializing"));
    match reason? {
        "CrashLoopBackOff" => Some("it keeps crashing".to_owned()),
        reason => {
            let first = waiting.message.as_deref().and_then(|message| message.lines().next());
            Some(first.unwrap_or(reason).trim_end_matches('.').to_owned())
        }
    }
}

#[cfg(test)]
#[path = "tests/sidecar.rs"]
mod tests;
