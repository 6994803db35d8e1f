//! What all reconciliations share: the client, the tables and the limits.

use crate::backoff::Backoff;
use crate::budget::{Budget, WRITES_PER_SECOND};
use crate::catalogue::Catalogue;
use crate::config::Config;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::objects::Objects;
use crate::plans::{Installation, Plans};
use crate::report::Written;
use crate::requests::Recent;
use crate::states::States;
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
    /// Whether these three have been read to their ends.
    pub log_read: watch::Sender<bool>,
    /// How often statuses are written.
    pub budget: Budget,
    /// The statuses that were written last.
    pub written: Written,
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
    pub fn new(client: Client, config: Config, objects: Arc<Objects>, log: Log, instance: Option<String>) -> Self {
        let reporter = Reporter { controller: MANAGER.to_owned(), instance };
        Self {
            recorder: Recorder::new(client.clone(), reporter),
            client,
            config,
            objects,
            log,
            plans: Plans::default(),
            states: States::default(),
            catalogue: Catalogue::default(),
            log_read: watch::Sender::new(false),
            budget: Budget::new(WRITES_PER_SECOND),
            written: Written::default(),
            recent: Recent::default(),
            backoff: Backoff::default(),
            metrics: Metrics::default(),
        }
    }

    /// Whose plans are ours.
    #[must_use]
    pub fn installation(&self) -> Installation<'_> {
        Installation { source: &self.config.source, namespaces: &self.config.watch_namespaces }
    }
}
