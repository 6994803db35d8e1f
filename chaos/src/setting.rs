//! The environment of a run: the cluster, Kafka, the gateway, the amount of load, and the names of everything in it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use delivery_e2e::cluster::Cluster;
use delivery_kafka::KafkaConfig;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::ListParams;
use kube::config::Kubeconfig;
use serde_yaml::Value;

use crate::args::Arguments;

/// The label of everything that a run creates; its value is the run's name.
pub(crate) const LABEL: &str = "codedelivery.dev/chaos";
/// The context of the demo's kubeconfig, and its API server.
const DEMO: (&str, &str) = ("code-delivery", "https://10.85.0.1:6443");
/// The label selector of the operator's objects.
pub(crate) const OPERATOR: &str =
    "app.kubernetes.io/part-of=code-delivery,app.kubernetes.io/name=code-delivery-operator";

/// How much load, for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Delivery objects, each with its own pod.
    pub(crate) objects: usize,
    /// Processes that each run a list of deliveries.
    pub(crate) lists: usize,
    /// Deliveries of each list.
    pub(crate) list_length: usize,
    /// WebSocket clients.
    pub(crate) clients: usize,
    /// Gateways and operators.
    pub(crate) replicas: i32,
    /// Between two positions of a delivery.
    pub(crate) interval: Duration,
    /// Points of the three routes, and thus positions of their deliveries.
    pub(crate) points: [u32; 3],
    /// How often each kind of fault is injected.
    pub(crate) rounds: usize,
    /// Minimum time between two steps.
    pub(crate) gap: Duration,
    /// How long to wait for the recovery from a step.
    pub(crate) patience: Duration,
    /// How long the kubelet stays down, the indices stay read-only, and the operator has no rights.
    pub(crate) away: Duration,
    /// How long the API server is frozen: longer than the operator's Lease, shorter than a node may be silent (40 s).
    pub(crate) frozen: Duration,
    /// How long Kafka is silent: longer than the time limits of its clients, the longest of which are 10 s, and shorter than the minute
    /// after which its liveness probe restarts it.
    pub(crate) silent: Duration,
    /// Connections that never read, and upgrades that never finish.
    pub(crate) unread: [usize; 2],
    /// Maximum duration of the whole run.
    pub(crate) limit: Duration,
}

impl Size {
    pub(crate) const FULL: Self = Self {
        objects: 60,
        lists: 4,
        list_length: 35,
        clients: 200,
        replicas: 2,
        interval: Duration::from_secs(2),
        points: [450, 430, 410],
        rounds: 2,
        gap: Duration::from_secs(14),
        patience: Duration::from_secs(90),
        away: Duration::from_secs(20),
        frozen: Duration::from_secs(25),
        silent: Duration::from_secs(40),
        unread: [100, 50],
        limit: Duration::from_hours(1),
    };
    pub(crate) const SHORT: Self = Self {
        objects: 8,
        lists: 2,
        list_length: 6,
        clients: 20,
        replicas: 2,
        interval: Duration::from_millis(500),
        points: [410, 400, 380],
        rounds: 1,
        gap: Duration::from_secs(5),
        patience: Duration::from_mins(2),
        away: Duration::from_secs(5),
        frozen: Duration::from_secs(13),
        silent: Duration::from_secs(40),
        unread: [20, 10],
        limit: Duration::from_mins(25),
    };

    pub(crate) const fn deliveries(&self) -> usize {
        self.objects + self.lists * self.list_length
    }

    /// How long all deliveries may take to arrive after the last step: one may have started with it.
    pub(crate) fn finishing(&self) -> Duration {
        let longest = self.points.into_iter().max().unwrap_or_default();
        self.interval * longest + Duration::from_mins(3)
    }
}

/// The environment of a run.
pub(crate) struct Setting {
    /// The prefix of all names in this run.
    pub(crate) run: String,
    pub(crate) size: Size,
    pub(crate) cluster: Cluster,
    pub(crate) kafka: KafkaConfig,
    pub(crate) gateway: String,
    pub(crate) namespace: String,
    pub(crate) data_namespace: String,
}

