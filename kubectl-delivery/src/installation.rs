//! Finds Code Delivery in a cluster: what its operator is configured with, and which image it runs.

use crate::cluster::Cluster;
use crate::error::Error;
use delivery_kafka::KafkaConfig;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, LocalObjectReference, Secret};
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use serde::Deserialize;

/// The annotation of the operator's Deployment that names another image with `/kubectl-delivery` in it.
pub const IMAGE_ANNOTATION: &str = "codedelivery.dev/kubectl-image";

/// The key of the operator's ConfigMap that holds its configuration.
pub const CONFIG_KEY: &str = "config.yaml";

const SELECTOR: &str = "app.kubernetes.io/part-of=code-delivery,app.kubernetes.io/name=code-delivery-operator";

/// What is of use here of the operator's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorConfig {
    /// How Kafka is reached from inside the cluster.
    pub kafka: KafkaConfig,
    /// The namespaces whose deliveries it runs.
    #[serde(default)]
    pub watch_namespaces: Vec<String>,
    /// What its pods are given.
    #[serde(default)]
    simulator: SimulatorConfig,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SimulatorConfig {
    #[serde(default)]
    kafka_properties_secret: Option<String>,
}

impl OperatorConfig {
    /// The Secret with the properties of Kafka's clients, if there is one.
    #[must_use]
    pub fn secret(&self) -> Option<&str> {
        self.simulator.kafka_properties_secret.as_deref()
    }
}

/// Code Delivery in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The namespace of the operator.
    pub namespace: String,
    /// The ConfigMap with its configuration.
    pub config_map: String,
    /// Its configuration.
    pub config: OperatorConfig,
}

/// The image of a reader in the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Its name.
    pub name: String,
    /// When it is pulled.
    pub pull_policy: Option<String>,
    /// With which secrets.
    pub pull_secrets: Vec<LocalObjectReference>,
}

/// Finds the installation that runs the deliveries of the namespace in use, or the one in `namespace`.
///
/// # Errors
/// When there is none or more than one, or it may not be looked for.
pub async fn find(cluster: &Cluster, namespace: Option<&str>) -> Result<Installation, Error> {
    let asked = namespace.unwrap_or(&cluster.namespace);
    let here = list(Api::namespaced(cluster.client.clone(), asked)).await?;
    if !here.is_empty() || namespace.is_some() {
        return choose(here, &cluster.namespace, asked);
    }
    match list(Api::all(cluster.client.clone())).await {
        Ok(all) => choose(all, &cluster.namespace, asked),
        Err(Error::Api { source, .. }) if is_forbidden(&source) => Err(Error::NoInstallation(format!(
            "Code Delivery's operator is not in the namespace {asked}, and you may not look for it in the others; name \
             its namespace with --installation-namespace, or Kafka with --bootstrap-servers and the gateway with --gateway."
        ))),
        Err(error) => Err(error),
    }
}

fn is_forbidden(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 403)
}

async fn list(config_maps: Api<ConfigMap>) -> Result<Vec<Installation>, Error> {
    let found = config_maps.list(&ListParams::default().labels(SELECTOR)).await;
    let found = found.map_err(Error::api("The configuration of Code Delivery cannot be looked for"))?;
    found
        .items
        .iter()
        .filter_map(|found| found.data.as_ref()?.get(CONFIG_KEY).map(|text| (found, text)))
        .map(installation)
        .collect()
}

fn installation((found, text): (&ConfigMap, &String)) -> Result<Installation, Error> {
    let (namespace, config_map) = (found.namespace().unwrap_or_default(), found.name_any());
    let config = serde_yaml::from_str(text).map_err(|error| {
        Error::NoInstallation(format!(
            "The ConfigMap {namespace}/{config_map} is no configuration of an operator: {error}."
        ))
    })?;
    Ok(Installation { namespace, config_map, config })
}

/// Chooses among several: the one that runs the deliveries of a namespace.
fn choose(mut found: Vec<Installation>, namespace: &str, asked: &str) -> Result<Installation, Error> {
    if found.len() > 1 {
        let runs = |one: &Installation| one.config.watch_namespaces.iter().any(|watched| watched == namespace);
        let several = found.iter().map(|one| one.namespace.clone()).collect::<Vec<_>>().join(", ");
        found.retain(runs);
        if found.len() != 1 {
            return Err(Error::NoInstallation(format!(
                "Code Delivery is installed more than once (in {several}), and not exactly one runs the deliveries of \
                 {namespace}; choose with -n, or name one with --installation-namespace."
            )));
        }
    }
    found.pop().ok_or_else(|| {
        Error::NoInstallation(format!(
            "Code Delivery's operator is neither in the namespace {asked} nor found elsewhere in this cluster; check \
             --context, or name Kafka with --bootstrap-servers and the gateway with --gateway."
        ))
    })
}

