//! Scales gateway and operator to two replicas for the run, and back at the end.

use anyhow::Result;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use crate::setting::{LABEL, Setting};

const GATEWAY: &str = "code-delivery-gateway";
const OPERATOR: &str = "code-delivery-operator";

/// Scales up to what the run needs, and annotates each Deployment with its previous number of replicas.
pub(crate) async fn raise(setting: &Setting) -> Result<()> {
    let deployments = deployments(setting);
    let leases: Api<Lease> = Api::default_namespaced(setting.cluster.client.clone());
    // An operator without leader election must be the only one.
    let elected = !leases.list(&ListParams::default()).await?.items.is_empty();
    for name in [GATEWAY, OPERATOR] {
        let found = deployments.get(name).await?;
        let replicas = found.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        if replicas >= setting.size.replicas || (name == OPERATOR && !elected) {
            continue;
        }
        if !found.annotations().contains_key(LABEL) {
            note(&deployments, name, Some(replicas)).await?;
        }
        Box::pin(setting.cluster.scale(name, setting.size.replicas)).await?;
    }
    Ok(())
}

/// Undoes [`raise`], of this run or of one that was killed.
pub(crate) async fn restore(setting: &Setting) -> Result<()> {
    let deployments = deployments(setting);
    for name in [GATEWAY, OPERATOR] {
        let noted = deployments.get(name).await?.annotations().get(LABEL).and_then(|noted| noted.parse::<i32>().ok());
        if let Some(replicas) = noted {
            let scale = Patch::Merge(json!({"spec": {"replicas": replicas}}));
            deployments.patch_scale(name, &PatchParams::default(), &scale).await?;
            note(&deployments, name, None).await?;
        }
    }
    Ok(())
}

fn deployments(setting: &Setting) -> Api<Deployment> {
    setting.cluster.operator()
}

async fn note(deployments: &Api<Deployment>, name: &str, replicas: Option<i32>) -> Result<()> {
    let value = replicas.map(|replicas| replicas.to_string());
    let patch = Patch::Merge(json!({"metadata": {"annotations": {LABEL: value}}}));
    deployments.patch(name, &PatchParams::default(), &patch).await?;
    Ok(())
}
