//! Takes part in the election: reads and writes the Lease, and says whether this process leads. What to do when is decided in
//! [`crate::lease`].
//!
//! No crate that there is measures by its own clock and writes on a condition, so this is ours.

use crate::config::LeaseName;
use crate::context::MANAGER;
use crate::error::answered;
use crate::lease::{Candidate, DURATION, Move, Record};
use crate::metrics::Metrics;
use crate::tenure::Tenure;
use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use kube_runtime::WatchStreamExt;
use kube_runtime::events::{Event, EventType, Recorder, Reporter};
use kube_runtime::watcher::watch_object;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// How long a request about the Lease may take.
const LIMIT: Duration = Duration::from_secs(2);
/// How long an Event may take that is written when all is over.
const LAST_WORD: Duration = Duration::from_secs(1);

/// This process may not decide any more.
#[derive(Debug, thiserror::Error)]
#[error("The Lease {0} is lost: it could not be renewed in time, or another process has taken it.")]
pub struct Lost(String);

/// One process's part in the election.
pub struct Election {
    api: Api<Lease>,
    name: String,
    candidate: Candidate,
    acquired: Timestamp,
    transitions: i32,
    tenure: Tenure,
    leading: watch::Sender<bool>,
    metrics: Metrics,
    recorder: Recorder,
    pod: Option<ObjectReference>,
}

impl Election {
    /// Takes part by a client whose writes are not held back, under a name that no other process has.
    #[must_use]
    pub fn new(client: Client, lease: &LeaseName, me: String, tenure: Tenure, metrics: Metrics) -> Self {
        let reporter = Reporter { controller: MANAGER.to_owned(), instance: Some(me.clone()) };
        Self {
            api: Api::namespaced(client.clone(), &lease.namespace),
            name: lease.name.clone(),
            candidate: Candidate::new(me),
            acquired: Timestamp::UNIX_EPOCH,
            transitions: 0,
            tenure,
            leading: watch::Sender::new(false),
            metrics,
            recorder: Recorder::new(client, reporter),
            pod: None,
        }
    }

    /// Writes Events about this pod.
    #[must_use]
    pub fn about(self, pod: Option<ObjectReference>) -> Self {
        Self { pod, ..self }
    }

    /// Becomes true when this process leads.
    #[must_use]
    pub fn leading(&self) -> watch::Receiver<bool> {
        self.leading.subscribe()
    }

