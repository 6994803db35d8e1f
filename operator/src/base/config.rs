//! The operator's configuration file: its fields, their defaults, and what they must agree on.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use delivery_kafka::KafkaConfig;
use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use serde::Deserialize;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The source in the plans, unique per installation: `namespace/release`.
    pub source: String,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    #[serde(default = "delivery_observability::admin::default_address")]
    pub admin_address: SocketAddr,
    /// The namespaces whose Deliveries and DeliveryRoutes are served.
    pub watch_namespaces: Vec<String>,
    pub lease: LeaseName,
    pub kafka: KafkaConfig,
    pub requests: Requests,
    #[serde(default)]
    pub topics: Topics,
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
}

/// The settings that topics are created with. The compacted ones keep the newest record of each key, whatever the retention.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Topics {
    /// Partitions of a topic; `delivery.erased` has one.
    pub partitions: i32,
    /// Replicas of each partition.
    pub replication_factor: i32,
    /// Replicas that must have a record before its write is acknowledged.
    pub min_insync_replicas: i32,
    /// Hours that records are kept; -1: forever.
    pub retention_hours: i64,
    /// Bytes of each partition that are kept; -1: without limit.
    pub retention_bytes: i64,
    /// Settings of single topics, by their names without the prefix.
    pub overrides: BTreeMap<delivery_messages::Topic, TopicOverride>,
}

/// The settings of one topic that differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TopicOverride {
    /// See [`Topics::partitions`].
    pub partitions: Option<i32>,
    /// See [`Topics::replication_factor`].
    pub replication_factor: Option<i32>,
    /// See [`Topics::min_insync_replicas`].
    pub min_insync_replicas: Option<i32>,
    /// See [`Topics::retention_hours`].
    pub retention_hours: Option<i64>,
    /// See [`Topics::retention_bytes`].
    pub retention_bytes: Option<i64>,
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
        delivery_messages::Topic::ALL.into_iter().try_for_each(|topic| {
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

/// What one topic is created with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicValues {
    /// See [`Topics::partitions`].
    pub partitions: i32,
    /// See [`Topics::replication_factor`].
    pub replication_factor: i32,
    /// See [`Topics::min_insync_replicas`].
    pub min_insync_replicas: i32,
    /// See [`Topics::retention_hours`].
    pub retention_hours: i64,
    /// See [`Topics::retention_bytes`].
    pub retention_bytes: i64,
}

impl Topics {
    /// What one topic is created with.
    #[must_use]
    pub fn of(&self, topic: delivery_messages::Topic) -> TopicValues {
        let own = self.overrides.get(&topic).cloned().unwrap_or_default();
        TopicValues {
            // A short list, read whole by every service: one partition, unless this topic itself is overridden.
            partitions: own.partitions.unwrap_or(if topic == delivery_messages::Topic::Erased {
                1
            } else {
                self.partitions
            }),
            replication_factor: own.replication_factor.unwrap_or(self.replication_factor),
            min_insync_replicas: own.min_insync_replicas.unwrap_or(self.min_insync_replicas),
            retention_hours: own.retention_hours.unwrap_or(self.retention_hours),
            retention_bytes: own.retention_bytes.unwrap_or(self.retention_bytes),
        }
    }
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            partitions: 6,
            replication_factor: 3,
            min_insync_replicas: 2,
            retention_hours: 168,
            retention_bytes: 1 << 30,
            overrides: BTreeMap::new(),
        }
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
