//! A client inside the mesh: a pod with an identity, which tries something once and tells what came of it (`cluster/mesh/probe`).

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, ListParams, LogParams, PostParams};
use serde_json::json;

use crate::cluster::Cluster;
use crate::{unique, within};

/// What came of it: how often an HTTP status, or the reason for having none; for Kafka the bytes `sent` and `received`.
pub type Found = BTreeMap<String, u64>;

/// Who tries.
#[derive(Clone, Copy, Debug)]
pub enum Identity<'a> {
    /// A pod with a sidecar and this service account.
    Account(&'a str),
    /// A pod without a sidecar.
    Stranger,
}

/// A client that has ended.
#[derive(Debug)]
pub struct Probe {
    /// The pod's name, which is the workload's in the mesh's metrics.
    pub name: String,
    /// What came of it.
    pub found: Found,
    /// How many certificates its proxy has had, one after the other.
    pub certificates: usize,
}

/// A certificate of a probe is valid for this long, and replaced after half of it.
const SHORT_LIVED: &str = r#"{"proxyMetadata": {"SECRET_TTL": "40s"}}"#;
/// What the proxy's agent writes to its log whenever it gets a certificate.
const NEW_CERTIFICATE: &str = "generated new workload certificate";

/// Runs a client with these arguments to its end. Its image is `PROBE_IMAGE`.
///
/// # Errors
/// When the pod is refused, does not end in time, or fails.
pub async fn run(cluster: &Cluster, identity: Identity<'_>, arguments: &[&str]) -> Result<Probe> {
    let image = std::env::var("PROBE_IMAGE").context("PROBE_IMAGE is not set; run bash e2e/run.sh mesh")?;
    let (account, inject) = match identity {
        Identity::Account(account) => (account, "true"),
        Identity::Stranger => ("default", "false"),
    };
    let name = unique("probe");
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name,
            "labels": {"app.kubernetes.io/name": "probe", "sidecar.istio.io/inject": inject},
            "annotations": {"proxy.istio.io/config": SHORT_LIVED},
        },
        "spec": {
            "restartPolicy": "Never",
            "serviceAccountName": account,
            "automountServiceAccountToken": false,
            "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "probe", "image": image, "args": arguments,
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
            }],
        },
    });
    cluster.pods().create(&PostParams::default(), &serde_json::from_value(pod)?).await?;
    let ended = |pod: Option<&Pod>| exit_code(pod).is_some();
    let pod = Box::pin(cluster.until("the end of a probe", cluster.pods(), &name, ended)).await?;
    let code = exit_code(pod.as_ref());
    let container = LogParams { container: Some("probe".to_owned()), ..LogParams::default() };
    let output = cluster.pods().logs(&name, &container).await?;
    if code != Some(0) {
        bail!("{name} ended with {code:?}: {output}");
    }
    let found = serde_json::from_str(output.trim()).with_context(|| format!("{name} says {output:?}"))?;
    // A pod whose sidecar stayed would never be complete.
    let complete = |pod: Option<&Pod>| {
        pod.and_then(|pod| pod.status.as_ref()).is_some_and(|status| status.phase.as_deref() == Some("Succeeded"))
    };
    Box::pin(cluster.until("a probe to be complete", cluster.pods(), &name, complete)).await?;
    let certificates = match identity {
        Identity::Account(_) => {
            let proxy = LogParams { container: Some("istio-proxy".to_owned()), ..LogParams::default() };
            let said = cluster.pods().logs(&name, &proxy).await?;
            said.lines().filter(|line| line.contains(NEW_CERTIFICATE)).count()
        }
        Identity::Stranger => 0,
    };
    cluster.pods().delete(&name, &DeleteParams::default()).await?;
    Ok(Probe { name, found, certificates })
}

/// The exit code of a probe's container, once it has ended.
fn exit_code(pod: Option<&Pod>) -> Option<i32> {
    let statuses = pod?.status.as_ref()?.container_statuses.as_ref()?;
    let state = statuses.iter().find(|status| status.name == "probe")?.state.as_ref()?;
    Some(state.terminated.as_ref()?.exit_code)
}

/// Waits until no pod with these labels is left.
///
/// # Errors
/// When there still is one after the usual time.
pub async fn until_gone(api: Api<Pod>, selector: &str) -> Result<()> {
    let of_them = ListParams::default().labels(selector);
    within("the end of the pods", async {
        while !api.list(&of_them).await?.items.is_empty() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    })
    .await
}
