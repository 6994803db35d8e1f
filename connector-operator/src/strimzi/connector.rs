//! The kind `KafkaConnector` of `kafka.strimzi.io/v1`: the fields that are read or written here. The CRD itself is Strimzi's.

use delivery_controller::kinds::Kinds;
use delivery_controller::time::whole_seconds;
use jiff::Timestamp;
use kube::core::DeserializeGuard;
use kube::{CustomResource, ResourceExt};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The name under which the API server records our writes.
pub const FIELD_MANAGER: &str = "code-delivery-connector-operator";
/// The API group.
pub const GROUP: &str = "kafka.strimzi.io";
/// The version of the group.
pub const VERSION: &str = "v1";
/// The kind, which is Strimzi's: it may be installed later, or never.
pub static KINDS: Kinds = Kinds {
    group: GROUP,
    version: VERSION,
    names: &["KafkaConnector"],
    dependency: "kafkaconnectors",
    missing: "The kind KafkaConnector of kafka.strimzi.io/v1 is not served; install Strimzi's CRDs. They are picked up when they appear.",
};
/// The label that names the Kafka Connect cluster.
pub const CLUSTER_LABEL: &str = "strimzi.io/cluster";
/// Success: `Ready=True`. There is no `Ready=False`.
pub const READY: &str = "Ready";
/// Failure: `NotReady=True`, and no `Ready`.
pub const NOT_READY: &str = "NotReady";
/// `Warning=True`: worth knowing, beside the others.
pub const WARNING: &str = "Warning";
/// `ReconciliationPaused=True`: the operator does nothing for this object.
pub const PAUSED: &str = "ReconciliationPaused";

/// A `KafkaConnector`, or only the metadata of an object that cannot be read as one.
pub type GuardedConnector = DeserializeGuard<KafkaConnector>;

/// The connector that the user asks for.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[kube(
    group = "kafka.strimzi.io",
    version = "v1",
    kind = "KafkaConnector",
    namespaced,
    status = "ConnectorStatus",
    schema = "disabled"
)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectorSpec {
    /// The plugin's class, or its alias.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The maximum number of tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks_max: Option<i64>,
    /// Whether failed connectors and tasks are restarted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_restart: Option<AutoRestart>,
    /// The plugin's version, or a range of versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The options of the plugin and of Connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Map<String, Value>>,
    /// Running when it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<TargetState>,
    /// Where the offsets are written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_offsets: Option<ListOffsets>,
    /// Where new offsets are read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alter_offsets: Option<AlterOffsets>,
}

/// Whether failed connectors and tasks are restarted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AutoRestart {
    /// Absent means no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Absent means without limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_restarts: Option<i64>,
}

/// The state that the user asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetState {
    /// Its tasks run.
    #[default]
    Running,
    /// It keeps its tasks, and they do nothing.
    Paused,
    /// It has no tasks.
    Stopped,
}

/// Where the offsets are written to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListOffsets {
    /// The `ConfigMap`.
    pub to_config_map: Reference,
}

/// Where new offsets are read from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlterOffsets {
    /// The `ConfigMap`.
    pub from_config_map: Reference,
}

/// An object of the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Reference {
    /// Its name.
    pub name: String,
}

/// The observed state, in Strimzi's shape.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectorStatus {
    /// Either `Ready` or `NotReady`, then warnings.
    pub conditions: Vec<Condition>,
    /// The generation of the object that this status describes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The automatic restarts so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_restart: Option<AutoRestartStatus>,
    /// The connector's status as Connect's REST API returned it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector_status: Option<Value>,
    /// For the scale subresource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks_max: Option<i64>,
    /// The topics that the connector has used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<String>>,
}

/// A condition as Strimzi writes it: true, or absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// `Ready`, `NotReady`, `Warning` or `ReconciliationPaused`.
    #[serde(rename = "type")]
    pub type_: String,
    /// Always `True`.
    pub status: String,
    /// Since when, as `yyyy-MM-ddTHH:mm:ssZ`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<String>,
    /// A stable name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A whole sentence for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The automatic restarts so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AutoRestartStatus {
    /// How many since the connector was last stable.
    pub count: i64,
    /// When the last was, as `yyyy-MM-ddTHH:mm:ssZ`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_restart_timestamp: Option<String>,
}

impl KafkaConnector {
    /// The value of an annotation.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.metadata.annotations.as_ref()?.get(name).map(String::as_str)
    }

    /// The state that the user asks for; running by default.
    #[must_use]
    pub fn target_state(&self) -> TargetState {
        self.spec.state.unwrap_or_default()
    }

    /// The restarts counted so far. A change of the object may have fixed the failure, so it resets the count.
    #[must_use]
    pub fn restarts(&self) -> Option<&AutoRestartStatus> {
        let status = self.status.as_ref().filter(|status| status.observed_generation == self.metadata.generation)?;
        status.auto_restart.as_ref()
    }
}

/// The Kafka Connect cluster that an object's label names.
pub fn cluster_of<K: ResourceExt>(object: &K) -> Option<&str> {
    object.labels().get(CLUSTER_LABEL).map(String::as_str)
}

impl ConnectorStatus {
    /// The condition of that type.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.type_ == kind)
    }
}

/// A time as Strimzi's schema wants it: in whole seconds, UTC.
#[must_use]
pub fn seconds(time: Timestamp) -> String {
    whole_seconds(time).to_string()
}

#[cfg(test)]
#[path = "tests/connector.rs"]
mod tests;