    /// Takes part until it is asked to resign, and then gives the Lease up so that another has it at once. `looked` is called
    /// when it is known for the first time who leads.
    ///
    /// # Errors
    /// When the Lease is lost. The tenure has ended then: nothing is written any more.
    pub async fn run(mut self, looked: impl FnOnce(), resign: oneshot::Receiver<()>) -> Result<(), Lost> {
        let (api, name) = (self.api.clone(), self.name.clone());
        // Only to hear of a release at once; nothing depends on it.
        let mut changes = pin!(watch_object(api, &name).default_backoff().fuse());
        let (mut resign, mut looked) = (pin!(resign), Some(looked));
        loop {
            if self.candidate.lease().is_some()
                && let Some(looked) = looked.take()
            {
                looked();
            }
            match self.candidate.next(self.tenure.clock()) {
                Move::Look => self.look().await,
                Move::Write => self.write().await,
                Move::Wait(wait) => tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    Some(_) = changes.next() => self.candidate.hint(self.tenure.clock()),
                    _ = &mut resign => {
                        self.release().await;
                        return Ok(());
                    }
                },
                Move::Lost => {
                    self.tenure.end();
                    self.metrics.leads(false);
                    let lost = Lost(self.name.clone());
                    let said = self.say(EventType::Warning, "LeaseLost", lost.to_string());
                    let _ = tokio::time::timeout(LAST_WORD, said).await;
                    return Err(lost);
                }
            }
        }
    }

    async fn look(&mut self) {
        match tokio::time::timeout(LIMIT, self.api.get_opt(&self.name)).await {
            Ok(Ok(lease)) => self.saw(lease.as_ref()),
            Ok(Err(error)) => self.failed(&error),
            Err(_) => self.failed(&"the API server does not answer"),
        }
    }

    fn saw(&mut self, lease: Option<&Lease>) {
        self.transitions = lease.and_then(|lease| lease.spec.as_ref()?.lease_transitions).unwrap_or(0);
        let before = self.candidate.lease().and_then(|record| record.holder.clone());
        let record = lease.map(record);
        let holder = record.as_ref().and_then(|record| record.holder.clone());
        if holder != before && self.candidate.leads_until().is_none() {
            tracing::info!(lease = self.name, holder, "Another process leads, or nobody.");
        }
        self.candidate.saw(record, self.tenure.clock());
    }

    /// Writes our name, on the condition that the Lease is as it was seen.
    async fn write(&mut self) {
        let first = self.candidate.leads_until().is_none();
        if first {
            self.acquired = Timestamp::now();
        }
        let lease = self.lease(Some(self.candidate.name()), self.transitions + i32::from(first));
        let (sent, parameters) = (self.tenure.clock(), PostParams::default());
        let written = async {
            match self.candidate.lease() {
                None => self.api.create(&parameters, &lease).await,
                Some(_) => self.api.replace(&self.name, &parameters, &lease).await,
            }
        };
        match tokio::time::timeout(LIMIT, written).await {
            Ok(Ok(lease)) => {
                self.transitions = lease.spec.as_ref().and_then(|spec| spec.lease_transitions).unwrap_or(0);
                self.candidate.wrote(record(&lease), sent, self.tenure.clock());
                if let Some(until) = self.candidate.leads_until() {
                    self.tenure.set(until);
                }
                if first {
                    self.lead().await;
                }
            }
            // Another was faster, or a write of ours was taken after all: the next look tells.
            Ok(Err(error)) if answered(&error, 409) => self.candidate.failed(self.tenure.clock()),
            Ok(Err(error)) => self.failed(&error),
            Err(_) => self.failed(&"the API server does not answer"),
        }
    }

    async fn lead(&self) {
        self.metrics.leads(true);
        self.leading.send_replace(true);
        let note = format!("This process leads from now on: it holds the Lease {}.", self.name);
        tracing::info!(lease = self.name, me = self.candidate.name(), "This process leads from now on.");
        let said = self.say(EventType::Normal, "LeaseAcquired", note);
        let _ = tokio::time::timeout(LAST_WORD, said).await;
    }

    /// Gives the Lease up, if we have it. When that fails, the others wait until it runs out.
    async fn release(&mut self) {
        self.tenure.end();
        self.metrics.leads(false);
        if self.candidate.leads_until().is_none() {
            return;
        }
        let lease = self.lease(None, self.transitions);
        let parameters = PostParams::default();
        let replaced = self.api.replace(&self.name, &parameters, &lease);
        match tokio::time::timeout(LIMIT, replaced).await {
            Ok(Ok(_)) => tracing::info!(lease = self.name, "The Lease was given up."),
            Ok(Err(error)) => tracing::warn!(lease = self.name, %error, "The Lease could not be given up."),
            Err(_) => tracing::warn!(lease = self.name, "The Lease could not be given up in time."),
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
        tracing::warn!(lease = self.name, %error, "The Lease could not be read or written.");
        self.candidate.failed(self.tenure.clock());
    }

    async fn say(&self, type_: EventType, reason: &str, note: String) {
        let Some(pod) = &self.pod else { return };
        let event =
            Event { type_, reason: reason.to_owned(), note: Some(note), action: "Lead".to_owned(), secondary: None };
        if let Err(error) = self.recorder.publish(&event, pod).await {
            tracing::warn!(reason, %error, "An event about the Lease could not be written.");
        }
    }
}

fn record(lease: &Lease) -> Record {
    let spec = lease.spec.clone().unwrap_or_default();
    Record {
        holder: spec.holder_identity.filter(|holder| !holder.is_empty()),
        version: lease.metadata.resource_version.clone().unwrap_or_default(),
        duration: Duration::from_secs(
            spec.lease_duration_seconds.and_then(|time| u64::try_from(time).ok()).unwrap_or(0),
        ),
    }
}
