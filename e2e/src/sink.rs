//! The connectors that write to Elasticsearch: the shipped ones, and a temporary copy of the shipped one for positions, with its own
//! topic and index, so that a test can break it without affecting the others.

use anyhow::{Context, Result, anyhow, ensure};
use delivery_kafka::ConnectionError;
use delivery_kafka::write::writer;
use hyper::Method;
use kube::api::{ApiResource, DeleteParams, DynamicObject, ListParams, PostParams};
use kube::core::GroupVersionKind;
use kube::{Api, ResourceExt};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::log::Log;
use crate::server::Server;
use crate::unique;

/// The shipped connector of positions.
pub const POSITIONS: &str = "code-delivery-positions";

/// The `KafkaConnectors` of the context's namespace.
#[must_use]
pub fn connectors(cluster: &Cluster) -> Api<DynamicObject> {
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("kafka.strimzi.io", "v1", "KafkaConnector"));
    Api::default_namespaced_with(cluster.client.clone(), &kind)
}

/// Whether a `KafkaConnector` matches its object, and it and its tasks are running.
#[must_use]
pub fn is_at_work(connector: &DynamicObject) -> bool {
    let status = &connector.data["status"];
    let ready = status["conditions"].as_array().is_some_and(|all| all.iter().any(|one| one["type"] == "Ready"));
    let tasks = status["connectorStatus"]["tasks"].as_array();
    ready
        && status["observedGeneration"].as_i64() == connector.metadata.generation
        && status["connectorStatus"]["connector"]["state"] == "RUNNING"
        && tasks.is_some_and(|tasks| !tasks.is_empty() && tasks.iter().all(|task| task["state"] == "RUNNING"))
}

/// Waits until a `KafkaConnector` is running.
///
/// # Errors
/// When it is not in time; the error has its last status.
pub async fn until_at_work(cluster: &Cluster, name: &str) -> Result<()> {
    let api = connectors(cluster);
    let began = tokio::time::Instant::now();
    loop {
        let now = api.get_opt(name).await?;
        if now.as_ref().is_some_and(is_at_work) {
            return Ok(());
        }
        let status = now.map(|now| now.data["status"].clone());
        ensure!(began.elapsed() < crate::PATIENCE, "{name} is not running: {status:?}");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

/// Creates a copy of the shipped `KafkaConnector` for positions with another name and a spec changed by `change`.
///
/// # Errors
/// When the API server refuses it.
pub async fn create(cluster: &Cluster, name: &str, change: impl FnOnce(&mut Value)) -> Result<()> {
    let shipped = connectors(cluster).get(POSITIONS).await?;
    let mut spec = shipped.data["spec"].clone();
    change(&mut spec);
    let object: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "kafka.strimzi.io/v1", "kind": "KafkaConnector", "spec": spec,
        "metadata": {"name": name, "labels": {"strimzi.io/cluster": shipped.labels()["strimzi.io/cluster"]}},
    }))?;
    connectors(cluster).create(&PostParams::default(), &object).await?;
    Ok(())
}

/// A connector with its own topic and index, until they are removed.
pub struct OwnConnector {
    /// The name of all three.
    pub name: String,
    /// The server with its documents.
    pub elasticsearch: Server,
    cluster: Cluster,
    admin: AdminClient<DefaultClientContext>,
    producer: FutureProducer,
}

impl OwnConnector {
    /// Creates them, and waits until the connector is running.
    ///
    /// # Errors
    /// When Kafka, Kubernetes or Elasticsearch refuses.
    pub async fn create(cluster: &Cluster, purpose: &str) -> Result<Self> {
        let (name, config) = (unique(purpose), Log::default().config);
        let admin: AdminClient<DefaultClientContext> =
            config.client(purpose)?.create().map_err(ConnectionError::from)?;
        let topic = NewTopic::new(&name, 2, TopicReplication::Fixed(1));
        for created in admin.create_topics([&topic], &AdminOptions::new()).await? {
            created.map_err(|(topic, error)| anyhow!("Kafka could not create {topic}: {error}"))?;
        }
        let mine = |spec: &mut Value| {
            (spec["config"]["topics"], spec["config"]["index"], spec["tasksMax"]) =
                (json!(name), json!(name), json!(1));
        };
        create(cluster, &name, mine).await?;
        until_at_work(cluster, &name).await?;
        let (producer, elasticsearch) = (
            writer::settings(&config, purpose)?.create().map_err(ConnectionError::from)?,
            Server::elasticsearch(cluster).await?,
        );
        Ok(Self { name, elasticsearch, cluster: cluster.clone(), admin, producer })
    }

