//! Reads from the API server what is to be judged. What cannot be read is a finding, too.

use std::time::Duration;

use delivery_api::{Delivery, DeliveryRoute};
use futures::future::{join_all, try_join_all};
use http::{HeaderMap, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{ListParams, PostParams};
use kube::client::Body;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use kube::{Api, CustomResourceExt, Resource, ResourceExt};
use serde_json::Value;
use tokio::time::timeout;

use super::cluster::api_server::Hello;
use super::cluster::definitions::{self, Looked};
use super::cluster::permissions::{self, NEEDS, Need, Place, Right};
use super::finding::Finding;
use super::kafka::connectors;
use super::services::probe::Probed;
use super::services::{leader, monitoring, workloads};
use super::stuck;
use crate::base::{Error, Problem};
use crate::cluster::admin_port::{self, Service};
use crate::cluster::answer::{self, AnswerError};
use crate::cluster::connection::Cluster;
use crate::cluster::gateway::GatewayArguments;
use crate::cluster::installation::Installation;

/// How long the first request may take.
const HELLO_LIMIT: Duration = Duration::from_secs(10);
/// Helm's annotation of what a release has created: the release's namespace.
const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// The API server does not answer, so nothing can be checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoHello {
    #[error(
        "The API server does not answer within {} s. Check --kubeconfig, --context and the network.",
        HELLO_LIMIT.as_secs()
    )]
    Timeout,
    #[error("The API server answers {0} to a request for its version. Check the user of the kubeconfig.")]
    Refused(StatusCode),
    #[error("The API server answers with more than {} KiB to a request for its version. Check the server in the kubeconfig.", .0 >> 10)]
    TooLong(usize),
}

impl Problem for NoHello {
    fn reason(&self) -> &'static str {
        "ApiServer"
    }
}

