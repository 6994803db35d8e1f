//! Takes part in the election: reads and writes the Lease, and publishes whether this process leads. What to do when is decided in
//! [`crate::leadership::lease`].
//!
//! Our own implementation, because no existing crate both measures time on its own clock and makes its writes conditional.

use std::pin::pin;
use std::time::Duration;

use delivery_controller::events::{Events, event};
use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use kube_runtime::WatchStreamExt;
use kube_runtime::events::EventType;
use kube_runtime::watcher::watch_object;
use tokio::sync::watch;

use crate::base::api::answered;
use crate::base::config::LeaseName;
use crate::base::metrics::Metrics;
use crate::base::names::FIELD_MANAGER;
use crate::leadership::guard::LeadershipGuard;
use crate::leadership::lease::{Candidate, DURATION, LIMIT, LeaseAction, LeaseState};

/// The time limit of an Event.
const EVENT_LIMIT: Duration = Duration::from_secs(1);

/// How an [`Election::run`] ended.
pub(crate) enum Ended {
    /// The Lease is released, if it was ours.
    Resigned,
    /// The Lease is lost, and the guard refuses every write. When nothing of the leadership is left, it may run again.
    Lost(Box<Election>),
}

/// One process's part in the election.
pub(crate) struct Election {
    api: Api<Lease>,
    name: String,
    candidate: Candidate,
    acquired: Timestamp,
    transitions: i32,
    guard: LeadershipGuard,
    leading: watch::Sender<bool>,
    metrics: Metrics,
    events: Events,
    pod: Option<ObjectReference>,
}

impl Election {
    /// Takes part with an unguarded client, under a name that no other process has.
    #[must_use]
    pub(crate) fn new(
        client: Client,
        lease: &LeaseName,
        name: String,
        guard: LeadershipGuard,
        metrics: Metrics,
    ) -> Box<Self> {
        Box::new(Self {
            api: Api::namespaced(client.clone(), &lease.namespace),
            name: lease.name.clone(),
            candidate: Candidate::new(name),
            acquired: Timestamp::UNIX_EPOCH,
            transitions: 0,
            guard,
            leading: watch::Sender::new(false),
            metrics,
            events: Events::new(client, FIELD_MANAGER),
            pod: None,
        })
    }

    /// Publishes Events about this pod.
    #[must_use]
    pub(crate) fn about(mut self: Box<Self>, pod: Option<ObjectReference>) -> Box<Self> {
        self.pod = pod;
        self
    }

    /// True while this process leads.
    #[must_use]
    pub(crate) fn leading(&self) -> watch::Receiver<bool> {
        self.leading.subscribe()
    }