/// The operator's configuration for simulators.
#[derive(Clone, Debug)]
pub(crate) struct Simulator {
    pub(crate) kafka: Value,
    pub(crate) image: String,
    pub(crate) pull_policy: String,
    pub(crate) service_account: String,
    pub(crate) labels: Value,
}

impl Setting {
    /// Finds the installation in the current kubeconfig context.
    ///
    /// # Errors
    /// When there is none, or it is not the demo's and --any-cluster is not given.
    pub(crate) async fn find(arguments: &Arguments) -> Result<Self> {
        if !arguments.any_cluster {
            let config = Kubeconfig::read().context("no cluster is configured; run make demo and set KUBECONFIG")?;
            let context = config.current_context.clone().unwrap_or_default();
            let cluster = config.clusters.iter().find(|cluster| cluster.name == context);
            let server = cluster.and_then(|cluster| cluster.cluster.as_ref()?.server.clone()).unwrap_or_default();
            ensure!(
                (context.as_str(), server.as_str()) == DEMO,
                "the kubeconfig context {context:?} ({server}) is not the demo's; this program kills everything in turn, so \
                 it runs there only with --any-cluster"
            );
        }
        let cluster = Cluster::connect().await?;
        let namespace = cluster.client.default_namespace().to_owned();
        let size = if arguments.short { Size::SHORT } else { Size::FULL };
        let mut setting = Self {
            run: format!("chaos-{:x}", jiff::Timestamp::now().as_second()),
            size,
            cluster,
            kafka: KafkaConfig {
                bootstrap_servers: arguments.kafka.clone(),
                topic_prefix: String::new(),
                group_prefix: String::new(),
                properties_directory: None,
            },
            gateway: arguments.gateway.clone(),
            namespace,
            data_namespace: arguments.data_namespace.clone(),
        };
        let config = setting.operator().await?;
        let prefix = |name: &str| config["kafka"][name].as_str().unwrap_or_default().to_owned();
        (setting.kafka.topic_prefix, setting.kafka.group_prefix) = (prefix("topicPrefix"), prefix("groupPrefix"));
        Ok(setting)
    }

    /// The operator's configuration.
    async fn operator(&self) -> Result<Value> {
        let maps: Api<ConfigMap> = self.cluster.config_maps();
        let found = maps.list(&ListParams::default().labels(OPERATOR)).await?;
        let text = found.items.into_iter().find_map(|map| map.data?.remove("config.yaml"));
        Ok(serde_yaml::from_str(&text.context("there is no ConfigMap of the operator in this namespace")?)?)
    }

    /// The operator's configuration for simulators now, which an upgrade may change.
    pub(crate) async fn simulator(&self) -> Result<Simulator> {
        let config = self.operator().await?;
        let simulator = &config["simulator"];
        let text = |name: &str| simulator[name].as_str().unwrap_or_default().to_owned();
        ensure!(
            simulator["kafkaPropertiesSecret"].is_null(),
            "the lists of this program support no additional Kafka properties, but this installation has a kafkaPropertiesSecret"
        );
        Ok(Simulator {
            kafka: config["kafka"].clone(),
            image: text("image"),
            pull_policy: text("imagePullPolicy"),
            service_account: text("serviceAccountName"),
            labels: simulator["labels"].clone(),
        })
    }

    /// The label selector of this run's objects.
    pub(crate) fn label(&self) -> String {
        format!("{LABEL}={}", self.run)
    }

    /// The route of the flood of start requests. Its name does not begin with the run's, so that its deliveries are not part of the load.
    pub(crate) fn flood_route(&self) -> String {
        format!("flood-{}", self.run)
    }

    /// The names of the run's routes: three for objects and lists, one for start requests.
    pub(crate) fn routes(&self) -> [String; 4] {
        ["a", "b", "c", "requested"].map(|name| format!("{}-{name}", self.run))
    }
}
