//! The pod of one attempt at a Delivery, and the ConfigMap with all that it needs. Pure.
//!
//! The ConfigMap is immutable and of the pod's name: a pod never sees another plan than the one that it was made for.

use crate::config::Config;
use crate::trace;
use crate::view::{CONTAINER, Facts, attempt_annotation, route_annotation};
use delivery_api::Delivery;
use delivery_api::names::{DELIVERY_LABEL, DELIVERY_UID_LABEL};
use delivery_kafka::KafkaConfig;
use delivery_messages::{Plan, Route};
use k8s_openapi::api::core::v1::{
    Capabilities, ConfigMap, ConfigMapVolumeSource, Container, ContainerPort, EnvVar, Pod, PodSecurityContext, PodSpec,
    SeccompProfile, SecretVolumeSource, SecurityContext, Toleration, Volume, VolumeMount,
};
use kube::api::ObjectMeta;
use kube::{Resource, ResourceExt};
use serde::Serialize;
use std::collections::BTreeMap;

const CONFIGURATION: &str = "/etc/code-delivery";
const KAFKA_PROPERTIES: &str = "/etc/code-delivery-kafka";
/// The user and group of the images.
const NOBODY: i64 = 65_532;
/// Seconds for the last state record to reach Kafka.
const GRACE: i64 = 15;
/// Seconds after which the pod leaves a node that is gone.
const PATIENCE: i64 = 30;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    kafka: KafkaConfig,
}

#[derive(Serialize)]
struct Plans<'a> {
    plans: [Driven<'a>; 1],
}

#[derive(Serialize)]
struct Driven<'a> {
    plan: &'a Plan,
    route: &'a Route,
    traceparent: String,
}

/// The ConfigMap of an attempt.
///
/// # Errors
/// Only when the configuration cannot be written as YAML or the plan as JSON.
pub fn config_map(
    delivery: &Delivery,
    facts: &Facts,
    plan: &Plan,
    route: &Route,
    config: &Config,
) -> Result<ConfigMap, String> {
    let properties = config.simulator.kafka_properties_secret.as_ref();
    let configuration = Configuration {
        kafka: KafkaConfig {
            properties_directory: properties.map(|_| KAFKA_PROPERTIES.into()),
            ..config.kafka.clone()
        },
    };
    let plans = Plans { plans: [Driven { plan, route, traceparent: trace::of(delivery) }] };
    Ok(ConfigMap {
        metadata: metadata(delivery, facts, config),
        immutable: Some(true),
        data: Some(BTreeMap::from([
            ("config.yaml".to_owned(), serde_yaml::to_string(&configuration).map_err(|error| error.to_string())?),
            ("plans.json".to_owned(), serde_json::to_string(&plans).map_err(|error| error.to_string())?),
        ])),
        binary_data: None,
    })
}

/// The pod of an attempt.
#[must_use]
pub fn pod(delivery: &Delivery, facts: &Facts, config: &Config) -> Pod {
    let name = facts.current_pod(delivery);
    let mut metadata = metadata(delivery, facts, config);
    // Istio and Kiali name a pod's workload after its owner only if the pod has this.
    metadata.generate_name = Some(format!("{}-", delivery.name_any()));
    metadata.annotations.get_or_insert_default().extend(config.simulator.annotations.clone());
    let mut volumes = vec![Volume {
        name: "configuration".to_owned(),
        config_map: Some(ConfigMapVolumeSource { name, ..ConfigMapVolumeSource::default() }),
        ..Volume::default()
    }];
    let mut mounts = vec![mount("configuration", CONFIGURATION)];
    if let Some(secret) = &config.simulator.kafka_properties_secret {
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
            service_account_name: Some(config.simulator.service_account_name.clone()),
            automount_service_account_token: Some(false),
            enable_service_links: Some(false),
            termination_grace_period_seconds: Some(GRACE),
            tolerations: Some(vec![
                leave_after("node.kubernetes.io/not-ready"),
                leave_after("node.kubernetes.io/unreachable"),
            ]),
            security_context: Some(PodSecurityContext {
                run_as_non_root: Some(true),
                run_as_user: Some(NOBODY),
                run_as_group: Some(NOBODY),
                fs_group: Some(NOBODY),
                seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), localhost_profile: None }),
                ..PodSecurityContext::default()
            }),
            containers: vec![container(config, mounts)],
            volumes: Some(volumes),
            ..PodSpec::default()
        }),
        status: None,
    }
}

fn container(config: &Config, mounts: Vec<VolumeMount>) -> Container {
    let simulator = &config.simulator;
    Container {
        name: CONTAINER.to_owned(),
        image: Some(simulator.image.clone()),
        image_pull_policy: Some(simulator.image_pull_policy.clone()),
        env: Some(vec![EnvVar { name: "RUST_LOG".to_owned(), value: Some(simulator.log.clone()), value_from: None }]),
        ports: Some(vec![ContainerPort {
            name: Some("http-metrics".to_owned()),
            container_port: 9090,
            ..ContainerPort::default()
        }]),
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

fn metadata(delivery: &Delivery, facts: &Facts, config: &Config) -> ObjectMeta {
    let mut labels = config.simulator.labels.clone();
    labels.insert(DELIVERY_LABEL.to_owned(), delivery.name_any());
    labels.insert(DELIVERY_UID_LABEL.to_owned(), delivery.uid().unwrap_or_default());
    ObjectMeta {
        name: Some(facts.current_pod(delivery)),
        namespace: delivery.namespace(),
        labels: Some(labels),
        annotations: Some(BTreeMap::from([
            (attempt_annotation(), facts.attempt.to_string()),
            (route_annotation(), facts.route.clone().unwrap_or_default()),
        ])),
        owner_references: delivery.controller_owner_ref(&()).map(|owner| vec![owner]),
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

fn leave_after(taint: &str) -> Toleration {
    Toleration {
        key: Some(taint.to_owned()),
        operator: Some("Exists".to_owned()),
        effect: Some("NoExecute".to_owned()),
        toleration_seconds: Some(PATIENCE),
        value: None,
    }
}
