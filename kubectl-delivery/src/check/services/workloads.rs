//! Judges the Deployments of the services, and whether the versions fit together. Pure.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus};
use kube::ResourceExt;

use crate::check::finding::Finding;
use crate::cluster::admin_port::{NAME, Service};
use crate::cluster::metrics::Metrics;

/// The label with the version of what runs.
const VERSION: &str = "app.kubernetes.io/version";

/// Judges the Deployment of each service; some of them may be switched off.
pub(crate) fn judge(deployments: &[Deployment], namespace: &str) -> Vec<Finding> {
    Service::ALL.into_iter().map(|service| deployment(service, find(deployments, service), namespace)).collect()
}

fn find(deployments: &[Deployment], service: Service) -> Option<&Deployment> {
    deployments.iter().find(|found| found.labels().get(NAME).and_then(|name| Service::of(name)) == Some(service))
}

fn deployment(service: Service, found: Option<&Deployment>, namespace: &str) -> Finding {
    let name = service.name();
    let Some(found) = found else {
        let message = format!("The {name} has no Deployment in the namespace {namespace}");
        return match service.switch() {
            Some(switch) => Finding::skipped(format!("{message}: {switch} is off.")),
            None => Finding::wrong(format!("{message}."), "Install or upgrade the chart; see helm status."),
        };
    };
    let object = found.name_any();
    let look = format!("See kubectl get pods --namespace {namespace} and kubectl describe deployment {object}.");
    let wanted = found.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    if wanted == 0 {
        let way_out = format!("Scale it: kubectl scale --namespace {namespace} deployment/{object} --replicas=1.");
        return Finding::wrong(format!("The {name} is scaled to zero."), way_out);
    }
    let status = found.status.clone().unwrap_or_default();
    let (ready, updated) = (status.ready_replicas.unwrap_or_default(), status.updated_replicas.unwrap_or_default());
    if ready < wanted {
        let cause = obstacle(&status).map(|cause| format!(": {cause}")).unwrap_or_default();
        return Finding::wrong(format!("The {name} has {ready} of {wanted} replicas ready{cause}."), look);
    }
    if status.observed_generation < found.metadata.generation || updated < wanted {
        let message = format!("The {name} is being rolled out: {updated} of {wanted} replicas are up to date.");
        return Finding::warning(message, look);
    }
    Finding::right(format!("The {name} has {ready} of {wanted} replicas ready."))
}

/// What the Deployment says is in the way.
fn obstacle(status: &DeploymentStatus) -> Option<String> {
    let conditions = status.conditions.as_deref().unwrap_or_default();
    let of = |kind: &str, status: &str| conditions.iter().find(|one| one.type_ == kind && one.status == status);
    let found = of("ReplicaFailure", "True").or_else(|| of("Progressing", "False"))?;
    found.message.as_ref().map(|message| message.trim_end_matches('.').to_owned())
}

/// Compares the versions of the services with that of this program: the version that a service tells of itself, otherwise that of
/// its Deployment's label, which may be the tag of an image.
pub(crate) fn versions(deployments: &[Deployment], told: &BTreeMap<Service, String>, plugin: &str) -> Vec<Finding> {
    let running = Service::ALL.into_iter().filter_map(|service| {
        let running = told.get(&service).map(String::as_str).or_else(|| label(find(deployments, service)?))?;
        Some(version(service, running, plugin))
    });
    running.collect()
}

fn label(deployment: &Deployment) -> Option<&str> {
    let labels = deployment.spec.as_ref()?.template.metadata.as_ref()?.labels.as_ref()?;
    labels.get(VERSION).map(String::as_str)
}

/// The version that a service tells in its metrics.
pub(crate) fn told(service: Service, metrics: &Metrics) -> Option<String> {
    let prefix = match service {
        Service::Operator => "delivery_operator",
        Service::Gateway => "delivery_gateway",
        Service::ConnectorOperator => "delivery_connector_operator",
        Service::Canary => "delivery_canary",
        Service::Purchases => "delivery_purchases",
        Service::Invoices => "delivery_invoices",
        Service::Notifications => "delivery_notifications",
    };
    metrics.by(&format!("{prefix}_build_info"), "version").first().map(|(version, _)| (*version).to_owned())
}

fn version(service: Service, running: &str, plugin: &str) -> Finding {
    let name = service.name();
    let (Some(there), Some(here)) = (compatible(running), compatible(plugin)) else {
        return Finding::skipped(format!(
            "The {name} runs {running}, which is no release, so it was not compared with this program's {plugin}."
        ));
    };
    if there == here {
        return Finding::right(format!("The {name} is of release {running}, which fits this program's {plugin}."));
    }
    let way_out = if there < here {
        "Upgrade the chart, or use the kubectl-delivery of the release that is installed."
    } else {
        "Use the kubectl-delivery of the release that is installed."
    };
    Finding::warning(format!("The {name} is of release {running}, and this program of {plugin}."), way_out)
}

/// The numbers of a release that must be the same: before 1.0 the first two, then the first.
fn compatible(version: &str) -> Option<(u64, u64)> {
    let release = version.strip_prefix('v').unwrap_or(version);
    let release = release.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<u64> = release.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match numbers[..] {
        [0, minor, _] => Some((0, minor)),
        [major, _, _] => Some((major, 0)),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tests/workloads.rs"]
mod tests;
