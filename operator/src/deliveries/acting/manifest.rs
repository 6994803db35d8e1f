//! The pod of one attempt at a delivery, and the ConfigMap that it reads. Pure.
//!
//! The ConfigMap is immutable and has the pod's name: a pod never sees another plan than the one that it was created for.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use delivery_api::names::{DELIVERY_LABEL, DELIVERY_UID_LABEL};
use delivery_kafka::KafkaConfig;
use delivery_messages::{Plan, Route};
use k8s_openapi::api::core::v1::{
    Capabilities, ConfigMap, ConfigMapVolumeSource, Container, ContainerPort, EnvVar, HTTPGetAction, Pod,
    PodSecurityContext, PodSpec, Probe, SeccompProfile, SecretVolumeSource, SecurityContext, Toleration, Volume,
    VolumeMount,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::api::ObjectMeta;
use serde::Serialize;

use crate::base::config::{Config, Simulator};
use crate::base::subject::Subject;
use crate::deliveries::observing::observed::Facts;
use crate::deliveries::observing::pods::{CONTAINER, attempt_annotation, route_annotation};
use crate::error::EncodeError;

const CONFIGURATION: &str = "/etc/code-delivery";
const KAFKA_PROPERTIES: &str = "/etc/code-delivery-kafka";
/// The grace period in seconds: enough for the last state record to reach Kafka.
const GRACE: i64 = 15;
/// The port of `/livez` and `/metrics`.
const ADMIN_PORT: u16 = 9090;
const ADMIN_PORT_NAME: &str = "http-metrics";
/// Seconds after which the pod is evicted from a node that is not ready.
const TOLERATION: i64 = 30;

/// How to run the simulator.
#[derive(Clone, Debug)]
pub(crate) struct PodSettings {
    pub simulator: Simulator,
    /// The simulator's connection to Kafka is the operator's own, with the properties of its own Secret.
    pub kafka: KafkaConfig,
    /// Where the simulator listens: at the operator's own address, which is of the cluster's IP family.
    pub admin_address: SocketAddr,
}

impl PodSettings {
    #[must_use]
    pub(crate) fn of(config: &Config) -> Self {
        let admin_address = SocketAddr::new(config.admin_address.ip(), ADMIN_PORT);
        Self { simulator: config.simulator.clone(), kafka: config.kafka.clone(), admin_address }
    }
}

/// The simulator's configuration file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    kafka: KafkaConfig,
    admin_address: SocketAddr,
}

#[derive(Serialize)]
struct Plans<'a> {
    plans: [PlanWithRoute<'a>; 1],
}

#[derive(Serialize)]
struct PlanWithRoute<'a> {
    plan: &'a Plan,
    route: &'a Route,
    traceparent: &'a str,
}

/// The ConfigMap of an attempt.
///
/// # Errors
/// When the configuration or the plan cannot be encoded.
pub(crate) fn config_map(
    delivery: &Subject,
    facts: &Facts,
    plan: &Plan,
    route: &Route,
    settings: &PodSettings,
) -> Result<ConfigMap, EncodeError> {
    let properties = settings.simulator.kafka_properties_secret.as_ref();
    let configuration = Configuration {
        kafka: KafkaConfig {
            properties_directory: properties.map(|_| KAFKA_PROPERTIES.into()),
            ..settings.kafka.clone()
        },
        admin_address: settings.admin_address,
    };
    let plans = Plans { plans: [PlanWithRoute { plan, route, traceparent: &delivery.traceparent }] };
    Ok(ConfigMap {
        metadata: metadata(delivery, facts, settings),
        immutable: Some(true),
        data: Some(BTreeMap::from([
            ("config.yaml".to_owned(), serde_yaml::to_string(&configuration)?),
            ("plans.json".to_owned(), serde_json::to_string(&plans)?),
        ])),
        binary_data: None,
    })
}

/// The pod of an attempt.
#[must_use]
pub(crate) fn pod(delivery: &Subject, facts: &Facts, settings: &PodSettings) -> Pod {
    let simulator = &settings.simulator;
    let name = facts.current_pod(&delivery.key);
    let mut metadata = metadata(delivery, facts, settings);
    // Istio and Kiali name a pod's workload after its owner only if the pod has a generateName.
    metadata.generate_name = Some(format!("{}-", delivery.key.name));
    metadata.annotations.get_or_insert_default().extend(simulator.annotations.clone());
    let mut volumes = vec![Volume {
        name: "configuration".to_owned(),
        config_map: Some(ConfigMapVolumeSource { name, ..ConfigMapVolumeSource::default() }),
        ..Volume::default()
    }];
    let mut mounts = vec![mount("configuration", CONFIGURATION)];
    if let Some(secret) = &simulator.kafka_properties_secret {
        volumes.push(Volume {
            name: "kafka".to_owned(),
            secret: Some(SecretVolumeSource {
                secret_name: Some(secret.clone()),
                default_mode: Some(0o440),
                ..SecretVolumeSource::default()
            }),
            ..Volume::default()
        });
        mounts.push(mount("kafka", KAFKA_PROPERTIES));
    }
    Pod {
        metadata,
        spec: Some(PodSpec {
            restart_policy: Some("OnFailure".to_owned()),
            service_account_name: Some(simulator.service_account_name.clone()),
            automount_service_account_token: Some(false),
            enable_service_links: Some(false),
            termination_grace_period_seconds: Some(GRACE),
            node_selector: Some(simulator.node_selector.clone()).filter(|labels| !labels.is_empty()),
            tolerations: Some(tolerations(&simulator.tolerations)),
            affinity: simulator.affinity.clone(),
            topology_spread_constraints: Some(simulator.topology_spread_constraints.clone())
                .filter(|all| !all.is_empty()),
            priority_class_name: simulator.priority_class_name.clone(),
            security_context: Some(PodSecurityContext {
                run_as_non_root: Some(true),
                run_as_user: simulator.run_as_user,
                run_as_group: simulator.run_as_user,
                fs_group: simulator.run_as_user,
                seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), localhost_profile: None }),
                ..PodSecurityContext::default()
            }),
            containers: vec![container(simulator, mounts)],
            volumes: Some(volumes),
            ..PodSpec::default()
        }),
        status: None,
    }
}

