//! The kind `KafkaConnector` of `kafka.strimzi.io/v1`, as far as it is read and written here. The kind itself is Strimzi's.

use delivery_controller::kinds::Kinds;
use delivery_controller::time::whole_seconds;
use jiff::Timestamp;
use kube::core::DeserializeGuard;
use kube::{CustomResource, ResourceExt};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
/// `Warning=True`: something besides.
pub const WARNING: &str = "Warning";
/// `ReconciliationPaused=True`: nothing is done for it.
pub const PAUSED: &str = "ReconciliationPaused";

/// A `KafkaConnector`, or the metadata of something that should be one.
pub type GuardedConnector = DeserializeGuard<KafkaConnector>;

/// What the connector should be.
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
    /// The most tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks_max: Option<i64>,
    /// Whether what failed is restarted.
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
    /// Where offsets are listed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_offsets: Option<ListOffsets>,
    /// Where new offsets are taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alter_offsets: Option<AlterOffsets>,
}

/// Whether what failed is restarted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AutoRestart {
    /// No, when it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Without limit when it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_restarts: Option<i64>,
}

/// The state that a connector should be in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TargetState {
    /// It works.
    #[default]
    Running,
    /// It keeps its tasks and stands.
    Paused,
    /// It has no tasks.
    Stopped,
}

/// Where offsets are listed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListOffsets {
    /// The `ConfigMap`.
    pub to_config_map: Reference,
}

/// Where new offsets are taken from.
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

/// What is said of the connector, in Strimzi's shape.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectorStatus {
    /// Either `Ready` or `NotReady`, then warnings.
    pub conditions: Vec<Condition>,
    /// The generation that was last served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The restarts of what failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_restart: Option<AutoRestartStatus>,
    /// The connector's status as Connect's REST API answers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector_status: Option<Value>,
    /// For the scale subresource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks_max: Option<i64>,
    /// The topics that it has used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<String>>,
}

/// A condition as Strimzi has it: true, or not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// Which.
    #[serde(rename = "type")]
    pub type_: String,
    /// `True`.
    pub status: String,
    /// Since when, as `yyyy-MM-ddTHH:mm:ssZ`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<String>,
    /// A stable name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A whole sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The restarts of what failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AutoRestartStatus {
    /// How many since it was last stable.
    pub count: i64,
    /// When the last was, as `yyyy-MM-ddTHH:mm:ssZ`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_restart_timestamp: Option<String>,
}

impl KafkaConnector {
    /// The Kafka Connect cluster that its label names.
    #[must_use]
    pub fn cluster(&self) -> Option<&str> {
        cluster_of(self)
    }

    /// The value of an annotation.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.metadata.annotations.as_ref()?.get(name).map(String::as_str)
    }

    /// The state that it should be in.
    #[must_use]
    pub fn target_state(&self) -> TargetState {
        self.spec.state.unwrap_or_default()
    }

    /// The restarts counted so far. A changed object may put right whatever had failed: counting begins anew.
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
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_as_a_user_writes_it() {
        let connector: KafkaConnector = serde_yaml::from_str(
            "
            apiVersion: kafka.strimzi.io/v1
            kind: KafkaConnector
            metadata:
              name: positions
              labels: { strimzi.io/cluster: connect }
              annotations: { strimzi.io/restart: 'true' }
            spec:
              class: FileStreamSource
              tasksMax: 2
              autoRestart: { enabled: true, maxRestarts: 7 }
              state: stopped
              config: { file: /tmp/in, topic: lines, batch.size: 10 }
              listOffsets: { toConfigMap: { name: offsets } }
            ",
        )
        .unwrap();
        assert_eq!((connector.cluster(), connector.target_state()), (Some("connect"), TargetState::Stopped));
        assert_eq!(connector.annotation("strimzi.io/restart"), Some("true"));
        assert_eq!(connector.spec.config.unwrap()["batch.size"], 10);
        assert_eq!(connector.spec.list_offsets.unwrap().to_config_map.name, "offsets");
    }

    #[test]
    fn times_are_in_whole_seconds() {
        assert_eq!(seconds("2026-11-22T10:00:00.999Z".parse().unwrap()), "2026-11-22T10:00:00Z");
    }
}
