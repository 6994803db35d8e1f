//! The servers that `real.sh` started, a Kafka Connect that tests may kill, and the operator as the program that it is.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use delivery_connector_operator::config::Cluster;
use delivery_connector_operator::connect::rest::{self, Connect};
use delivery_connector_operator::metrics::Metrics;
use delivery_connector_operator::strimzi::connector::{ConnectorStatus, KafkaConnector};
use delivery_http_client::Http;
use http::Method;
use kube::api::{ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_mins(3);
/// The worker of Kafka Connect that runs.
static WORKER: Mutex<Option<Child>> = Mutex::new(None);

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run connector-operator/tests/real.sh"))
}

fn work() -> PathBuf {
    variable("REAL_WORK").into()
}

/// Asks until there is an answer.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {} s", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn signal(name: &str, process: u32) {
    assert!(Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
}

/// Everything that a test needs.
pub(crate) struct Environment {
    pub(crate) client: Client,
    pub(crate) connect: Connect,
    http: Http,
    operator: Option<Child>,
    admin: String,
}

impl Drop for Environment {
    fn drop(&mut self) {
        self.end_operator();
    }
}

impl Environment {
    /// With the kinds, a Kafka Connect without connectors, and an operator.
    pub(crate) async fn new() -> Self {
        let mut environment = Self::without_operator().await;
        environment.install_kinds().await;
        environment.start_connect().await;
        environment.start_operator();
        let connectors = environment.connectors();
        connectors.delete_collection(&DeleteParams::default(), &kube::api::ListParams::default()).await.unwrap();
        let connect = environment.connect.clone();
        until("the connectors of other tests are gone", async || connect.list().await.ok()?.is_empty().then_some(()))
            .await;
        environment
    }

    pub(crate) async fn without_operator() -> Self {
        let config = Kubeconfig::read_from(work().join("admin.yaml")).unwrap();
        let config = kube::Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await.unwrap();
        let http = rest::client().unwrap();
        let cluster =
            Cluster { url: variable("REAL_CONNECT"), credentials_directory: None, namespaces: BTreeSet::new() };
        Self {
            client: Client::try_from(config).unwrap(),
            connect: Connect::new(http.clone(), &cluster, Metrics::default()),
            http,
            operator: None,
            admin: String::new(),
        }
    }

    pub(crate) fn connectors(&self) -> Api<KafkaConnector> {
        Api::namespaced(self.client.clone(), "shop")
    }

    /// Applies Strimzi's kinds, and waits until they are served.
    pub(crate) async fn install_kinds(&self) {
        for file in ["kafkaconnectors", "kafkaconnects"] {
            let text = fs::read_to_string(PathBuf::from(variable("REAL_KINDS")).join(format!("{file}.yaml"))).unwrap();
            let kind: DynamicObject = serde_yaml::from_str(&text).unwrap();
            let apply = PatchParams::apply("test").force();
            self.kinds().patch(&kind.name_any(), &apply, &Patch::Apply(&kind)).await.unwrap();
        }
        until("the kinds are served", async || {
            let served = self.client.list_api_group_resources("kafka.strimzi.io/v1").await.ok()?;
            ["KafkaConnector", "KafkaConnect"]
                .iter()
                .all(|kind| served.resources.iter().any(|it| it.kind == **kind))
                .then_some(())
        })
        .await;
        until("they can be listed", async || self.connectors().list(&kube::api::ListParams::default()).await.ok())
            .await;
    }

    /// Takes the kind `KafkaConnector` away, and all its objects with it.
    pub(crate) async fn remove_kind(&self) {
        let kind = "kafkaconnectors.kafka.strimzi.io";
        self.kinds().delete(kind, &DeleteParams::default()).await.unwrap();
        until("the kind is gone", async || self.kinds().get_opt(kind).await.unwrap().is_none().then_some(())).await;
    }

    fn kinds(&self) -> Api<DynamicObject> {
        let gvk = kube::api::GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
        Api::all_with(self.client.clone(), &ApiResource::from_gvk(&gvk))
    }

    pub(crate) fn kafka_connects(&self) -> Api<DynamicObject> {
        let gvk = kube::api::GroupVersionKind::gvk("kafka.strimzi.io", "v1", "KafkaConnect");
        Api::namespaced_with(self.client.clone(), "shop", &ApiResource::from_gvk(&gvk))
    }

    /// Creates an object as a user writes it: the spec in YAML.
    pub(crate) async fn create(&self, name: &str, spec: &str) {
        let text = format!(
            "{{ apiVersion: kafka.strimzi.io/v1, kind: KafkaConnector, metadata: {{ name: {name}, labels: {{ strimzi.io/cluster: connect }} }}, spec: {spec} }}"
        );
        let connector: KafkaConnector = serde_yaml::from_str(&text).unwrap();
        self.connectors().create(&PostParams::default(), &connector).await.unwrap();
    }

