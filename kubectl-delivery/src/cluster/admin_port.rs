//! The admin port of the services' pods, `/readyz` and `/metrics`, through the API server's proxy.

use std::time::Duration;

use http::response::Parts;
use http::{Request, StatusCode};
use k8s_openapi::api::core::v1::{Container, Pod};
use kube::api::ListParams;
use kube::client::Body;
use kube::{Api, ResourceExt};
use serde_json::Value;
use tokio::time::timeout;

use super::answer;
use super::connection::Cluster;
use crate::base::Error;

/// A service whose pods have an admin port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    Operator,
    Gateway,
    ConnectorOperator,
    Canary,
    Purchases,
    Invoices,
    Notifications,
}

impl Service {
    pub(crate) const ALL: [Self; 7] = [
        Self::Operator,
        Self::Gateway,
        Self::ConnectorOperator,
        Self::Canary,
        Self::Purchases,
        Self::Invoices,
        Self::Notifications,
    ];
    /// The purchase services.
    pub(crate) const PURCHASES: [Self; 3] = [Self::Purchases, Self::Invoices, Self::Notifications];

    /// The label `app.kubernetes.io/name` of what belongs to it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Operator => "code-delivery-operator",
            Self::Gateway => "code-delivery-gateway",
            Self::ConnectorOperator => "code-delivery-connector-operator",
            Self::Canary => "code-delivery-canary",
            Self::Purchases => "code-delivery-purchases",
            Self::Invoices => "code-delivery-invoices",
            Self::Notifications => "code-delivery-notifications",
        }
    }

    /// For a sentence.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Gateway => "gateway",
            Self::ConnectorOperator => "connector operator",
            Self::Canary => "canary",
            Self::Purchases => "service of purchases",
            Self::Invoices => "service of invoices",
            Self::Notifications => "service of notifications",
        }
    }

    /// The chart's value that switches it on; none: every installation has it.
    pub(crate) const fn switch(self) -> Option<&'static str> {
        match self {
            Self::Operator | Self::Gateway => None,
            Self::ConnectorOperator => Some("connectorOperator.enabled"),
            Self::Canary => Some("canary.enabled"),
            Self::Purchases => Some("purchases.enabled"),
            Self::Invoices => Some("invoices.enabled"),
            Self::Notifications => Some("notifications.enabled"),
        }
    }

    /// What carries this label.
    pub(crate) fn of(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.label() == label)
    }
}

/// The label that names a component.
pub(crate) const NAME: &str = "app.kubernetes.io/name";
/// How long a pod may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The name of the port.
const PORT_NAME: &str = "http-metrics";
const DEFAULT_PORT: i32 = 9090;
/// What the API server's proxy answers, as plain text, in the place of a pod that it cannot reach.
const UNREACHABLE: &str = "error trying to reach service";

/// A pod of a service that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServicePod {
    pub(crate) service: Service,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The admin port.
    pub(crate) port: i32,
}

/// What a pod answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodAnswer {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

/// Why a pod does not answer: the part of a sentence after a colon, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub(crate) struct NoAnswer {
    cause: String,
    /// The user may not use the API server's proxy to it.
    pub(crate) is_forbidden: bool,
}

impl NoAnswer {
    pub(crate) fn new(cause: impl Into<String>) -> Self {
        let cause = cause.into().trim_end_matches(['.', '\n']).to_owned();
        Self { cause, is_forbidden: false }
    }

    pub(crate) fn forbidden(cause: impl Into<String>) -> Self {
        Self { is_forbidden: true, ..Self::new(cause) }
    }
}

/// The labels that select what belongs to these services, of this release if it is known.
pub(crate) fn selector(services: &[Service], release: Option<&str>) -> String {
    let names: Vec<_> = services.iter().map(|service| service.label()).collect();
    let release = release.map(|release| format!(",app.kubernetes.io/instance={release}")).unwrap_or_default();
    format!("app.kubernetes.io/part-of=code-delivery,{NAME} in ({}){release}", names.join(","))
}

/// The pods of these services that have not ended and are not being deleted, by service and name.
pub(crate) async fn pods(
    cluster: &Cluster,
    namespace: &str,
    services: &[Service],
    release: Option<&str>,
) -> Result<Vec<ServicePod>, Error> {
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
    let found = pods.list(&ListParams::default().labels(&selector(services, release))).await;
    let found = found.map_err(Error::api("Cannot list the pods of the services"))?;
    let mut pods: Vec<_> = found.items.iter().filter_map(service_pod).collect();
    pods.sort_by(|one, other| (one.service, &one.name).cmp(&(other.service, &other.name)));
    Ok(pods)
}

fn service_pod(pod: &Pod) -> Option<ServicePod> {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    if pod.metadata.deletion_timestamp.is_some() || matches!(phase, Some("Succeeded" | "Failed")) {
        return None;
    }
    let service = Service::of(pod.labels().get(NAME)?)?;
    let containers = pod.spec.as_ref().map(|spec| spec.containers.as_slice()).unwrap_or_default();
    let port = containers.iter().find_map(admin_port).unwrap_or(DEFAULT_PORT);
    Some(ServicePod { service, namespace: pod.namespace().unwrap_or_default(), name: pod.name_any(), port })
}

fn admin_port(container: &Container) -> Option<i32> {
    let mut ports = container.ports.as_ref()?.iter();
    ports.find(|port| port.name.as_deref() == Some(PORT_NAME)).map(|port| port.container_port)
}

/// Sends a GET request to the admin port of a pod. An error status of the pod is an answer, one of the API server is none.
pub(crate) async fn get(cluster: &Cluster, pod: &ServicePod, path: &str) -> Result<PodAnswer, NoAnswer> {
    let ServicePod { namespace, name, port, .. } = pod;
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}:{port}/proxy{path}");
    let request = Request::get(path).body(Body::empty()).map_err(|error| NoAnswer::new(error.to_string()))?;
    let answered = timeout(TIMEOUT, answer::exchange(&cluster.no_retry, request, answer::LIMIT)).await;
    let (Parts { status, .. }, body) = answered
        .map_err(|_| NoAnswer::new(format!("no answer within {} s", TIMEOUT.as_secs())))?
        .map_err(|error| NoAnswer::new(error.to_string()))?;
    let text = String::from_utf8_lossy(&body).into_owned();
    match refusal(status, &text) {
        Some(cause) if status == StatusCode::FORBIDDEN => Err(NoAnswer::forbidden(cause)),
        Some(cause) => Err(NoAnswer::new(cause)),
        None => Ok(PodAnswer { status, text }),
    }
}

/// What the API server says in the place of the pod.
fn refusal(status: StatusCode, text: &str) -> Option<String> {
    if status.is_success() {
        return None;
    }
    if text.to_ascii_lowercase().starts_with(UNREACHABLE) {
        return Some(text.trim().to_owned());
    }
    let body: Value = serde_json::from_str(text).ok()?;
    let is_status = body.get("kind")?.as_str() == Some("Status");
    is_status.then(|| body.get("message").and_then(Value::as_str).unwrap_or("the API server refuses").to_owned())
}

#[cfg(test)]
#[path = "tests/admin_port.rs"]
mod tests;