    /// Takes part until leadership is lost, or until `resign` is true or closed; then it releases the Lease so that another process can
    /// take it at once. `read` is called when the Lease has been read.
    pub(crate) async fn run(mut self: Box<Self>, read: impl FnOnce(), mut resign: watch::Receiver<bool>) -> Ended {
        let (api, name) = (self.api.clone(), self.name.clone());
        // Only to notice a release at once; correctness does not depend on it.
        let mut changes = pin!(watch_object(api, &name).default_backoff().fuse());
        let mut read = Some(read);
        loop {
            if self.candidate.lease().is_some()
                && let Some(read) = read.take()
            {
                read();
            }
            match self.candidate.next(self.guard.clock()) {
                LeaseAction::Read => self.read().await,
                LeaseAction::Write => self.write().await,
                LeaseAction::Wait(wait) => tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    Some(_) = changes.next() => self.candidate.hint(self.guard.clock()),
                    () = async { drop(resign.wait_for(|resigns| *resigns).await) } => {
                        self.release().await;
                        return Ended::Resigned;
                    }
                },
                LeaseAction::Lost => {
                    self.lose().await;
                    return Ended::Lost(self);
                }
            }
        }
    }

    async fn lose(&mut self) {
        self.guard.end();
        self.metrics.leads(false);
        self.leading.send_replace(false);
        self.candidate.stand_by();
        let why = "it could not be renewed in time, or another process has taken it";
        tracing::warn!(lease = self.name, holder = self.candidate.name(), "Lost the Lease: {why}. Standing by again.");
        let note = format!("Lost the Lease {}: {why}. This process stands by again.", self.name);
        self.publish(EventType::Warning, "LeaseLost", note).await;
    }

    async fn read(&mut self) {
        match tokio::time::timeout(LIMIT, self.api.get_opt(&self.name)).await {
            Ok(Ok(lease)) => self.observed(lease.as_ref()),
            Ok(Err(error)) => self.failed(&error),
            Err(_) => self.failed(&"the API server did not answer in time"),
        }
    }

    fn observed(&mut self, lease: Option<&Lease>) {
        self.transitions = lease.and_then(|lease| lease.spec.as_ref()?.lease_transitions).unwrap_or(0);
        let before = self.candidate.lease().and_then(|record| record.holder.clone());
        let record = lease.map(state);
        let holder = record.as_ref().and_then(|record| record.holder.clone());
        if holder != before && self.candidate.leads_until().is_none() {
            tracing::info!(lease = self.name, holder, "The Lease has another holder.");
        }
        self.candidate.observed(record, self.guard.clock());
    }

    /// Writes our name if the Lease is unchanged.
    async fn write(&mut self) {
        let first = self.candidate.leads_until().is_none();
        if first {
            self.acquired = Timestamp::now();
        }
        let lease = self.lease(Some(self.candidate.name()), self.transitions + i32::from(first));
        let (sent, parameters) = (self.guard.clock(), PostParams::default());
        let written = async {
            match self.candidate.lease() {
                None => self.api.create(&parameters, &lease).await,
                Some(_) => self.api.replace(&self.name, &parameters, &lease).await,
            }
        };
        match tokio::time::timeout(LIMIT, written).await {
            Ok(Ok(lease)) => {
                self.transitions = lease.spec.as_ref().and_then(|spec| spec.lease_transitions).unwrap_or(0);
                self.candidate.wrote(state(&lease), sent, self.guard.clock());
                if let Some(until) = self.candidate.leads_until() {
                    self.guard.set(until);
                }
                if first {
                    self.lead().await;
                }
            }
            // Another process was faster, or an earlier write of ours succeeded after all: the next read shows which.
            Ok(Err(error)) if answered(&error, 409) => self.candidate.failed(self.guard.clock()),
            Ok(Err(error)) => self.failed(&error),
            Err(_) => self.failed(&"the API server did not answer in time"),
        }
    }

    async fn lead(&self) {
        self.metrics.leads(true);
        self.leading.send_replace(true);
        let note = format!("Became the leader: this process holds the Lease {}.", self.name);
        tracing::info!(lease = self.name, holder = self.candidate.name(), "Became the leader.");
        self.publish(EventType::Normal, "LeaseAcquired", note).await;
    }

    /// Releases the Lease if we hold it. When that fails, the others wait until it expires.
    async fn release(&mut self) {
        self.guard.end();
        self.metrics.leads(false);
        self.leading.send_replace(false);
        if self.candidate.leads_until().is_none() {
            return;
        }
        let lease = self.lease(None, self.transitions);
        let parameters = PostParams::default();
        let replaced = self.api.replace(&self.name, &parameters, &lease);
        match tokio::time::timeout(LIMIT, replaced).await {
            Ok(Ok(_)) => tracing::info!(lease = self.name, "Released the Lease."),
            Ok(Err(error)) => tracing::warn!(lease = self.name, %error, "Cannot release the Lease."),
            Err(_) => {
                tracing::warn!(lease = self.name, "Cannot release the Lease: the API server did not answer in time.");
            }
        }
    }

    fn lease(&self, holder: Option<&str>, transitions: i32) -> Lease {
        let version = self.candidate.lease().map(|record| record.version.clone());
        Lease {
            metadata: ObjectMeta { name: Some(self.name.clone()), resource_version: version, ..ObjectMeta::default() },
            spec: Some(LeaseSpec {
                holder_identity: Some(holder.unwrap_or_default().to_owned()),
                lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
                acquire_time: Some(MicroTime(self.acquired)),
                renew_time: Some(MicroTime(Timestamp::now())),
                lease_transitions: Some(transitions),
                ..LeaseSpec::default()
            }),
        }
    }

    fn failed(&mut self, error: &dyn std::fmt::Display) {
        tracing::warn!(lease = self.name, %error, "Cannot read or write the Lease.");
        self.candidate.failed(self.guard.clock());
    }

    async fn publish(&self, type_: EventType, reason: &str, note: String) {
        let Some(pod) = &self.pod else { return };
        let event = event(type_, reason, "Lead", &note);
        if tokio::time::timeout(EVENT_LIMIT, self.events.publish(&event, pod)).await.is_err() {
            tracing::warn!(reason, "Cannot publish the event about the Lease in time.");
        }
    }
}

fn state(lease: &Lease) -> LeaseState {
    let spec = lease.spec.clone().unwrap_or_default();
    LeaseState {
        holder: spec.holder_identity.filter(|holder| !holder.is_empty()),
        version: lease.metadata.resource_version.clone().unwrap_or_default(),
        duration: Duration::from_secs(
            spec.lease_duration_seconds.and_then(|time| u64::try_from(time).ok()).unwrap_or(0),
        ),
    }
}

#[cfg(test)]
#[path = "tests/election.rs"]
mod tests;
