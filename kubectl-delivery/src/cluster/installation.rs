//! Finds Code Delivery in a cluster: its operator's configuration and image.
//!
//! The configuration decides which brokers this program connects to, and with which properties. Anybody can create a ConfigMap
//! that looks like it in a namespace of their own. So one in another namespace than the one in use is taken only if it is named,
//! or confirmed by something that its author cannot create: what the release has put into the namespace in use, or the CRD.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use delivery_api::Delivery;
use delivery_kafka::KafkaConfig;
use delivery_messages::records::text::without_values;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, LocalObjectReference, Secret, ServiceAccount};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::ListParams;
use kube::{Api, CustomResourceExt as _, ResourceExt};
use serde::Deserialize;
use serde_json::Value;

use super::connection::Cluster;
use super::server::Kind;
use crate::base::{Error, Problem};

/// The annotation of the operator's Deployment that names another image that contains `/kubectl-delivery`.
pub(crate) const IMAGE_ANNOTATION: &str = "codedelivery.dev/kubectl-image";

/// The annotation of the operator's ConfigMap that names the Secret with the librdkafka properties for this program.
const KAFKA_SECRET_ANNOTATION: &str = "codedelivery.dev/kubectl-kafka-secret";

/// The annotation of the operator's ConfigMap that names Jaeger's query API: an address, or a Service as `namespace/name:port`.
const TRACES_ANNOTATION: &str = "codedelivery.dev/kubectl-traces";

/// The annotation of the operator's ConfigMap that names Prometheus, in the same way.
const PROMETHEUS_ANNOTATION: &str = "codedelivery.dev/kubectl-prometheus";

/// The key of the operator's ConfigMap that holds its configuration.
pub(crate) const CONFIG_KEY: &str = "config.yaml";

/// The label of everything that the chart creates.
const PART_OF: &str = "app.kubernetes.io/part-of=code-delivery";

/// The labels that take a pod into Istio's mesh: with a sidecar, or without.
const MESH_LABELS: [(&str, &str); 2] = [("sidecar.istio.io/inject", "true"), ("istio.io/dataplane-mode", "ambient")];

/// Helm's annotation of what a release has created: the release's namespace.
const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

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
        "Code Delivery's operator is not in the namespace {namespace}. There seems to be one in {}, but nothing in the namespace \
         {namespace} or in the CRD that you may read confirms it, and anyone who may write there could lead you to a Kafka \
         of their own. If you trust it, name it with --installation-namespace, or choose it as the current namespace with -n.",
        installations.join(" and in ")
    )]
    Unconfirmed { namespace: String, installations: Vec<String> },
    #[error(
        "Code Delivery is installed more than once (in {}), and not exactly one installation runs the deliveries of \
         {namespace}. Choose another namespace with -n, or name an installation with --installation-namespace.",
        installations.join(", ")
    )]
    Ambiguous { installations: Vec<String>, namespace: String },
    #[error("The ConfigMap {namespace}/{name} is not a valid operator configuration: {}.", without_values(&source.to_string()))]
    InvalidConfig { namespace: String, name: String, source: serde_yaml::Error },
    #[error("The namespace {0} has no Deployment of Code Delivery's operator.")]
    NoDeployment(String),
    #[error("The namespace {0} has no gateway; name one with --gateway.")]
    NoGateway(String),
    #[error(
        "The namespace {0} has no {kind}: it is switched off in the values of the chart. Switch it on, or name the address that leads to \
         it with --entrance.",
        kind = .1.name()
    )]
    NoService(String, Kind),
}

impl Problem for InstallationError {
    fn reason(&self) -> &'static str {
        match self {
            Self::SearchForbidden(_) => "SearchForbidden",
            Self::NotFound(_) | Self::NoDeployment(_) => "NoInstallation",
            Self::Unconfirmed { .. } => "UnconfirmedInstallation",
            Self::Ambiguous { .. } => "AmbiguousInstallation",
            Self::InvalidConfig { .. } => "InvalidConfig",
            Self::NoGateway(_) => "NoGateway",
            Self::NoService(..) => "NoService",
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
    /// `namespace/release`.
    #[serde(default)]
    source: String,
    /// The Lease of the leading replica.
    #[serde(default)]
    pub(crate) lease: Option<LeaseName>,
    /// The settings of the topics, which another release may write differently; only who needs them reads them.
    #[serde(default)]
    pub(crate) topics: Value,
    /// What becomes of start requests.
    #[serde(default)]
    pub(crate) requests: Option<RequestsConfig>,
    #[serde(default)]
    simulator: SimulatorConfig,
}

/// What becomes of start requests, as far as it is needed here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct RequestsConfig {
    /// The namespace in which they become Deliveries.
    pub(crate) namespace: String,
}

/// The Lease that the leading replica of the operator holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct LeaseName {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SimulatorConfig {
    #[serde(default)]
    kafka_properties_secret: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// Code Delivery in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Installation {
    /// The namespace of the operator.
    pub(crate) namespace: String,
    /// The ConfigMap with the operator's configuration.
    pub(crate) config_map: String,
    /// The Secret that [`KAFKA_SECRET_ANNOTATION`] names. Earlier releases of the chart have no such annotation.
    pub(crate) kafka_secret: Option<String>,
    /// Where its traces are, if [`TRACES_ANNOTATION`] says so.
    pub(crate) traces: Option<String>,
    /// Where its metrics are, if [`PROMETHEUS_ANNOTATION`] says so.
    pub(crate) prometheus: Option<String>,
    pub(crate) config: OperatorConfig,
}

