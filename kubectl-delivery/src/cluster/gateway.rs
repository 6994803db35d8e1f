//! The gateway: its Service, through the API server's proxy, or the address given with `--gateway`.

use k8s_openapi::api::core::v1::Service;
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use super::connection::Cluster;
use super::installation::InstallationError;
use super::server::{Kind, Server, ServerError};
use crate::base::Error;

/// The labels of the gateway's Service and pods.
pub(crate) const SELECTOR: &str =
    "app.kubernetes.io/part-of=code-delivery,app.kubernetes.io/name=code-delivery-gateway";

/// The annotation of a Service that names another one of its namespace, as `name:port`, by which the API server reaches what is behind it. In a
/// mesh the API server has no identity, so the pods refuse it, but the mesh's gateway takes everyone.
const ROUTE_ANNOTATION: &str = "codedelivery.dev/kubectl-service";

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct GatewayArguments {
    /// The gateway's address, such as `http://127.0.0.1:30080`; default: its Service, through the API server.
    #[arg(long, value_name = "URL", env = "CODE_DELIVERY_GATEWAY")]
    pub(crate) gateway: Option<String>,
}

impl GatewayArguments {
    /// The gateway at the given address, or else the one in the namespace of the installation.
    pub(crate) async fn find(&self, cluster: &Cluster, namespace: &str) -> Result<Server, Error> {
        if let Some(address) = &self.gateway {
            return Ok(Server::at(Kind::Gateway, address, "")?);
        }
        let found = service(cluster, namespace).await?;
        let server = behind(Kind::Gateway, cluster, namespace, &found, "");
        Ok(server.ok_or_else(|| InstallationError::NoGateway(namespace.to_owned()))?)
    }

    /// The gateway at the given address; also for a Job in the cluster, which cannot use the API server.
    pub(crate) fn at_address(&self) -> Result<Server, ServerError> {
        Server::at(Kind::Gateway, self.gateway.as_ref().ok_or(ServerError::NoAddress)?, "")
    }
}

/// The gateway's address for a pod in the cluster.
pub(crate) async fn cluster_address(cluster: &Cluster, namespace: &str) -> Result<String, Error> {
    let (name, port) = service_port(cluster, namespace).await?;
    Ok(format!("http://{name}.{namespace}.svc:{port}"))
}

/// The gateway's Service.
pub(crate) async fn service(cluster: &Cluster, namespace: &str) -> Result<Service, Error> {
    let services: Api<Service> = Api::namespaced(cluster.client.clone(), namespace);
    let found = services.list(&ListParams::default().labels(SELECTOR)).await;
    let found = found.map_err(Error::api("Cannot search for the gateway's Service"))?;
    let found = found.items.into_iter().next();
    Ok(found.ok_or_else(|| InstallationError::NoGateway(namespace.to_owned()))?)
}

/// The name of the gateway's Service, and its port.
async fn service_port(cluster: &Cluster, namespace: &str) -> Result<(String, i32), Error> {
    let found = service(cluster, namespace).await?;
    let port = port(&found).ok_or_else(|| InstallationError::NoGateway(namespace.to_owned()))?;
    Ok((found.name_any(), port))
}

/// What is behind a Service, through the API server; `prefix` is what the mesh's gateway puts before its paths.
pub(super) fn behind(
    kind: Kind,
    cluster: &Cluster,
    namespace: &str,
    service: &Service,
    prefix: &str,
) -> Option<Server> {
    let Some((name, number)) = other_way(service) else {
        return Some(Server::of_service(kind, cluster, namespace, &service.name_any(), port(service)?));
    };
    let mut server = Server::of_service(kind, cluster, namespace, name, number);
    server.base.push_str(prefix);
    Some(server)
}

/// The Service, and its port, that [`ROUTE_ANNOTATION`] names.
fn other_way(service: &Service) -> Option<(&str, i32)> {
    let (name, port) = service.annotations().get(ROUTE_ANNOTATION)?.split_once(':')?;
    Some((name, port.parse().ok()?))
}

/// The first port of a Service.
pub(super) fn port(service: &Service) -> Option<i32> {
    service.spec.as_ref().and_then(|spec| Some(spec.ports.as_ref()?.first()?.port))
}

#[cfg(test)]
#[path = "tests/gateway.rs"]
mod tests;