/// Asks the API server for its version, and the time.
pub(crate) async fn hello(cluster: &Cluster) -> Result<Hello, Error> {
    const ATTEMPT: &str = "Cannot ask the API server for its version";
    let request = Request::get("/version").body(Body::empty());
    let request = request.map_err(|error| Error::api(ATTEMPT)(kube::Error::HttpError(error)))?;
    let sent = Timestamp::now();
    let exchange = answer::exchange(&cluster.no_retry, request, answer::LIMIT);
    let answered = timeout(HELLO_LIMIT, exchange).await.map_err(|_| NoHello::Timeout)?;
    let (parts, body) = answered.map_err(|error| match error {
        AnswerError::Client(error) => Error::api(ATTEMPT)(error),
        AnswerError::TooLong(limit) => NoHello::TooLong(limit).into(),
    })?;
    if !parts.status.is_success() {
        return Err(NoHello::Refused(parts.status).into());
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let version = body.get("gitVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Hello { version, date: date(&parts.headers), sent, received: Timestamp::now() })
}

fn date(headers: &HeaderMap) -> Option<String> {
    headers.get(header::DATE)?.to_str().ok().map(str::to_owned)
}

fn or_unreadable(findings: Result<Vec<Finding>, Error>) -> Vec<Finding> {
    findings.unwrap_or_else(|error| vec![Finding::unreadable(&error)])
}

pub(crate) async fn custom_resources(cluster: &Cluster) -> Vec<Finding> {
    let both = [Delivery::crd(), DeliveryRoute::crd()].map(|expected| async move {
        let looked = look(cluster, &expected).await;
        looked.map_or_else(|error| Finding::unreadable(&error), |looked| definitions::judge(&expected, &looked))
    });
    join_all(both).await
}

async fn look(cluster: &Cluster, expected: &CustomResourceDefinition) -> Result<Looked, Error> {
    let name = expected.name_any();
    let definitions: Api<CustomResourceDefinition> = Api::all(cluster.client.clone());
    let refused = || Error::api(format!("Cannot read the CRD {name}"));
    match definitions.get_opt(&name).await.map_err(refused()) {
        Ok(Some(found)) => Ok(Looked::Found(Box::new(found))),
        Ok(None) => Ok(Looked::Missing),
        Err(error) if error.is_forbidden() => {
            let version = Delivery::api_version(&());
            let served = cluster.client.list_api_group_resources(&version).await.map_err(refused());
            match served {
                Ok(served) => {
                    let kind = &expected.spec.names.plural;
                    Ok(Looked::Forbidden { served: served.resources.iter().any(|one| one.name == *kind) })
                }
                Err(error) if error.is_not_found() => Ok(Looked::Forbidden { served: false }),
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// `installation`: the namespace of the operator, if it is known.
pub(crate) async fn rights(cluster: &Cluster, installation: Option<&str>) -> Vec<Finding> {
    let needs = NEEDS.iter().filter_map(|need| {
        let namespace = match need.place {
            Place::Current => cluster.namespace.as_str(),
            Place::Installation => installation?,
        };
        Some(async move {
            let denied = denied(cluster, namespace, need).await;
            denied
                .map_or_else(|error| Finding::unreadable(&error), |denied| permissions::judge(need, namespace, &denied))
        })
    });
    join_all(needs).await
}

async fn denied(cluster: &Cluster, namespace: &str, need: &Need) -> Result<Vec<Right>, Error> {
    let asked = need.rights.iter().map(|right| async move {
        let allowed = is_allowed(cluster, namespace, right).await?;
        Ok::<_, Error>((*right, allowed))
    });
    let answers = try_join_all(asked).await?;
    Ok(answers.into_iter().filter(|(_, allowed)| !allowed).map(|(right, _)| right).collect())
}

async fn is_allowed(cluster: &Cluster, namespace: &str, right: &Right) -> Result<bool, Error> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let attributes = ResourceAttributes {
        namespace: Some(namespace.to_owned()),
        group: some(right.group),
        resource: some(right.resource),
        subresource: some(right.subresource),
        verb: some(right.verb),
        ..ResourceAttributes::default()
    };
    let spec =
        SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..SelfSubjectAccessReviewSpec::default() };
    let review = SelfSubjectAccessReview { spec, ..SelfSubjectAccessReview::default() };
    let reviews: Api<SelfSubjectAccessReview> = Api::all(cluster.client.clone());
    let answer = reviews.create(&PostParams::default(), &review).await;
    let answer = answer.map_err(Error::api("Cannot ask the API server what you may do"))?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

/// `now`: the time in the cluster.
pub(crate) async fn operator(
    cluster: &Cluster,
    installation: &Installation,
    probed: &Probed,
    now: Timestamp,
) -> Vec<Finding> {
    let leader = or_unreadable(lease(cluster, installation, probed, now).await);
    [leader, probed.readiness(Service::Operator)].concat()
}

async fn lease(
    cluster: &Cluster,
    installation: &Installation,
    probed: &Probed,
    now: Timestamp,
) -> Result<Vec<Finding>, Error> {
    let Some(named) = &installation.config.lease else {
        return Ok(vec![Finding::skipped(
            "The operator's configuration names no Lease, so its leader was not checked.",
        )]);
    };
    let leases: Api<Lease> = Api::namespaced(cluster.client.clone(), &named.namespace);
    let found = leases.get_opt(&named.name).await;
    let found = found.map_err(Error::api(format!("Cannot read the Lease {}", named.name)))?;
    let spec = found.and_then(|found| found.spec);
    Ok(vec![leader::judge(spec.as_ref(), &named.name, probed.names(Service::Operator).as_deref(), now)])
}

/// The Deployments, and the versions of what runs.
pub(crate) async fn deployments(
    cluster: &Cluster,
    installation: &Installation,
    probed: &Probed,
    plugin: &str,
) -> Vec<Finding> {
    let namespace = &installation.namespace;
    let deployments: Api<Deployment> = Api::namespaced(cluster.client.clone(), namespace);
    let selector = admin_port::selector(&Service::ALL, installation.release());
    let found = deployments.list(&ListParams::default().labels(&selector)).await;
    let found = found.map_err(Error::api("Cannot list the Deployments of the services"));
    or_unreadable(found.map(|found| {
        let replicas = workloads::judge(&found.items, namespace);
        [replicas, workloads::versions(&found.items, &probed.versions(), plugin)].concat()
    }))
}

pub(crate) async fn gateway(cluster: &Cluster, installation: &Installation, probed: &Probed) -> Vec<Finding> {
    let proxied = or_unreadable(proxied(cluster, &installation.namespace).await);
    [proxied, probed.readiness(Service::Gateway)].concat()
}

/// Asks the gateway for its configuration, through its Service and the API server.
async fn proxied(cluster: &Cluster, namespace: &str) -> Result<Vec<Finding>, Error> {
    let gateway = GatewayArguments::default().find(cluster, namespace).await?;
    let reply = gateway.get("/config.json").await?;
    Ok(vec![if reply.status.is_success() && reply.body.is_object() {
        Finding::right("The gateway answers through its Service and the API server's proxy.")
    } else {
        Finding::wrong(
            format!("The gateway does not serve its configuration: {}", reply.message()),
            "See its log; history, erase and verify --sink need it.",
        )
    }])
}

/// What the services of purchases, invoices and notifications say of themselves, as far as there are any.
pub(crate) fn purchases(probed: &Probed) -> Vec<Finding> {
    let with_pods =
        Service::PURCHASES.into_iter().filter(|service| probed.names(*service).is_none_or(|names| !names.is_empty()));
    let mut findings: Vec<_> = with_pods.flat_map(|service| probed.readiness(service)).collect();
    // What keeps the pods from being known is said once.
    findings.dedup();
    if findings.is_empty() {
        findings.push(Finding::skipped(
            "Nothing is sold here: purchases.enabled, invoices.enabled and notifications.enabled are off.",
        ));
    }
    findings
}

/// What reconciles the connectors, if it is not Strimzi, and the connectors.
pub(crate) async fn kafka_connectors(cluster: &Cluster, installation: &Installation, probed: &Probed) -> Vec<Finding> {
    let has_pods = probed.names(Service::ConnectorOperator).is_some_and(|names| !names.is_empty());
    let mut findings = if has_pods { probed.readiness(Service::ConnectorOperator) } else { Vec::new() };
    findings.extend(connectors_of(cluster, installation).await);
    findings
}

/// They may be in any namespace; a user who may not look everywhere sees those beside the operator.
async fn connectors_of(cluster: &Cluster, installation: &Installation) -> Vec<Finding> {
    let kind = kind("kafka.strimzi.io", "KafkaConnector");
    let namespace = &installation.namespace;
    let everywhere = of_release(Api::all_with(cluster.client.clone(), &kind), installation).await;
    let found = match everywhere {
        Err(error) if error.is_forbidden() => {
            let near = of_release(Api::namespaced_with(cluster.client.clone(), namespace, &kind), installation).await;
            if matches!(&near, Ok(Some(found)) if found.is_empty()) {
                return vec![Finding::skipped(format!(
                    "You may read KafkaConnectors in the namespace {namespace} alone, which has none of this release."
                ))];
            }
            near
        }
        other => other,
    };
    or_unreadable(found.map(|found| connectors::judge(found.as_deref())))
}

pub(crate) async fn prometheus_objects(cluster: &Cluster, installation: &Installation) -> Vec<Finding> {
    let count = async |name: &str| {
        let kind = kind("monitoring.coreos.com", name);
        let api = Api::namespaced_with(cluster.client.clone(), &installation.namespace, &kind);
        Ok::<_, Error>(of_release(api, installation).await?.map(|found| found.len()))
    };
    let counts = tokio::try_join!(count("PodMonitor"), count("PrometheusRule"));
    or_unreadable(counts.map(|(monitors, rules)| vec![monitoring::judge(monitors, rules)]))
}

/// A kind in its version v1.
pub(super) fn kind(group: &str, kind: &str) -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind))
}

/// The objects of a kind that the release has created; `None` if the kind is not served.
pub(super) async fn of_release(
    api: Api<DynamicObject>,
    installation: &Installation,
) -> Result<Option<Vec<DynamicObject>>, Error> {
    let release = installation.release().map(|release| format!(",app.kubernetes.io/instance={release}"));
    let labels = format!("app.kubernetes.io/part-of=code-delivery{}", release.unwrap_or_default());
    let found = api.list(&ListParams::default().labels(&labels)).await;
    match found.map_err(Error::api("Cannot list what the release has created")) {
        Ok(found) => {
            // Another namespace may have a release of the same name.
            let ours = |object: &DynamicObject| {
                let namespace = object.annotations().get(RELEASE_NAMESPACE);
                namespace.is_none_or(|namespace| *namespace == installation.namespace)
            };
            Ok(Some(found.items.into_iter().filter(ours).collect()))
        }
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// `limit`: how long a delivery may wait; `now`: the time in the cluster.
pub(crate) async fn deliveries(
    cluster: &Cluster,
    installation: &Installation,
    limit: SignedDuration,
    now: Timestamp,
) -> Vec<Finding> {
    let (mut all, mut findings) = (Vec::new(), Vec::new());
    for namespace in &installation.config.watch_namespaces {
        let deliveries: Api<Delivery> = Api::namespaced(cluster.client.clone(), namespace);
        let found = deliveries.list(&ListParams::default()).await;
        match found.map_err(Error::api(format!("Cannot list the Deliveries of the namespace {namespace}"))) {
            Ok(found) => all.extend(found.items),
            Err(error) => findings.push(Finding::unreadable(&error)),
        }
    }
    if findings.len() < installation.config.watch_namespaces.len() {
        findings.extend(stuck::judge(&all, limit, now));
    }
    findings
}