fn container(simulator: &Simulator, mounts: Vec<VolumeMount>) -> Container {
    Container {
        name: CONTAINER.to_owned(),
        image: Some(simulator.image.clone()),
        image_pull_policy: Some(simulator.image_pull_policy.clone()),
        env: Some(environment(simulator)),
        ports: Some(vec![ContainerPort {
            name: Some(ADMIN_PORT_NAME.to_owned()),
            container_port: i32::from(ADMIN_PORT),
            ..ContainerPort::default()
        }]),
        liveness_probe: Some(liveness()),
        resources: Some(simulator.resources.clone()),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
            read_only_root_filesystem: Some(true),
            ..SecurityContext::default()
        }),
        volume_mounts: Some(mounts),
        ..Container::default()
    }
}

fn environment(simulator: &Simulator) -> Vec<EnvVar> {
    let variable =
        |(name, value): (&str, &str)| EnvVar { name: name.to_owned(), value: Some(value.to_owned()), value_from: None };
    let further = simulator.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    // The process of one delivery has a few threads that hardly do anything; by default the C library gives each of them a heap of its own.
    // What it has read of Kafka to find out where to resume is free soon after, and must not stay with it, nor all later buffers.
    let ours = [
        ("RUST_LOG", simulator.log.as_str()),
        ("MALLOC_ARENA_MAX", "1"),
        ("MALLOC_MMAP_THRESHOLD_", "65536"),
        ("MALLOC_TRIM_THRESHOLD_", "65536"),
    ];
    ours.into_iter().filter(|(name, _)| !simulator.env.contains_key(*name)).chain(further).map(variable).collect()
}

/// A process that does not answer, or whose loop is stuck, is restarted after a minute. It answers while it waits for Kafka; the time
/// limit is for a node that is short of CPU.
fn liveness() -> Probe {
    Probe {
        http_get: Some(HTTPGetAction {
            path: Some("/livez".to_owned()),
            port: IntOrString::String(ADMIN_PORT_NAME.to_owned()),
            ..HTTPGetAction::default()
        }),
        period_seconds: Some(20),
        timeout_seconds: Some(5),
        failure_threshold: Some(3),
        ..Probe::default()
    }
}

fn metadata(delivery: &Subject, facts: &Facts, settings: &PodSettings) -> ObjectMeta {
    let mut labels = settings.simulator.labels.clone();
    labels.insert(DELIVERY_LABEL.to_owned(), delivery.key.name.clone());
    labels.insert(DELIVERY_UID_LABEL.to_owned(), delivery.key.uid.clone());
    ObjectMeta {
        name: Some(facts.current_pod(&delivery.key)),
        namespace: Some(delivery.key.namespace.clone()),
        labels: Some(labels),
        annotations: Some(BTreeMap::from([
            (attempt_annotation(), facts.attempt.to_string()),
            (route_annotation(), facts.route.clone().unwrap_or_default()),
        ])),
        owner_references: Some(vec![delivery.owner_reference()]),
        ..ObjectMeta::default()
    }
}

fn mount(volume: &str, path: &str) -> VolumeMount {
    VolumeMount {
        name: volume.to_owned(),
        mount_path: path.to_owned(),
        read_only: Some(true),
        ..VolumeMount::default()
    }
}

/// Those of the configuration, and ours for taints that it does not name.
fn tolerations(configured: &[Toleration]) -> Vec<Toleration> {
    let lost = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
    let unnamed = lost.into_iter().filter(|taint| configured.iter().all(|one| one.key.as_deref() != Some(*taint)));
    configured.iter().cloned().chain(unnamed.map(evict_from)).collect()
}

fn evict_from(taint: &str) -> Toleration {
    Toleration {
        key: Some(taint.to_owned()),
        operator: Some("Exists".to_owned()),
        effect: Some("NoExecute".to_owned()),
        toleration_seconds: Some(TOLERATION),
        value: None,
    }
}

#[cfg(test)]
#[path = "tests/manifest.rs"]
mod tests;
