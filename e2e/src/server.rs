//! The servers of the demo: stopping and starting them, what MongoDB has, and Elasticsearch and Kafka Connect as a client that can reach
//! their Services uses them.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use hyper::{Method, StatusCode};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams};
use mongodb::bson::Document;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::{PATIENCE, http, within};

/// The namespace of the demo's data.
pub const NAMESPACE: &str = "code-delivery-data";
/// The time limit of one response; a server that was just killed sends none.
const ANSWER: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(200);
/// The maximum number of documents that are read at once.
const MAX_HITS: usize = 10_000;

/// What MongoDB has of deliveries, read directly, not through the gateway.
///
/// # Errors
/// When there is no MongoDB.
pub async fn history(cluster: &Cluster) -> Result<mongodb::Collection<Document>> {
    Ok(database(cluster, "code-delivery").await?.collection("deliveries"))
}

/// A database of the demo's MongoDB.
///
/// # Errors
/// When there is no MongoDB.
pub async fn database(cluster: &Cluster, name: &str) -> Result<mongodb::Database> {
    let services: Api<Service> = Api::namespaced(cluster.client.clone(), NAMESPACE);
    let address = services.get("mongodb").await?.spec.and_then(|spec| spec.cluster_ip).context("it has an address")?;
    Ok(mongodb::Client::with_uri_str(format!("mongodb://{address}:27017/")).await?.database(name))
}

/// Stops or starts a server of the demo's data, and waits until that is done.
///
/// # Errors
/// When it is not done in time.
pub async fn scale(cluster: &Cluster, server: &str, replicas: i32) -> Result<()> {
    let api: Api<StatefulSet> = Api::namespaced(cluster.client.clone(), NAMESPACE);
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    api.patch_scale(server, &PatchParams::default(), &patch).await?;
    let wanted = move |found: Option<&StatefulSet>| {
        let status = found.and_then(|found| found.status.as_ref());
        status.is_some_and(|status| status.replicas == replicas && status.ready_replicas.unwrap_or(0) == replicas)
    };
    Box::pin(cluster.until(&format!("{replicas} of {server}"), api, server, wanted)).await?;
    // A pod that is still terminating may serve until its last moment.
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), NAMESPACE);
    let of_server = ListParams::default().labels(&format!("app.kubernetes.io/name={server}"));
    within("the old pods' end", async {
        while pods.list(&of_server).await?.items.len() != usize::try_from(replicas)? {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    })
    .await
}

/// A server.
#[derive(Clone, Debug)]
pub struct Server {
    address: String,
}

impl Server {
    /// The demo's Elasticsearch.
    ///
    /// # Errors
    /// When there is none.
    pub async fn elasticsearch(cluster: &Cluster) -> Result<Self> {
        Self::find(cluster, NAMESPACE, "elasticsearch").await
    }

    /// The REST interface of the demo's Kafka Connect.
    ///
    /// # Errors
    /// When there is none.
    pub async fn connect(cluster: &Cluster) -> Result<Self> {
        Self::find(cluster, NAMESPACE, "connect").await
    }

    /// The first port of a Service. Its name can be resolved in the cluster only; its address can be reached from the node as well.
    ///
    /// # Errors
    /// When there is no such Service.
    pub async fn find(cluster: &Cluster, namespace: &str, name: &str) -> Result<Self> {
        let services: Api<Service> = Api::namespaced(cluster.client.clone(), namespace);
        let spec = services.get(name).await?.spec.context("a Service has a spec")?;
        let port = spec.ports.and_then(|ports| ports.first().map(|port| port.port)).context("it has a port")?;
        Ok(Self { address: format!("http://{}:{port}", spec.cluster_ip.unwrap_or_default()) })
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends one request.
    ///
    /// # Errors
    /// When it gets no response.
    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(StatusCode, Value)> {
        let url = format!("{}{path}", self.address);
        let answer = tokio::time::timeout(ANSWER, http::ask(method, &url, body)).await;
        answer.with_context(|| format!("{url} does not answer within {ANSWER:?}"))?
    }

    /// Sends a request that must succeed.
    ///
    /// # Errors
    /// When the response is not 2xx.
    pub async fn done(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        match self.ask(method.clone(), path, body).await? {
            (status, value) if status.is_success() => Ok(value),
            (status, value) => bail!("{method} {path} is answered with {status}: {value}"),
        }
    }

    /// GET.
    ///
    /// # Errors
    /// When the response is not 2xx.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.done(Method::GET, path, None).await
    }

    /// Repeats a GET until `wanted` returns something for a 2xx response.
    ///
    /// # Errors
    /// When it does not in time; the error has the last response.
    pub async fn until<T>(&self, path: &str, wanted: impl Fn(&Value) -> Option<T>) -> Result<T> {
        let began = tokio::time::Instant::now();
        loop {
            let answer = self.get(path).await;
            if let Ok(answer) = &answer
                && let Some(found) = wanted(answer)
            {
                return Ok(found);
            }
            if began.elapsed() > PATIENCE {
                bail!("after {PATIENCE:?} {path} is {answer:?}");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The documents behind an alias of Elasticsearch that a query currently finds: the id and the document.
    ///
    /// # Errors
    /// When Elasticsearch does not answer, or there are more than ten thousand.
    pub async fn documents(&self, alias: &str, query: &Value) -> Result<Vec<(String, Value)>> {
        self.done(Method::POST, &format!("/{alias}/_refresh?ignore_unavailable=true"), None).await?;
        let body = json!({"query": query, "size": MAX_HITS, "track_total_hits": true});
        let found = self.done(Method::POST, &format!("/{alias}/_search"), Some(&body)).await?;
        let hits = found["hits"]["hits"].as_array().context("a search has hits")?;
        let total = found["hits"]["total"]["value"].as_u64().context("a search has a total")?;
        if usize::try_from(total)? != hits.len() {
            bail!("{alias} has {total} such documents, and only {} can be read at once", hits.len());
        }
        let failed = found["_shards"]["failed"].as_u64();
        if failed != Some(0) {
            bail!("{alias} answers in part: {}", found["_shards"]);
        }
        Ok(hits
            .iter()
            .map(|hit| (hit["_id"].as_str().unwrap_or_default().to_owned(), hit["_source"].clone()))
            .collect())
    }

    /// The same documents, once there are at least `count`.
    ///
    /// # Errors
    /// When there are not in time; the error has the number found.
    pub async fn until_documents(&self, alias: &str, query: &Value, count: usize) -> Result<Vec<(String, Value)>> {
        let began = tokio::time::Instant::now();
        loop {
            let found = self.documents(alias, query).await;
            if found.as_ref().is_ok_and(|found| found.len() >= count) {
                return found;
            }
            if began.elapsed() > PATIENCE {
                let found = found.map(|found| found.len());
                bail!("after {PATIENCE:?} {alias} has {found:?} of {count} documents that {query} finds");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
