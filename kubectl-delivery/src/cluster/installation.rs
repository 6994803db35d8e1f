//! Finds Code Delivery in a cluster: its operator's configuration and image.

use delivery_kafka::KafkaConfig;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, LocalObjectReference, Secret};
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use serde::Deserialize;

use super::connection::Cluster;
use crate::base::{Error, Problem};

/// The annotation of the operator's Deployment that names another image that contains `/kubectl-delivery`.
pub(crate) const IMAGE_ANNOTATION: &str = "codedelivery.dev/kubectl-image";

/// The key of the operator's ConfigMap that holds its configuration.
pub(crate) const CONFIG_KEY: &str = "config.yaml";

const SELECTOR: &str = "app.kubernetes.io/part-of=code-delivery,app.kubernetes.io/name=code-delivery-operator";

/// Code Delivery cannot be found, or not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstallationError {
    #[error(
        "Code Delivery's operator is not in the namespace {0}, and you are not allowed to search the other namespaces. \
         Name its namespace with --installation-namespace, or Kafka with --bootstrap-servers and the gateway with --gateway."
    )]
    SearchForbidden(String),
    #[error(
        "Code Delivery's operator is neither in the namespace {0} nor elsewhere in this cluster. Check --context, or name \
         Kafka with --bootstrap-servers and the gateway with --gateway."
    )]
    NotFound(String),
    #[error(
        "Code Delivery is installed more than once (in {}), and not exactly one installation runs the deliveries of \
         {namespace}. Choose another namespace with -n, or name an installation with --installation-namespace.",
        installations.join(", ")
    )]
    Ambiguous { installations: Vec<String>, namespace: String },
    #[error("The ConfigMap {namespace}/{name} is not a valid operator configuration: {source}.")]
    InvalidConfig { namespace: String, name: String, source: serde_yaml::Error },
    #[error("The namespace {0} has no Deployment of Code Delivery's operator.")]
    NoDeployment(String),
    #[error("The namespace {0} has no gateway; name one with --gateway.")]
    NoGateway(String),
}

impl Problem for InstallationError {
    fn reason(&self) -> &'static str {
        match self {
            Self::SearchForbidden(_) => "SearchForbidden",
            Self::NotFound(_) | Self::NoDeployment(_) => "NoInstallation",
            Self::Ambiguous { .. } => "AmbiguousInstallation",
            Self::InvalidConfig { .. } => "InvalidConfig",
            Self::NoGateway(_) => "NoGateway",
        }
    }
}

/// The part of the operator's configuration that is needed here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperatorConfig {
    /// How pods reach Kafka.
    pub(crate) kafka: KafkaConfig,
    /// The namespaces whose deliveries the operator runs.
    #[serde(default)]
    pub(crate) watch_namespaces: Vec<String>,
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
    /// The Secret with librdkafka properties, if there is one.
    pub(crate) fn secret(&self) -> Option<&str> {
        self.simulator.kafka_properties_secret.as_deref()
    }
}

/// Code Delivery in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Installation {
    /// The namespace of the operator.
    pub(crate) namespace: String,
    /// The ConfigMap with the operator's configuration.
    pub(crate) config_map: String,
    pub(crate) config: OperatorConfig,
}

/// The image that contains this program in the cluster.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) pull_policy: Option<String>,
    pub(crate) pull_secrets: Vec<LocalObjectReference>,
}

/// Finds the installation in `namespace`, or else the one that runs the deliveries of the namespace in use.
pub(crate) async fn find(cluster: &Cluster, namespace: Option<&str>) -> Result<Installation, Error> {
    let searched = namespace.unwrap_or(&cluster.namespace);
    let here = list(Api::namespaced(cluster.client.clone(), searched)).await?;
    if !here.is_empty() || namespace.is_some() {
        return Ok(choose(here, &cluster.namespace, searched)?);
    }
    match list(Api::all(cluster.client.clone())).await {
        Ok(all) => Ok(choose(all, &cluster.namespace, searched)?),
        Err(Error::Api { source, .. }) if is_forbidden(&source) => {
            Err(InstallationError::SearchForbidden(searched.to_owned()).into())
        }
        Err(error) => Err(error),
    }
}

fn is_forbidden(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 403)
}

async fn list(config_maps: Api<ConfigMap>) -> Result<Vec<Installation>, Error> {
    let found = config_maps.list(&ListParams::default().labels(SELECTOR)).await;
    let found = found.map_err(Error::api("Cannot search for Code Delivery's configuration"))?;
    found
        .items
        .iter()
        .filter_map(|found| found.data.as_ref()?.get(CONFIG_KEY).map(|text| (found, text)))
        .map(installation)
        .collect()
}

fn installation((found, text): (&ConfigMap, &String)) -> Result<Installation, Error> {
    let (namespace, config_map) = (found.namespace().unwrap_or_default(), found.name_any());
    match serde_yaml::from_str(text) {
        Ok(config) => Ok(Installation { namespace, config_map, config }),
        Err(source) => Err(InstallationError::InvalidConfig { namespace, name: config_map, source }.into()),
    }
}

/// Chooses the installation that runs the deliveries of a namespace.
fn choose(mut found: Vec<Installation>, namespace: &str, searched: &str) -> Result<Installation, InstallationError> {
    if found.len() > 1 {
        let runs = |one: &Installation| one.config.watch_namespaces.iter().any(|watched| watched == namespace);
        let installations = found.iter().map(|one| one.namespace.clone()).collect();
        found.retain(runs);
        if found.len() != 1 {
            return Err(InstallationError::Ambiguous { installations, namespace: namespace.to_owned() });
        }
    }
    found.pop().ok_or_else(|| InstallationError::NotFound(searched.to_owned()))
}

impl Installation {
    /// The image in the cluster that contains this program.
    pub(crate) async fn image(&self, cluster: &Cluster) -> Result<Image, Error> {
        let deployments: Api<Deployment> = Api::namespaced(cluster.client.clone(), &self.namespace);
        let found = deployments.list(&ListParams::default().labels(SELECTOR)).await;
        let found = found.map_err(Error::api("Cannot read the operator's Deployment"))?;
        let image = found.items.first().and_then(image);
        Ok(image.ok_or_else(|| InstallationError::NoDeployment(self.namespace.clone()))?)
    }

    /// The librdkafka properties, by name; none without a Secret.
    pub(crate) async fn properties(&self, cluster: &Cluster) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let Some(name) = self.config.secret() else { return Ok(Vec::new()) };
        let secrets: Api<Secret> = Api::namespaced(cluster.client.clone(), &self.namespace);
        let secret = secrets.get(name).await;
        let secret =
            secret.map_err(Error::api(format!("Cannot read the Secret {name} with Kafka's client properties")))?;
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
#[path = "tests/installation.rs"]
mod tests;