/// How a pod joins the mesh of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mesh<'a> {
    /// The name and value of its label.
    pub(crate) label: (&'a str, &'a str),
    /// Its service account.
    pub(crate) account: String,
}

/// The image that contains this program in the cluster.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) pull_policy: Option<String>,
    pub(crate) pull_secrets: Vec<LocalObjectReference>,
}

/// Finds the installation in `namespace`, or else in the namespace in use, or else a confirmed one that runs the deliveries of
/// the namespace in use.
pub(crate) async fn find(cluster: &Cluster, namespace: Option<&str>) -> Result<Installation, Error> {
    let searched = namespace.unwrap_or(&cluster.namespace);
    let here = list(Api::namespaced(cluster.client.clone(), searched)).await?;
    if !here.is_empty() || namespace.is_some() {
        return Ok(choose(here, &cluster.namespace, searched)?);
    }
    match list(Api::all(cluster.client.clone())).await {
        Ok(all) => {
            let confirmed = confirmed(all, &releases(cluster).await, searched)?;
            Ok(choose(confirmed, &cluster.namespace, searched)?)
        }
        Err(error) if error.is_forbidden() => Err(InstallationError::SearchForbidden(searched.to_owned()).into()),
        Err(error) => Err(error),
    }
}

/// The namespaces of the releases that have put something into the namespace in use, or own the CRD: only an administrator of
/// that namespace, or of the cluster, can do so. Without the right to read them, none.
async fn releases(cluster: &Cluster) -> HashSet<String> {
    let accounts: Api<ServiceAccount> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let accounts = accounts.list_metadata(&ListParams::default().labels(PART_OF)).await;
    let accounts = accounts.into_iter().flat_map(|accounts| accounts.items).map(|account| account.metadata);
    let definitions: Api<CustomResourceDefinition> = Api::all(cluster.client.clone());
    let definition = definitions.get_metadata_opt(Delivery::crd_name()).await;
    let definition = definition.into_iter().flatten().map(|definition| definition.metadata);
    accounts.chain(definition).filter_map(|metadata| release(&metadata).map(str::to_owned)).collect()
}

/// The namespace of the release that created an object.
fn release(metadata: &ObjectMeta) -> Option<&str> {
    metadata.annotations.as_ref()?.get(RELEASE_NAMESPACE).map(String::as_str)
}

/// The installations in the namespaces of these releases.
fn confirmed(
    mut found: Vec<Installation>,
    releases: &HashSet<String>,
    namespace: &str,
) -> Result<Vec<Installation>, InstallationError> {
    let all: BTreeSet<_> = found.iter().map(|one| one.namespace.clone()).collect();
    found.retain(|one| releases.contains(&one.namespace));
    if found.is_empty() && !all.is_empty() {
        let installations = all.into_iter().collect();
        return Err(InstallationError::Unconfirmed { namespace: namespace.to_owned(), installations });
    }
    Ok(found)
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
        Ok(config) => {
            let annotation = |name: &str| found.annotations().get(name).cloned();
            let (kafka_secret, traces) = (annotation(KAFKA_SECRET_ANNOTATION), annotation(TRACES_ANNOTATION));
            let prometheus = annotation(PROMETHEUS_ANNOTATION);
            Ok(Installation { namespace, config_map, kafka_secret, traces, prometheus, config })
        }
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
    /// The name of the Helm release, if the operator's configuration tells it.
    pub(crate) fn release(&self) -> Option<&str> {
        self.config.source.split_once('/').map(|(_, release)| release).filter(|release| !release.is_empty())
    }

    /// The Secret with librdkafka properties for this program: its own, or else the one that it shares with the simulators.
    pub(crate) fn secret(&self) -> Option<&str> {
        self.kafka_secret.as_deref().or(self.config.simulator.kafka_properties_secret.as_deref())
    }

    /// How a pod joins the mesh that the simulators' pods are in; none without a mesh.
    pub(crate) fn mesh(&self) -> Option<Mesh<'_>> {
        let labels = self.config.simulator.labels.iter();
        let label =
            labels.map(|(name, value)| (name.as_str(), value.as_str())).find(|label| MESH_LABELS.contains(label))?;
        let account = self.config.lease.as_ref()?.name.strip_suffix("-operator")?;
        Some(Mesh { label, account: format!("{account}-kubectl") })
    }

    /// The image in the cluster that contains this program.
    pub(crate) async fn image(&self, cluster: &Cluster) -> Result<Image, Error> {
        let deployments: Api<Deployment> = Api::namespaced(cluster.client.clone(), &self.namespace);
        let found = deployments.list(&ListParams::default().labels(SELECTOR)).await;
        let found = found.map_err(Error::api("Cannot read the operator's Deployment"))?;
        let image = found.items.first().and_then(image);
        Ok(image.ok_or_else(|| InstallationError::NoDeployment(self.namespace.clone()))?)
    }

    /// Where the librdkafka properties are, for people.
    pub(crate) fn secret_name(&self) -> String {
        format!("{}/{}", self.namespace, self.secret().unwrap_or_default())
    }

    /// The librdkafka properties, by name; none without a Secret.
    pub(crate) async fn properties(&self, cluster: &Cluster) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let Some(name) = self.secret() else { return Ok(Vec::new()) };
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
