//! What all reconciliations share: the clients, the objects and the limits.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use delivery_controller::backoff::Backoff;
use delivery_controller::events::Events;
use delivery_http_client::Http;
use delivery_observability::Health;
use kube::Client;
use tokio::sync::watch;

use crate::config::Config;
use crate::connector::KafkaConnector;
use crate::error::Problem;
use crate::links::Links;
use crate::metrics::Metrics;
use crate::objects::Objects;
use crate::rest::Connect;

/// The name by which the API server knows what we write.
pub const MANAGER: &str = "code-delivery-connector-operator";

/// Shared by all tasks.
pub struct Context {
    /// The API server.
    pub client: Client,
    /// The configuration.
    pub config: Config,
    /// The objects of the watched namespaces.
    pub objects: Arc<Objects>,
    /// The Kafka Connect clusters, by name.
    pub clusters: BTreeMap<String, Connect>,
    /// Which of them can be reached.
    pub links: Links,
    /// Counts the returns of clusters.
    pub returned: watch::Sender<u64>,
    /// Counts the deletions of objects.
    pub deleted: watch::Sender<u64>,
    /// The uids of the objects that are left to Strimzi.
    pub left: Mutex<HashSet<String>>,
    /// How long failures wait.
    pub backoff: Backoff,
    /// The writer of Events.
    pub events: Events,
    /// What is counted.
    pub metrics: Metrics,
}

impl Context {
    /// Nothing observed yet.
    #[must_use]
    pub fn new(client: Client, config: Config, objects: Objects, http: &Http, health: Health) -> Self {
        let clusters = config.clusters.iter();
        let metrics = Metrics::default();
        Self {
            clusters: clusters.map(|(name, cluster)| (name.clone(), Connect::new(http.clone(), cluster))).collect(),
            events: Events::new(client.clone(), MANAGER),
            client,
            config,
            objects: Arc::new(objects),
            links: Links::new(health, metrics.clone()),
            returned: watch::Sender::new(0),
            deleted: watch::Sender::new(0),
            left: Mutex::default(),
            backoff: Backoff::default(),
            metrics,
        }
    }

    /// The Kafka Connect cluster that an object names.
    ///
    /// # Errors
    /// When it names none, or one that nobody knows.
    pub fn cluster<'a>(&'a self, connector: &KafkaConnector) -> Result<(&'a str, &'a Connect), Problem> {
        let known = || self.clusters.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let label = connector.cluster().filter(|label| !label.is_empty());
        let cluster = label.ok_or_else(|| Problem::NoLabel { known: known() })?;
        let found = self.clusters.get_key_value(cluster).map(|(name, connect)| (name.as_str(), connect));
        found.ok_or_else(|| Problem::NoCluster { cluster: cluster.to_owned(), known: known() })
    }

    /// Whether every object has been heard of once.
    #[must_use]
    pub fn are_complete(&self) -> bool {
        self.objects.0.iter().all(|watched| *watched.complete.borrow())
    }
}