    /// Changes an object, as `kubectl patch --type merge` does.
    pub(crate) async fn patch(&self, name: &str, patch: Value) {
        self.connectors().patch(name, &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    }

    pub(crate) async fn annotate(&self, name: &str, annotation: &str, value: &str) {
        self.patch(name, json!({ "metadata": { "annotations": { annotation: value } } })).await;
    }

    pub(crate) async fn delete(&self, name: &str) {
        self.connectors().delete(name, &DeleteParams::default()).await.unwrap();
    }

    /// Waits for a status.
    pub(crate) async fn status(
        &self,
        name: &str,
        what: &str,
        is: impl Fn(&ConnectorStatus) -> bool,
    ) -> ConnectorStatus {
        let last = Mutex::new(None);
        let ask = async || {
            let status = self.connectors().get(name).await.ok()?.status;
            last.lock().unwrap().clone_from(&status);
            status.filter(&is)
        };
        let begun = Instant::now();
        let limited = tokio::time::timeout(PATIENCE, until(what, ask)).await;
        limited.unwrap_or_else(|_| panic!("{name}: {what}: not within {:?}: {last:?}", begun.elapsed()))
    }

    /// Waits until the connector is ready in that state of Connect.
    pub(crate) async fn ready(&self, name: &str, state: &str) -> ConnectorStatus {
        let generation = self.connectors().get(name).await.unwrap().metadata.generation;
        self.status(name, &format!("ready and {state}"), |status| {
            status.condition("Ready").is_some()
                && status.observed_generation == generation
                && status.connector_status.as_ref().is_some_and(|reply| reply["connector"]["state"] == state)
        })
        .await
    }

    /// Waits until the connector is not ready, and returns reason and message.
    pub(crate) async fn not_ready(&self, name: &str, word: &str) -> (String, String) {
        let says = |status: &ConnectorStatus| {
            status.condition("NotReady").is_some_and(|it| it.message.as_ref().is_some_and(|text| text.contains(word)))
        };
        let status = self.status(name, &format!("not ready: {word}"), says).await;
        assert!(status.condition("Ready").is_none());
        let condition = status.condition("NotReady").unwrap().clone();
        (condition.reason.unwrap(), condition.message.unwrap())
    }

    /// Starts the operator with the rights that the chart gives it.
    pub(crate) fn start_operator(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        self.admin = listener.local_addr().unwrap().to_string();
        drop(listener);
        let config = format!(
            "{{ source: shop/code-delivery, adminAddress: '{}', watchNamespaces: [shop], resyncSeconds: 2, clusters: {{ connect: {{ url: '{}' }} }} }}",
            self.admin,
            variable("REAL_CONNECT")
        );
        let file = work().join("operator-config.yaml");
        fs::write(&file, config).unwrap();
        let log = File::options().create(true).append(true).open(work().join("operator.log")).unwrap();
        let operator = Command::new(env!("CARGO_BIN_EXE_code-delivery-connector-operator"))
            .arg("--config")
            .arg(file)
            .env("KUBECONFIG", work().join("operator.yaml"))
            .env("RUST_LOG", "info")
            .stderr(log)
            .spawn()
            .unwrap();
        fs::write(work().join("operator.pid"), operator.id().to_string()).unwrap();
        self.operator = Some(operator);
    }

    /// Ends the operator as a crash would.
    pub(crate) fn end_operator(&mut self) {
        if let Some(mut operator) = self.operator.take() {
            operator.kill().unwrap();
            operator.wait().unwrap();
            fs::write(work().join("operator.pid"), "").unwrap();
        }
    }

    /// Ends the operator as Kubernetes does, which it must take well.
    pub(crate) async fn stop_operator(&mut self) {
        // One that has just been started does not listen to signals yet.
        until("the operator runs", async || self.admin("/livez").await.map(drop)).await;
        let mut operator = self.operator.take().unwrap();
        signal("-TERM", operator.id());
        let status = until("the operator ends", async || operator.try_wait().unwrap()).await;
        fs::write(work().join("operator.pid"), "").unwrap();
        assert!(status.success(), "{status}");
    }

    /// The operator's answer on its admin port.
    pub(crate) async fn admin(&self, path: &str) -> Option<(u16, String)> {
        let url = format!("http://{}{path}", self.admin);
        let (status, body) = self.http.send(Method::GET, &url, None, None, Duration::from_secs(10)).await.ok()?;
        Some((status.as_u16(), String::from_utf8(body.to_vec()).unwrap()))
    }

    /// Asks Connect something, as a person with `curl` would.
    pub(crate) async fn curl(&self, method: Method, path: &str, body: Option<Value>) -> u16 {
        let url = format!("{}/connectors{path}", variable("REAL_CONNECT"));
        let body = body.map(|body| body.to_string().into_bytes());
        self.http.send(method, &url, None, body, Duration::from_secs(30)).await.unwrap().0.as_u16()
    }

    /// Starts Kafka Connect, unless it runs; one that a failed test left hanging goes on.
    pub(crate) async fn start_connect(&self) {
        let runs = WORKER.lock().unwrap().is_some();
        if runs {
            hang_connect(false);
        } else {
            let command = variable("REAL_CONNECT_COMMAND");
            let mut words = command.lines();
            let log = File::options().create(true).append(true).open(work().join("connect.log")).unwrap();
            let worker = Command::new(words.next().unwrap())
                .args(words)
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .unwrap();
            fs::write(work().join("connect.pid"), worker.id().to_string()).unwrap();
            *WORKER.lock().unwrap() = Some(worker);
        }
        until("Kafka Connect answers", async || self.connect.list().await.ok()).await;
    }
}

/// The operator's log.
pub(crate) fn log() -> String {
    fs::read_to_string(work().join("operator.log")).unwrap()
}

/// `kill -9`.
pub(crate) fn kill_connect() {
    let mut worker = WORKER.lock().unwrap().take().unwrap();
    worker.kill().unwrap();
    worker.wait().unwrap();
    fs::write(work().join("connect.pid"), "").unwrap();
}

/// Makes Kafka Connect hang, or go on: it accepts connections and answers nothing.
pub(crate) fn hang_connect(hang: bool) {
    signal(if hang { "-STOP" } else { "-CONT" }, WORKER.lock().unwrap().as_ref().unwrap().id());
}

/// A file that connectors may read.
pub(crate) fn file(name: &str, content: &str) -> String {
    let path = work().join("files").join(name);
    fs::write(&path, content).unwrap();
    path.display().to_string()
}
