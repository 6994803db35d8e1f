//! The operator's configuration file: its fields, their defaults, and what they must agree on.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use delivery_kafka::KafkaConfig;
use delivery_kafka::topics::topology::TopicsConfig;
use jiff::SignedDuration;
use k8s_openapi::api::core::v1::{Affinity, ResourceRequirements, Toleration, TopologySpreadConstraint};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use serde::Deserialize;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The source in the plans, unique per installation: `namespace/release`.
    pub source: String,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    #[serde(default = "delivery_observability::port::admin::default_address")]
    pub admin_address: SocketAddr,
    /// The namespaces whose Deliveries and DeliveryRoutes are served.
    pub watch_namespaces: Vec<String>,
    pub lease: LeaseName,
    pub kafka: KafkaConfig,
    pub requests: Requests,
    #[serde(default)]
    pub topics: TopicsConfig,
    #[serde(default)]
    pub retention: Retention,
    pub simulator: Simulator,
}

/// The Lease that the leading replica holds. It is created when it does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeaseName {
    pub namespace: String,
    pub name: String,
}

/// How long the compacted topics keep what has ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Retention {
    /// Hours after the end of a delivery whose object is gone, or since a revision of a route was last offered; -1: forever.
    pub ended_deliveries_hours: i64,
}

impl Default for Retention {
    /// A week longer than the positions are kept, so that every position has a plan.
    fn default() -> Self {
        Self { ended_deliveries_hours: 336 }
    }
}

/// What becomes of start requests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Requests {
    /// The namespace in which they become Deliveries; one of the watched ones.
    pub namespace: String,
    /// The maximum number of deliveries in that namespace that have not ended.
    #[serde(default = "max_active")]
    pub max_active: usize,
    /// The same per client.
    #[serde(default = "max_active_per_client")]
    pub max_active_per_client: usize,
    /// Seconds after its end at which a Delivery from a request is deleted; null: never.
    #[serde(default = "ttl")]
    pub ttl_seconds_after_finished: Option<u32>,
    /// Hours after which a Delivery from a request that is suspended is deleted, so that those that nobody resumes do not use up
    /// the limits; 0: never.
    #[serde(default = "suspended_hours")]
    pub suspended_hours: u32,
}

impl Requests {
    /// How long a Delivery from a request may be suspended.
    #[must_use]
    pub(crate) fn suspension(&self) -> Option<SignedDuration> {
        (self.suspended_hours > 0).then(|| SignedDuration::from_hours(i64::from(self.suspended_hours)))
    }
}

/// The simulator pods.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Simulator {
    pub image: String,
    #[serde(default = "pull_policy")]
    pub image_pull_policy: String,
    /// Its token is never mounted.
    pub service_account_name: String,
    /// A Secret with Kafka client properties in each watched namespace.
    #[serde(default)]
    pub kafka_properties_secret: Option<String>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    #[serde(default = "resources")]
    pub resources: ResourceRequirements,
    /// The log filter, as in `RUST_LOG`.
    #[serde(default = "log")]
    pub log: String,
    /// Further environment variables, such as where traces go.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub node_selector: BTreeMap<String, String>,
    /// Beside those that evict a pod from a node that is lost.
    #[serde(default)]
    pub tolerations: Vec<Toleration>,
    #[serde(default)]
    pub affinity: Option<Affinity>,
    #[serde(default)]
    pub topology_spread_constraints: Vec<TopologySpreadConstraint>,
    #[serde(default)]
    pub priority_class_name: Option<String>,
    /// The user and group of the pods; null: as the cluster assigns them.
    #[serde(default)]
    pub run_as_user: Option<i64>,
}

/// Why a configuration cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Nothing to watch.
    #[error("watchNamespaces is empty; name at least one namespace.")]
    NothingWatched,
    /// Requests would become Deliveries that no operator serves.
    #[error("requests.namespace is {0}, which is not among watchNamespaces; add it there.")]
    RequestsUnwatched(String),
    /// A number of partitions, or of replicas, below 1.
    #[error("topics.{0} must be at least 1.")]
    NotPositive(&'static str),
    /// Writes could never be acknowledged.
    #[error("topics.minInsyncReplicas ({minimum}) is greater than topics.replicationFactor ({replicas}) for {topic}.")]
    TooFewReplicas { topic: &'static str, minimum: i32, replicas: i32 },
    /// Deliveries would be removed before they end.
    #[error("retention.endedDeliveriesHours is {0}; give at least 1, or -1 to keep them forever.")]
    NoRetention(i64),
    /// Without a source, plans of this installation cannot be recognized.
    #[error("source is empty; name the installation as namespace/release.")]
    NoSource,
}

impl Config {
    /// Checks what the fields must agree on.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self) -> Result<(), Contradiction> {
        if self.source.is_empty() {
            return Err(Contradiction::NoSource);
        }
        if self.watch_namespaces.is_empty() {
            return Err(Contradiction::NothingWatched);
        }
        if !self.watch_namespaces.contains(&self.requests.namespace) {
            return Err(Contradiction::RequestsUnwatched(self.requests.namespace.clone()));
        }
        if !matches!(self.retention.ended_deliveries_hours, -1 | 1..) {
            return Err(Contradiction::NoRetention(self.retention.ended_deliveries_hours));
        }
        self.topics.topics().try_for_each(|topic| {
            let wanted = self.topics.of(topic);
            for (name, value) in [
                ("partitions", wanted.partitions),
                ("replicationFactor", wanted.replication_factor),
                ("minInsyncReplicas", wanted.min_insync_replicas),
            ] {
                if value < 1 {
                    return Err(Contradiction::NotPositive(name));
                }
            }
            if wanted.min_insync_replicas > wanted.replication_factor {
                let (minimum, replicas) = (wanted.min_insync_replicas, wanted.replication_factor);
                return Err(Contradiction::TooFewReplicas { topic: topic.name(), minimum, replicas });
            }
            Ok(())
        })
    }
}

fn max_active() -> usize {
    200
}

fn max_active_per_client() -> usize {
    100
}

// serde wants the field's own type.
#[expect(clippy::unnecessary_wraps, reason = "the default of an optional field")]
fn ttl() -> Option<u32> {
    Some(3600)
}

fn suspended_hours() -> u32 {
    24
}

fn pull_policy() -> String {
    "IfNotPresent".to_owned()
}

fn log() -> String {
    "info".to_owned()
}

fn resources() -> ResourceRequirements {
    let quantities = |pairs: &[(&str, &str)]| {
        Some(pairs.iter().map(|(name, value)| ((*name).to_owned(), Quantity((*value).to_owned()))).collect())
    };
    ResourceRequirements {
        requests: quantities(&[("cpu", "5m"), ("memory", "16Mi")]),
        limits: quantities(&[("memory", "64Mi")]),
        claims: None,
    }
}

#[cfg(test)]
#[path = "tests/config.rs"]
pub(crate) mod tests;
