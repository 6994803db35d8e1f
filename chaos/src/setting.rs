//! The stage of a run: the cluster, Kafka, the gateway, how much load, and what everything of this run is called.

use crate::args::Arguments;
use anyhow::{Context, Result, ensure};
use delivery_e2e::cluster::Cluster;
use delivery_kafka::KafkaConfig;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::ListParams;
use kube::config::Kubeconfig;
use serde_yaml::Value;
use std::time::Duration;

/// The label of everything that a run makes; its value is the run's name.
pub(crate) const LABEL: &str = "codedelivery.dev/chaos";
/// The context of the demo's kubeconfig, and its API server.
const DEMO: (&str, &str) = ("code-delivery", "https://10.85.0.1:6443");
const OPERATOR: &str = "app.kubernetes.io/part-of=code-delivery,app.kubernetes.io/name=code-delivery-operator";

/// How much load, for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Deliveries that are objects, each with a pod of its own.
    pub(crate) objects: usize,
    /// Processes that drive a list of deliveries.
    pub(crate) fleets: usize,
    /// Deliveries of each list.
    pub(crate) list: usize,
    /// WebSocket clients.
    pub(crate) clients: usize,
    /// Gateways and operators.
    pub(crate) replicas: i32,
    /// From one position of a delivery to the next.
    pub(crate) interval: Duration,
    /// Points of the routes, and so positions of the deliveries.
    pub(crate) points: [u32; 3],
    /// Rounds of all kinds of harm.
    pub(crate) rounds: usize,
    /// From one step to the next at least.
    pub(crate) gap: Duration,
    /// How long things may take to go on after a step.
    pub(crate) patience: Duration,
    /// How long what is not killed for a moment only is away: the kubelet, the indices.
    pub(crate) away: Duration,
    /// The whole run, at most.
    pub(crate) limit: Duration,
}

impl Size {
    pub(crate) const FULL: Self = Self {
        objects: 60,
        fleets: 4,
        list: 35,
        clients: 200,
        replicas: 2,
        interval: Duration::from_secs(2),
        points: [450, 430, 410],
        rounds: 2,
        gap: Duration::from_secs(14),
        patience: Duration::from_secs(90),
        away: Duration::from_secs(20),
        limit: Duration::from_mins(40),
    };
    pub(crate) const SHORT: Self = Self {
        objects: 8,
        fleets: 2,
        list: 6,
        clients: 20,
        replicas: 2,
        interval: Duration::from_millis(500),
        points: [310, 300, 280],
        rounds: 1,
        gap: Duration::from_secs(5),
        patience: Duration::from_mins(1),
        away: Duration::from_secs(5),
        limit: Duration::from_mins(8),
    };

    pub(crate) const fn deliveries(&self) -> usize {
        self.objects + self.fleets * self.list
    }

    /// How long all may take to arrive after the last step: a delivery may have begun with it.
    pub(crate) fn finishing(&self) -> Duration {
        let longest = self.points.into_iter().max().unwrap_or_default();
        self.interval * longest + Duration::from_mins(1)
    }
}

/// The stage.
pub(crate) struct Setting {
    /// What the names of everything in this run begin with.
    pub(crate) run: String,
    pub(crate) size: Size,
    pub(crate) cluster: Cluster,
    pub(crate) kafka: KafkaConfig,
    pub(crate) gateway: String,
    pub(crate) namespace: String,
    pub(crate) data_namespace: String,
}

/// What the operator gives its simulators.
#[derive(Clone, Debug)]
pub(crate) struct Simulator {
    pub(crate) kafka: Value,
    pub(crate) image: String,
    pub(crate) pull_policy: String,
    pub(crate) service_account: String,
    pub(crate) labels: Value,
}

impl Setting {
    /// Finds the installation of the present kubeconfig.
    ///
    /// # Errors
    /// When there is none, or it is not the demo's and nobody said that another will do.
    pub(crate) async fn find(arguments: &Arguments) -> Result<Self> {
        if !arguments.any_cluster {
            let config = Kubeconfig::read().context("no cluster is configured; run make demo and set KUBECONFIG")?;
            let context = config.current_context.clone().unwrap_or_default();
            let cluster = config.clusters.iter().find(|cluster| cluster.name == context);
            let server = cluster.and_then(|cluster| cluster.cluster.as_ref()?.server.clone()).unwrap_or_default();
            ensure!(
                (context.as_str(), server.as_str()) == DEMO,
                "the context {context:?} of the kubeconfig ({server}) is not the demo's; this program kills everything \
                 in turn, so it runs there only with --any-cluster"
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
        Ok(serde_yaml::from_str(&text.context("the operator has no configuration in this namespace")?)?)
    }

    /// What the operator gives its simulators now.
    pub(crate) async fn simulator(&self) -> Result<Simulator> {
        let config = self.operator().await?;
        let simulator = &config["simulator"];
        let text = |name: &str| simulator[name].as_str().unwrap_or_default().to_owned();
        ensure!(
            simulator["kafkaPropertiesSecret"].is_null(),
            "this program's lists are driven without Kafka properties, and this installation has some"
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

    /// The names of the run's routes: three to drive, and one for start requests.
    pub(crate) fn routes(&self) -> [String; 4] {
        ["a", "b", "c", "requested"].map(|name| format!("{}-{name}", self.run))
    }
}