    /// Sends a record with the key of the connector's own delivery.
    ///
    /// # Errors
    /// When Kafka does not accept it.
    pub async fn send(&self, value: &[u8]) -> Result<()> {
        self.send_with_key(&self.name, value).await
    }

    /// Sends a record with any key.
    ///
    /// # Errors
    /// When Kafka does not accept it.
    pub async fn send_with_key(&self, key: &str, value: &[u8]) -> Result<()> {
        let record = FutureRecord::<str, [u8]>::to(&self.name).key(key).payload(value);
        self.producer.send(record, Timeout::Never).await.map_err(|(error, _)| error)?;
        Ok(())
    }

    /// Sends these positions of the connector's own delivery.
    ///
    /// # Errors
    /// When Kafka does not accept one.
    pub async fn send_positions(&self, numbers: std::ops::Range<u64>) -> Result<()> {
        for seq in numbers {
            self.send(position(&self.name, seq).to_string().as_bytes()).await?;
        }
        Ok(())
    }

    /// Waits for documents with all of these numbers, each once and no others.
    ///
    /// # Errors
    /// When they do not appear in time, or others do.
    pub async fn until_positions(&self, numbers: std::ops::Range<u64>) -> Result<()> {
        let count = usize::try_from(numbers.end - numbers.start)?;
        let found = self.elasticsearch.until_documents(&self.name, &json!({"match_all": {}}), count).await?;
        let mut found: Vec<u64> = found.iter().filter_map(|(_, document)| document["seq"].as_u64()).collect();
        found.sort_unstable();
        ensure!(found.iter().copied().eq(numbers.clone()), "{} has {found:?} instead of {numbers:?}", self.name);
        Ok(())
    }

    /// Kafka Connect's log since it started.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn connects_log(&self) -> Result<String> {
        let pods: Api<k8s_openapi::api::core::v1::Pod> =
            Api::namespaced(self.cluster.client.clone(), crate::server::NAMESPACE);
        let found = pods.list(&ListParams::default().labels("app.kubernetes.io/name=connect")).await?;
        let pod = found.items.first().context("Kafka Connect has no pod")?.name_any();
        Ok(pods.logs(&pod, &kube::api::LogParams::default()).await?)
    }

    /// Removes them.
    ///
    /// # Errors
    /// When Kafka, Kubernetes or Elasticsearch refuses.
    pub async fn remove(self) -> Result<()> {
        connectors(&self.cluster).delete(&self.name, &DeleteParams::default()).await?;
        // The connector goes first: it would consume the topic and create its template again.
        let connect = Server::connect(&self.cluster).await?;
        let names = |all: &Value| all.as_array().is_some_and(|all| !all.contains(&json!(self.name))).then_some(());
        connect.until("/connectors", names).await?;
        self.admin.delete_topics(&[&self.name], &AdminOptions::new()).await?;
        let template = format!("/_index_template/{}", self.name);
        self.elasticsearch.done(Method::DELETE, &template, None).await?;
        let indices = self.elasticsearch.get(&format!("/_alias/{}", self.name)).await?;
        for index in indices.as_object().into_iter().flat_map(serde_json::Map::keys) {
            self.elasticsearch.done(Method::DELETE, &format!("/{index}"), None).await?;
        }
        Ok(())
    }
}

/// A position as a simulator sends it; seq 0 was due three days ago, each further one a second later.
#[must_use]
pub fn position(delivery: &str, seq: u64) -> Value {
    let began = jiff::Timestamp::now().as_millisecond() / 86_400_000 * 86_400_000 - 3 * 86_400_000;
    json!({
        "routeId": "sink", "clientId": "", "position": [-47.93, -15.82], "finished": false, "deliveryId": delivery, "seq": seq,
        "at": began + 1_000 * i64::try_from(seq).unwrap_or_default(), "speed": 8.5, "heading": 90.0, "progress": 0.5,
    })
}
