//! HTTP requests to the gateway: through the API server's proxy, or at an address given with `--gateway`.

use std::time::Duration;

use http::{Request, StatusCode, Uri};
use k8s_openapi::api::core::v1::Service;
use kube::api::ListParams;
use kube::client::Body;
use kube::{Api, Client, Config, ResourceExt};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::connection::Cluster;
use super::installation::InstallationError;
use crate::base::{Error, Problem};

const SELECTOR: &str = "app.kubernetes.io/part-of=code-delivery,app.kubernetes.io/name=code-delivery-gateway";
/// Longer than the gateway waits for its own servers.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The pause before a request is repeated.
const PAUSE: Duration = Duration::from_millis(500);

/// No usable answer from the gateway.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatewayError {
    #[error("Name the gateway with --gateway.")]
    NoAddress,
    #[error("{address} is not an address of a gateway ({problem}); write it as http://127.0.0.1:30080.")]
    InvalidAddress { address: String, problem: AddressProblem },
    #[error("The gateway {location} does not answer: {cause}. Check that it is running.")]
    Unavailable { location: String, cause: Unavailable },
    /// The gateway's own message, a whole sentence.
    #[error("{0}")]
    Refused(String),
    #[error("The gateway {location} belongs to another release: {source}.")]
    OtherRelease { location: String, source: serde_json::Error },
}

/// What is wrong with an address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddressProblem {
    #[error("it has no scheme")]
    NoScheme,
    #[error(transparent)]
    Uri(#[from] http::uri::InvalidUri),
    #[error(transparent)]
    Client(#[from] kube::Error),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unavailable {
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The API server refuses to forward the request.
    #[error("{0}")]
    Proxy(String),
    #[error("{}", root_cause(.0))]
    Client(#[from] kube::Error),
    #[error(transparent)]
    Request(#[from] http::Error),
}

impl Problem for GatewayError {
    fn reason(&self) -> &'static str {
        match self {
            Self::NoAddress | Self::InvalidAddress { .. } => "GatewayAddress",
            Self::Unavailable { .. } => "GatewayUnavailable",
            Self::Refused(_) => "GatewayRefuses",
            Self::OtherRelease { .. } => "OtherRelease",
        }
    }
}

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct GatewayArguments {
    /// The gateway's address, such as `http://127.0.0.1:30080`; default: its Service, through the API server.
    #[arg(long, value_name = "URL", env = "CODE_DELIVERY_GATEWAY")]
    pub(crate) gateway: Option<String>,
}

/// A client of the gateway.
#[derive(Clone)]
pub(crate) struct Gateway {
    client: Client,
    /// The prefix of each path.
    base: String,
    /// Where it is, for messages.
    location: String,
}

/// The gateway's answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// The JSON body; null if it is not JSON.
    pub(crate) body: Value,
}

impl Reply {
    /// The stable name of the error, if the gateway reports one.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.body.pointer("/error/reason")?.as_str()
    }

    /// The gateway's error message.
    pub(crate) fn message(&self) -> String {
        let message = self.body.pointer("/error/message").and_then(Value::as_str);
        message.map_or_else(|| format!("The gateway answers {}.", self.status), str::to_owned)
    }
}

impl GatewayArguments {
    /// The gateway at the given address, or else the one in the namespace of the installation.
    pub(crate) async fn find(&self, cluster: &Cluster, namespace: &str) -> Result<Gateway, Error> {
        if let Some(address) = &self.gateway {
            return Ok(at(address)?);
        }
        let (name, port) = service(cluster, namespace).await?;
        Ok(Gateway {
            client: cluster.no_retry.clone(),
            base: format!("/api/v1/namespaces/{namespace}/services/{name}:{port}/proxy"),
            location: format!("of the Service {namespace}/{name}"),
        })
    }

