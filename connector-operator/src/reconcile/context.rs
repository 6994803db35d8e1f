//! What the reconciliations of all objects share.

use delivery_controller::backoff::Backoff;
use delivery_controller::events::Events;
use delivery_http_client::Http;
use kube::Client;

use crate::config::Config;
use crate::connect::clusters::Clusters;
use crate::metrics::Metrics;
use crate::status::report::LeftToStrimzi;
use crate::strimzi::connector::FIELD_MANAGER;

/// The servers and the memory of reconciliations. Each step takes only the parts that it needs.
pub struct Context {
    /// The API server.
    pub client: Client,
    /// The configuration.
    pub config: Config,
    /// The Kafka Connect clusters.
    pub clusters: Clusters,
    /// When failed objects are retried.
    pub backoff: Backoff,
    /// The objects that are left to Strimzi.
    pub left_to_strimzi: LeftToStrimzi,
    /// The writer of Events.
    pub events: Events,
    /// The process's metrics.
    pub metrics: Metrics,
}

impl Context {
    /// A context without memory.
    #[must_use]
    pub fn new(client: Client, config: Config, http: &Http, metrics: Metrics) -> Self {
        Self {
            clusters: Clusters::new(http, &config.clusters, &metrics),
            events: Events::new(client.clone(), FIELD_MANAGER),
            client,
            config,
            backoff: Backoff::default(),
            left_to_strimzi: LeftToStrimzi::default(),
            metrics,
        }
    }
}
