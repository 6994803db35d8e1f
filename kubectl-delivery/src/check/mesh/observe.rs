//! Reads what is to be judged of the mesh: the pods, the policies, the routes, istiod's list of proxies, and the traffic.

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::ResourceExt as _;
use kube::api::{DynamicObject, ListParams};

use super::{istiod, policies, proxies, routes, sync, traffic};
use crate::base::Error;
use crate::check::finding::Finding;
use crate::check::observe::{kind, of_release};
use crate::cluster::connection::Cluster;
use crate::cluster::installation::Installation;
use crate::cluster::prometheus::Prometheus;
use crate::mesh::ask;
use crate::mesh::node::Grouping;
use crate::mesh::traffic::graph;

const SECURITY: &str = "security.istio.io";
const GATEWAY_API: &str = "gateway.networking.k8s.io";
/// Where the policies of the whole mesh are, unless it was installed elsewhere.
const ROOT: &str = "istio-system";
/// The label of everything that the chart creates.
const PART_OF: (&str, &str) = ("app.kubernetes.io/part-of", "code-delivery");
/// The seconds over which traffic counts.
const WINDOW: u64 = 120;

/// What is judged of the mesh; nothing if the installation is in none.
pub(crate) async fn findings(cluster: &Cluster, installation: &Installation) -> Vec<Finding> {
    // Without the pods it cannot be known whether there is a mesh. Other categories say that they cannot be read.
    let Ok(pods) = pods(cluster, installation).await else { return Vec::new() };
    let namespace = &installation.namespace;
    let peers = policies_of(cluster, namespace, "PeerAuthentication").await;
    let names = proxies::names(&pods);
    let is_ours = |policy: &DynamicObject| policy.labels().get(PART_OF.0).is_some_and(|part_of| part_of == PART_OF.1);
    let is_ambient = pods.iter().any(|pod| proxies::membership(pod) == Some(proxies::Membership::Ambient));
    if names.is_empty() && !is_ambient && !peers.as_ref().is_ok_and(|peers| peers.iter().any(is_ours)) {
        return Vec::new();
    }
    let mut findings = proxies::judge(&pods);
    let (root, authorizations, routed, synced, seen) = tokio::join!(
        policies_of(cluster, ROOT, "PeerAuthentication"),
        policies_of(cluster, namespace, "AuthorizationPolicy"),
        gateway_api(cluster, installation),
        Box::pin(in_sync(cluster, &names)),
        seen(cluster, installation),
    );
    // Whoever may not read the mesh's own namespace sees what is demanded here.
    let root = root.unwrap_or_default();
    findings.extend(or_unreadable(peers.map(|own| policies::mutual_tls(namespace, &own, &root))));
    findings.extend(or_unreadable(authorizations.map(|found| vec![policies::authorization(namespace, &found)])));
    findings.extend(or_unreadable(seen));
    findings.extend(or_unreadable(synced));
    findings.extend(or_unreadable(routed));
    findings
}

fn or_unreadable(findings: Result<Vec<Finding>, Error>) -> Vec<Finding> {
    findings.unwrap_or_else(|error| vec![Finding::unreadable(&error)])
}

/// The pods of the services, and those of deliveries.
async fn pods(cluster: &Cluster, installation: &Installation) -> Result<Vec<Pod>, Error> {
    let release = installation.release().map(|release| format!(",app.kubernetes.io/instance={release}"));
    let labels = format!("{}={}{}", PART_OF.0, PART_OF.1, release.unwrap_or_default());
    let own = &installation.namespace;
    let watched = installation.config.watch_namespaces.iter().filter(|namespace| *namespace != own);
    let mut pods = Vec::new();
    for namespace in std::iter::once(own).chain(watched) {
        let api: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
        let found = api.list(&ListParams::default().labels(&labels)).await;
        pods.extend(found.map_err(Error::api(format!("Cannot list the pods of the namespace {namespace}")))?.items);
    }
    Ok(pods)
}

/// All policies of a kind in a namespace, whoever has made them; none if the kind is not served.
async fn policies_of(cluster: &Cluster, namespace: &str, name: &str) -> Result<Vec<DynamicObject>, Error> {
    let api: Api<DynamicObject> = Api::namespaced_with(cluster.client.clone(), namespace, &kind(SECURITY, name));
    let found = api.list(&ListParams::default()).await;
    match found.map_err(Error::api(format!("Cannot list the objects {name} of the namespace {namespace}"))) {
        Ok(found) => Ok(found.items),
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn gateway_api(cluster: &Cluster, installation: &Installation) -> Result<Vec<Finding>, Error> {
    let of_kind = async |name: &str| {
        let kind = kind(GATEWAY_API, name);
        let api = Api::namespaced_with(cluster.client.clone(), &installation.namespace, &kind);
        Ok::<_, Error>(of_release(api, installation).await?.unwrap_or_default())
    };
    let (gateways, routes) = tokio::try_join!(of_kind("Gateway"), of_kind("HTTPRoute"))?;
    Ok(routes::judge(&gateways, &routes))
}

async fn in_sync(cluster: &Cluster, names: &[String]) -> Result<Vec<Finding>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    Ok(sync::judge(names, &istiod::statuses(cluster).await?))
}

/// The traffic, as Prometheus has seen it, if it is known where that is.
async fn seen(cluster: &Cluster, installation: &Installation) -> Result<Vec<Finding>, Error> {
    if installation.prometheus.is_none() {
        return Ok(vec![Finding::skipped(
            "Whether all traffic is under mutual TLS was not checked: monitoring.query of the chart names no Prometheus.",
        )]);
    }
    let prometheus = Prometheus::of_installation(cluster, installation)?;
    let namespaces = std::slice::from_ref(&installation.namespace);
    let answers = ask::answers(&prometheus, namespaces, WINDOW).await?;
    Ok(vec![traffic::judge(&graph(&answers, Grouping::CanonicalService, namespaces, WINDOW))])
}