    /// The gateway at the given address; also for a Job in the cluster, which cannot use the API server.
    pub(crate) fn at_address(&self) -> Result<Gateway, GatewayError> {
        at(self.gateway.as_ref().ok_or(GatewayError::NoAddress)?)
    }
}

/// The gateway's address for a pod in the cluster.
pub(crate) async fn cluster_address(cluster: &Cluster, namespace: &str) -> Result<String, Error> {
    let (name, port) = service(cluster, namespace).await?;
    Ok(format!("http://{name}.{namespace}.svc:{port}"))
}

/// The gateway's Service and its port.
async fn service(cluster: &Cluster, namespace: &str) -> Result<(String, i32), Error> {
    let services: Api<Service> = Api::namespaced(cluster.client.clone(), namespace);
    let found = services.list(&ListParams::default().labels(SELECTOR)).await;
    let found = found.map_err(Error::api("Cannot search for the gateway's Service"))?;
    let port = |service: &Service| Some(service.spec.as_ref()?.ports.as_ref()?.first()?.port);
    let found = found.items.first().and_then(|service| Some((service.name_any(), port(service)?)));
    Ok(found.ok_or_else(|| InstallationError::NoGateway(namespace.to_owned()))?)
}

fn at(address: &str) -> Result<Gateway, GatewayError> {
    let invalid = |problem| GatewayError::InvalidAddress { address: address.to_owned(), problem };
    let address = address.trim_end_matches('/');
    let uri: Uri = address.parse().map_err(|error: http::uri::InvalidUri| invalid(error.into()))?;
    if uri.scheme().is_none() {
        return Err(invalid(AddressProblem::NoScheme));
    }
    // A 503 of the gateway is an answer.
    let mut config = Config::new(uri);
    config.default_retry = false;
    let client = Client::try_from(config).map_err(|error| invalid(error.into()))?;
    Ok(Gateway { client, base: String::new(), location: format!("at {address}") })
}

impl Gateway {
    /// Sends a GET request; `path` includes the query. An error status is an answer, too.
    pub(crate) async fn get(&self, path: &str) -> Result<Reply, GatewayError> {
        let unavailable = |cause| GatewayError::Unavailable { location: self.location.clone(), cause };
        let request = Request::get(format!("{}{path}", self.base)).body(Body::empty());
        let request = request.map_err(|error| unavailable(error.into()))?;
        let exchange = async {
            let (parts, body) = self.client.send(request).await?.into_parts();
            Ok::<_, kube::Error>((parts.status, body.collect_bytes().await?))
        };
        let answered = timeout(TIMEOUT, exchange).await;
        let (status, body) = answered
            .map_err(|_| unavailable(Unavailable::Timeout(TIMEOUT)))?
            .map_err(|error| unavailable(error.into()))?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        // From the API server, not from the gateway.
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        if text("kind") == Some("Status") && text("apiVersion") == Some("v1") {
            let message = text("message").unwrap_or("the API server refuses to forward the request");
            return Err(unavailable(Unavailable::Proxy(message.to_owned())));
        }
        Ok(Reply { status, body })
    }

    /// Reads a resource that must exist; while the gateway answers 503, repeats the request for up to `patience`.
    pub(crate) async fn read<T: DeserializeOwned>(&self, path: &str, patience: Duration) -> Result<T, GatewayError> {
        let deadline = Instant::now() + patience;
        loop {
            let reply = self.get(path).await?;
            if reply.status == StatusCode::SERVICE_UNAVAILABLE && Instant::now() + PAUSE < deadline {
                sleep(PAUSE).await;
                continue;
            }
            if reply.status != StatusCode::OK {
                return Err(GatewayError::Refused(reply.message()));
            }
            return serde_json::from_value(reply.body)
                .map_err(|source| GatewayError::OtherRelease { location: self.location.clone(), source });
        }
    }
}

/// The innermost error; those around it only say that there was one.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Percent-encodes text for a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
#[path = "tests/gateway.rs"]
mod tests;
