//! The services of purchases, invoices and notifications: their Services, through the API server's proxy, or the address that leads to
//! all of them, given with `--entrance`.

use k8s_openapi::api::core::v1::Service;
use kube::api::ListParams;
use kube::{Api, ResourceExt};

use super::admin_port::NAME;
use super::connection::{Cluster, Connection};
use super::gateway::behind;
use super::installation::{self, Installation, InstallationError};
use super::server::{Kind, Server};
use crate::base::Error;

/// What the entrance puts before the paths of the services.
const PREFIX: &str = "/api";

/// The services, and the label of each.
const SERVICES: [(Kind, &str); 3] = [
    (Kind::Purchases, "code-delivery-purchases"),
    (Kind::Invoices, "code-delivery-invoices"),
    (Kind::Notifications, "code-delivery-notifications"),
];

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct EntranceArguments {
    /// The address that leads to the services of purchases, invoices and notifications, such as `http://127.0.0.1:30080`; default: their
    /// Services, through the API server.
    #[arg(long, value_name = "URL", env = "CODE_DELIVERY_ENTRANCE")]
    pub(crate) entrance: Option<String>,
}

/// The services that an installation has.
pub(crate) struct PurchaseServices {
    pub(crate) purchases: Server,
    /// None: it is switched off.
    pub(crate) invoices: Option<Server>,
    /// None: it is switched off.
    pub(crate) notifications: Option<Server>,
}

impl EntranceArguments {
    /// The services behind the given address, or else those of the installation.
    pub(crate) async fn find(
        &self,
        connection: &Connection,
        installation_namespace: Option<&str>,
    ) -> Result<PurchaseServices, Error> {
        if let Some(address) = &self.entrance {
            let at = |kind| Server::at(kind, address, PREFIX);
            return Ok(PurchaseServices {
                purchases: at(Kind::Purchases)?,
                invoices: Some(at(Kind::Invoices)?),
                notifications: Some(at(Kind::Notifications)?),
            });
        }
        let cluster = connection.cluster().await?;
        let installation = installation::find(&cluster, installation_namespace).await?;
        of_installation(&cluster, &installation).await
    }
}

/// The services of an installation.
async fn of_installation(cluster: &Cluster, installation: &Installation) -> Result<PurchaseServices, Error> {
    let namespace = &installation.namespace;
    let services: Api<Service> = Api::namespaced(cluster.client.clone(), namespace);
    let found = services.list(&ListParams::default().labels(&selector(installation.release()))).await;
    let found = found.map_err(Error::api("Cannot search for the Services of purchases, invoices and notifications"))?;
    let server = |kind: Kind| {
        let service = of_kind(&found.items, kind)?;
        behind(kind, cluster, namespace, service, PREFIX)
    };
    let purchases =
        server(Kind::Purchases).ok_or_else(|| InstallationError::NoService(namespace.clone(), Kind::Purchases))?;
    Ok(PurchaseServices { purchases, invoices: server(Kind::Invoices), notifications: server(Kind::Notifications) })
}

/// The labels that select the Services, of this release if it is known.
fn selector(release: Option<&str>) -> String {
    let release = release.map(|release| format!(",app.kubernetes.io/instance={release}")).unwrap_or_default();
    let names = SERVICES.map(|(_, name)| name).join(",");
    format!("app.kubernetes.io/part-of=code-delivery,{NAME} in ({names}){release}")
}

fn of_kind(services: &[Service], kind: Kind) -> Option<&Service> {
    let (_, label) = SERVICES.iter().find(|(known, _)| *known == kind)?;
    services.iter().find(|service| service.labels().get(NAME).map(String::as_str) == Some(*label))
}

#[cfg(test)]
#[path = "tests/services.rs"]
mod tests;
