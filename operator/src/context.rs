//! What all reconciliations share: the client, the tables and the limits.

use crate::active::Recent;
use crate::backoff::Backoff;
use crate::budget::{Budget, WRITES_PER_SECOND};
use crate::catalogue::Catalogue;
use crate::config::Config;
use crate::erased::Erased;
use crate::lingering::Lingering;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::objects::Objects;
use crate::plans::{Installation, Plans};
use crate::report::Written;
use crate::states::States;
use crate::tenure::Tenure;
use crate::unconfirmed::Unconfirmed;
use kube::Client;
use kube_runtime::events::{Recorder, Reporter};
use std::sync::Arc;
use tokio::sync::watch;

/// The name by which the API server knows what we write.
pub const MANAGER: &str = "code-delivery-operator";

/// Shared by all tasks.
pub struct Context {
    /// The API server.
    pub client: Client,
    /// The configuration.
    pub config: Config,
    /// The objects of the watched namespaces.
    pub objects: Arc<Objects>,
    /// The writer to Kafka.
    pub log: Log,
    /// What `delivery.plan` holds.
    pub plans: Plans,
    /// What `delivery.state` holds.
    pub states: States,
    /// What `route.catalogue` holds.
    pub catalogue: Catalogue,
    /// What `delivery.erased` holds.
    pub erased: Erased,
    /// The tombstones that are to be written once more.
    pub lingering: Lingering,
    /// Until when this process leads.
    pub tenure: Tenure,
    /// Whether this process leads, or did.
    pub leading: watch::Receiver<bool>,
    /// Whether these topics have been read to their ends since this process leads.
    pub log_read: watch::Sender<bool>,
    /// How often statuses are written.
    pub budget: Budget,
    /// The statuses that were written last.
    pub written: Written,
    /// The attempts that were recorded and whose pods have not been seen.
    pub unconfirmed: Unconfirmed,
    /// The Deliveries that were made from requests a moment ago.
    pub recent: Recent,
    /// How long failures wait.
    pub backoff: Backoff,
    /// The writer of Events.
    pub recorder: Recorder,
    /// What is counted.
    pub metrics: Metrics,
}

impl Context {
    /// Everything empty and unread.
    #[must_use]
    pub fn new(client: Client, config: Config, objects: Arc<Objects>, log: Log, tenure: Tenure) -> Self {
        let reporter = Reporter { controller: MANAGER.to_owned(), instance: std::env::var("POD_NAME").ok() };
        Self {
            recorder: Recorder::new(client.clone(), reporter),
            client,
            config,
            objects,
            log,
            plans: Plans::default(),
            states: States::default(),
            catalogue: Catalogue::default(),
            erased: Erased::default(),
            lingering: Lingering::default(),
            tenure,
            leading: watch::Sender::new(true).subscribe(),
            log_read: watch::Sender::new(false),
            budget: Budget::new(WRITES_PER_SECOND),
            written: Written::default(),
            unconfirmed: Unconfirmed::default(),
            recent: Recent::default(),
            backoff: Backoff::default(),
            metrics: Metrics::default(),
        }
    }

    /// Says by what it is heard that this process leads; without it, it does.
    #[must_use]
    pub fn leading_when(self, leading: watch::Receiver<bool>) -> Self {
        Self { leading, ..self }
    }

    /// Whose plans are ours.
    #[must_use]
    pub fn installation(&self) -> Installation<'_> {
        Installation { source: &self.config.source, namespaces: &self.config.watch_namespaces }
    }
}
