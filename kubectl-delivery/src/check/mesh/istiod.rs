//! Asks istiod which proxies it knows, and what they have: at `/debug/syncz`, which it tells nobody but whoever comes from its own pod, so
//! through a forwarded port.

use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::base::{Error, Problem};
use crate::cluster::connection::Cluster;

/// The labels of its pods.
const SELECTOR: &str = "app=istiod";
/// Where it is if the user may not look everywhere.
const NAMESPACE: &str = "istio-system";
/// The port of its metrics, which also has what it tells of itself.
const PORT: u16 = 15_014;
/// How long one may take to answer.
const LIMIT: Duration = Duration::from_secs(10);
/// The most bytes of an answer.
const MAX: u64 = 64 * 1024 * 1024;

/// istiod cannot be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("No pod of istiod is running in the cluster, so the proxies get neither configuration nor certificates.")]
    Nowhere,
    #[error("istiod, the pod {pod}, does not tell which proxies it knows: {cause}.")]
    Silent { pod: String, cause: String },
}

impl Problem for NoAnswer {
    fn reason(&self) -> &'static str {
        "Istiod"
    }
}

/// What all istiods tell of the proxies that have connected to them.
pub(super) async fn statuses(cluster: &Cluster) -> Result<Vec<Value>, Error> {
    let mut statuses = Vec::new();
    let pods = pods(cluster).await?;
    if pods.is_empty() {
        return Err(NoAnswer::Nowhere.into());
    }
    for pod in pods {
        statuses.extend(of_pod(cluster, &pod).await?);
    }
    Ok(statuses)
}

/// Those that run.
async fn pods(cluster: &Cluster) -> Result<Vec<Pod>, Error> {
    const ATTEMPT: &str = "Cannot list the pods of istiod";
    let labelled = ListParams::default().labels(SELECTOR);
    let everywhere: Api<Pod> = Api::all(cluster.client.clone());
    let found = match everywhere.list(&labelled).await.map_err(Error::api(ATTEMPT)) {
        Err(error) if error.is_forbidden() => {
            let near: Api<Pod> = Api::namespaced(cluster.client.clone(), NAMESPACE);
            near.list(&labelled).await.map_err(Error::api(ATTEMPT))?
        }
        found => found?,
    };
    let is_running = |pod: &Pod| pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Running");
    Ok(found.items.into_iter().filter(|pod| is_running(pod) && pod.metadata.deletion_timestamp.is_none()).collect())
}

async fn of_pod(cluster: &Cluster, pod: &Pod) -> Result<Vec<Value>, Error> {
    let (namespace, name) = (pod.namespace().unwrap_or_default(), pod.name_any());
    let pods: Api<Pod> = Api::namespaced(cluster.streaming.clone(), &namespace);
    let silent = |cause: String| NoAnswer::Silent { pod: format!("{namespace}/{name}"), cause };
    let asked = async {
        let refused = Error::api(format!("Cannot reach the port {PORT} of istiod, the pod {namespace}/{name}"));
        let mut forwarder = pods.portforward(&name, &[PORT]).await.map_err(refused)?;
        let answer = match forwarder.take_stream(PORT) {
            Some(stream) => exchange(stream).await,
            None => Ok(Vec::new()),
        };
        forwarder.abort();
        Ok::<_, Error>(answer)
    };
    let late = || silent(format!("no answer within {} s", LIMIT.as_secs()));
    let answer = timeout(LIMIT, asked).await.map_err(|_| late())??;
    let answer = answer.map_err(|error| silent(error.to_string()))?;
    Ok(list(&answer).ok_or_else(|| silent("its answer is no list of proxies".to_owned()))?)
}

/// One request, after which istiod closes the connection: HTTP/1.0 has neither chunks nor further requests.
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<Vec<u8>> {
    stream.write_all(b"GET /debug/syncz HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(MAX).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// The list in an answer with the status 200.
fn list(answer: &[u8]) -> Option<Vec<Value>> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?;
    serde_json::from_str(body).ok().filter(|_| status == "200")
}

#[cfg(test)]
#[path = "tests/istiod.rs"]
mod tests;