impl Installation {
    /// The image with this program that the cluster has.
    ///
    /// # Errors
    /// When the operator's Deployment cannot be read.
    pub async fn image(&self, cluster: &Cluster) -> Result<Image, Error> {
        let deployments: Api<Deployment> = Api::namespaced(cluster.client.clone(), &self.namespace);
        let found = deployments.list(&ListParams::default().labels(SELECTOR)).await;
        let found = found.map_err(Error::api("The operator's Deployment cannot be read"))?;
        found.items.first().and_then(image).ok_or_else(|| {
            let namespace = &self.namespace;
            Error::NoInstallation(format!("The namespace {namespace} has no Deployment of Code Delivery's operator."))
        })
    }

    /// The properties of Kafka's clients; none without a Secret.
    ///
    /// # Errors
    /// When the Secret cannot be read.
    pub async fn properties(&self, cluster: &Cluster) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let Some(name) = self.config.secret() else { return Ok(Vec::new()) };
        let secrets: Api<Secret> = Api::namespaced(cluster.client.clone(), &self.namespace);
        let secret = secrets.get(name).await;
        let secret = secret.map_err(Error::api(format!("The Secret {name} with Kafka's properties cannot be read")))?;
        Ok(secret.data.unwrap_or_default().into_iter().map(|(name, value)| (name, value.0)).collect())
    }
}

fn image(deployment: &Deployment) -> Option<Image> {
    let pod = deployment.spec.as_ref()?.template.spec.as_ref()?;
    let container =
        pod.containers.iter().find(|container| container.name == "operator").or_else(|| pod.containers.first())?;
    let other = deployment.annotations().get(IMAGE_ANNOTATION);
    Some(Image {
        name: other.or(container.image.as_ref())?.clone(),
        pull_policy: container.image_pull_policy.clone(),
        pull_secrets: pod.image_pull_secrets.clone().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "
source: code-delivery/code-delivery
adminAddress: 0.0.0.0:9090
watchNamespaces: [code-delivery]
kafka: {bootstrapServers: 'kafka:9092', topicPrefix: 'north.', propertiesDirectory: /etc/code-delivery-kafka}
simulator: {image: 'x:1', kafkaPropertiesSecret: kafka-client, aFieldOfALaterRelease: 1}
";

    fn installed(namespace: &str, watched: &str) -> Installation {
        let text = CONFIG.replace("[code-delivery]", watched);
        let config = serde_yaml::from_str(&text).unwrap();
        Installation { namespace: namespace.into(), config_map: "code-delivery-operator".into(), config }
    }

    #[test]
    fn the_operators_configuration_tells_how_kafka_is_reached() {
        let config = installed("code-delivery", "[code-delivery]").config;
        assert_eq!(config.kafka.bootstrap_servers, "kafka:9092");
        assert_eq!(config.kafka.topic_prefix, "north.");
        assert_eq!(config.secret(), Some("kafka-client"));
    }

    #[test]
    fn of_several_the_one_counts_that_runs_the_namespaces_deliveries() {
        let both = || vec![installed("north", "[shop, bakery]"), installed("south", "[florist]")];
        assert_eq!(choose(both(), "florist", "florist").unwrap().namespace, "south");
        assert_eq!(choose(both()[..1].to_vec(), "elsewhere", "elsewhere").unwrap().namespace, "north");
        let message = choose(both(), "elsewhere", "elsewhere").unwrap_err().to_string();
        assert!(message.contains("more than once (in north, south)"), "{message}");
        let message = choose(Vec::new(), "shop", "shop").unwrap_err().to_string();
        assert!(message.contains("neither in the namespace shop"), "{message}");
    }

    #[test]
    fn the_image_is_the_operators_or_the_annotated_one() {
        let mut deployment: Deployment = serde_yaml::from_str(
            "
metadata: {name: code-delivery-operator}
spec:
  selector: {}
  template:
    spec:
      imagePullSecrets: [{name: pull}]
      containers:
        - {name: sidecar, image: 'mesh:1'}
        - {name: operator, image: 'operator:2', imagePullPolicy: IfNotPresent}
",
        )
        .unwrap();
        let found = image(&deployment).unwrap();
        assert_eq!((found.name.as_str(), found.pull_secrets.len()), ("operator:2", 1));
        deployment.annotations_mut().insert(IMAGE_ANNOTATION.into(), "tools:3".into());
        assert_eq!(image(&deployment).unwrap().name, "tools:3");
    }
}
