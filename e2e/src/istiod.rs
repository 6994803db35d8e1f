//! The mesh's control plane: taken away and brought back, whole or only for proxies that are new.

use anyhow::Result;
use k8s_openapi::api::apps::v1::Deployment;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::cluster::{Cluster, Restored};
use crate::probe::until_gone;

/// Where it is.
const NAMESPACE: &str = "istio-system";
/// Where it gives proxies their configuration and certificates. Its webhook, which puts them into pods, has another port.
const XDS: u16 = 15_012;

/// Starts or stops it, and waits until that is done.
///
/// # Errors
/// When that takes too long.
pub async fn scale(cluster: &Cluster, replicas: i32) -> Result<()> {
    let api: Api<Deployment> = Api::namespaced(cluster.client.clone(), NAMESPACE);
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    api.patch_scale("istiod", &PatchParams::default(), &patch).await?;
    let wanted = move |found: Option<&Deployment>| {
        let status = found.and_then(|found| found.status.as_ref());
        status.is_some_and(|status| status.ready_replicas.unwrap_or(0) == replicas)
    };
    Box::pin(cluster.until(&format!("{replicas} of istiod"), api, "istiod", wanted)).await?;
    if replicas == 0 {
        until_gone(Api::namespaced(cluster.client.clone(), NAMESPACE), "app=istiod").await?;
    }
    Ok(())
}

/// Starts it again when the test that stops it fails in between. It is to live as long as the test.
#[must_use]
pub fn restored() -> Restored {
    Restored::new("deployment/istiod", Some(NAMESPACE), 1)
}

/// While this lives, it injects proxies and gives them nothing. Those that are connected to it stay so.
#[derive(Debug)]
pub struct Unreachable;

impl Unreachable {
    /// Leads new connections of proxies astray.
    ///
    /// # Errors
    /// When kubectl does not succeed.
    pub fn begin() -> Result<Self> {
        lead_to(1)?;
        Ok(Self)
    }
}

impl Drop for Unreachable {
    fn drop(&mut self) {
        let _ = lead_to(XDS);
    }
}

/// Changes to which port of its pod its Service leads proxies.
fn lead_to(port: u16) -> Result<()> {
    let patch = json!({"spec": {"ports": [{"port": XDS, "targetPort": port}]}}).to_string();
    let arguments = ["patch", "service", "istiod", "--namespace", NAMESPACE, "--patch", &patch];
    let status = std::process::Command::new("kubectl").args(arguments).status()?;
    anyhow::ensure!(status.success(), "kubectl {arguments:?} ended with {status}");
    Ok(())
}
