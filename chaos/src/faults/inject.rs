//! Injects the fault of one step, and describes in a few words what was hit.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use delivery_api::names::DELIVERY_LABEL;
use delivery_messages::Topic;
use futures::future::join_all;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams};
use kube::{Api, ResourceExt};
use kube_runtime::wait::await_condition;
use kube_runtime::wait::conditions::is_deleted;
use tokio::process::Command;
use tokio::time::timeout;

use super::process;
use super::sink::Sink;
use crate::client::session::Client;
use crate::evidence::activity::ActivityWatch;
use crate::evidence::kafka;
use crate::load::lists::{LIST_LABEL, Lists};
use crate::load::replicas;
use crate::schedule::Fault;
use crate::setting::Setting;

/// One in this many simulators is hit at once.
const SHARE: usize = 8;
/// How long a deleted pod may take to end.
const ENDING: Duration = Duration::from_secs(45);

/// Everything that faults are injected into.
pub(crate) struct Injector {
    pub(crate) setting: Arc<Setting>,
    pub(crate) lists: Lists,
    pub(crate) clients: Vec<Arc<Client>>,
    pub(crate) activity: ActivityWatch,
    /// Kafka Connect and Elasticsearch, if installed.
    pub(crate) sink: Option<Sink>,
    pub(crate) kill_kubelet: Option<String>,
    pub(crate) mend_node: Option<String>,
    pub(crate) upgrade: Option<String>,
    /// The kubelet has been killed and not restarted.
    pub(crate) broken: AtomicBool,
}

impl Injector {
    /// Injects a fault; returns what was hit.
    ///
    /// # Errors
    /// When nothing was hit.
    pub(crate) async fn inject(&self, fault: Fault, rng: &mut fastrand::Rng) -> Result<String> {
        let (gently, at_once) = (DeleteParams::default(), DeleteParams::default().grace_period(0));
        match fault {
            Fault::SimulatorProcesses => self.kill(self.some(self.simulators().await?, rng)).await,
            Fault::SimulatorPods => self.delete(self.some(self.simulators().await?, rng), &gently).await,
            Fault::SimulatorPodsAtOnce => self.delete(self.some(self.simulators().await?, rng), &at_once).await,
            Fault::ListProcess => self.kill(one(self.lists().await?, rng)?).await,
            Fault::ListPod => self.delete(one(self.lists().await?, rng)?, &gently).await,
            Fault::GatewayProcess => self.kill(one(self.gateways().await?, rng)?).await,
            Fault::GatewayPod => self.delete(one(self.gateways().await?, rng)?, &gently).await,
            Fault::GatewayPodAtOnce => self.delete(one(self.gateways().await?, rng)?, &at_once).await,
            Fault::OperatorProcess => self.kill(vec![self.active_operator().await?]).await,
            Fault::OperatorPod => self.delete(vec![self.active_operator().await?], &gently).await,
            Fault::KafkaProcess => self.kill(one(self.data("kafka").await?, rng)?).await,
            Fault::KafkaPod => self.delete(one(self.data("kafka").await?, rng)?, &gently).await,
            Fault::KafkaLeader => self.kill_leader().await,
            Fault::MongoProcess => self.kill(self.data("mongodb").await?).await,
            Fault::MongoPod => self.delete(self.data("mongodb").await?, &gently).await,
            Fault::ConnectProcess => self.kill(self.data("connect").await?).await,
            Fault::ConnectPod => self.delete(self.data("connect").await?, &gently).await,
            Fault::ElasticsearchProcess => self.kill(self.data("elasticsearch").await?).await,
            Fault::ElasticsearchPodAtOnce => self.delete(self.data("elasticsearch").await?, &at_once).await,
            Fault::BadRecords => self.sink()?.flood(&self.setting).await,
            Fault::IndicesLocked => self.sink()?.lock(self.setting.size.away).await,
            Fault::TemplateDeleted => self.sink()?.delete_template().await,
            Fault::ConnectorDeleted => self.sink()?.delete_connector().await,
            Fault::Kubelet => self.kubelet().await,
            Fault::Clients => Ok(self.cut(rng)),
            Fault::Upgrade => self.upgrade().await,
        }
    }

    fn sink(&self) -> Result<&Sink> {
        self.sink.as_ref().context("this installation has no Kafka Connect with Elasticsearch")
    }

    /// Restarts what this program has killed on the node, and unlocks the indices that it has locked.
    pub(crate) async fn mend(&self) -> Result<()> {
        if let Some(sink) = &self.sink {
            sink.unlock().await?;
        }
        if let Some(command) = &self.mend_node
            && self.broken.load(Ordering::Relaxed)
        {
            shell(command).await?;
            self.broken.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn running(&self, pods: Api<Pod>, selector: &str) -> Result<Vec<Pod>> {
        let found = pods.list(&ListParams::default().labels(selector)).await?.items;
        let runs = |pod: &Pod| {
            let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
            phase == Some("Running") && pod.metadata.deletion_timestamp.is_none()
        };
        Ok(found.into_iter().filter(runs).collect())
    }

    async fn simulators(&self) -> Result<Vec<Pod>> {
        let mut pods = self.running(self.setting.cluster.pods(), DELIVERY_LABEL).await?;
        pods.retain(|pod| pod.labels().get(DELIVERY_LABEL).is_some_and(|name| name.starts_with(&self.setting.run)));
        ensure!(!pods.is_empty(), "no delivery of this run has a running pod");
        Ok(pods)
    }

    async fn lists(&self) -> Result<Vec<Pod>> {
        self.running(self.setting.cluster.pods(), &format!("{},{LIST_LABEL}", self.setting.label())).await
    }

    async fn gateways(&self) -> Result<Vec<Pod>> {
        self.running(self.setting.cluster.pods(), "app.kubernetes.io/name=code-delivery-gateway").await
    }

    async fn data(&self, name: &str) -> Result<Vec<Pod>> {
        let pods = Api::namespaced(self.setting.cluster.client.clone(), &self.setting.data_namespace);
        self.running(pods, &format!("app.kubernetes.io/name={name}")).await
    }

    /// The operator that holds the Lease; without leader election, the only one.
    async fn active_operator(&self) -> Result<Pod> {
        let leases: Api<Lease> = Api::default_namespaced(self.setting.cluster.client.clone());
        let holders = leases.list(&ListParams::default()).await?.items;
        let holders: Vec<_> = holders.into_iter().filter_map(|lease| lease.spec?.holder_identity).collect();
        let pods = self.running(self.setting.cluster.pods(), "app.kubernetes.io/name=code-delivery-operator").await?;
        let held = |pod: &Pod| holders.iter().any(|holder| holder.starts_with(&pod.name_any()));
        let active = pods.iter().find(|pod| held(pod)).or_else(|| pods.first());
        active.cloned().context("no operator is running")
    }

    /// A share of them, at least one.
    fn some(&self, mut pods: Vec<Pod>, rng: &mut fastrand::Rng) -> Vec<Pod> {
        rng.shuffle(&mut pods);
        pods.truncate((self.setting.size.objects / SHARE).max(1));
        pods
    }

    async fn kill(&self, pods: Vec<Pod>) -> Result<String> {
        let (mut hit, mut missed) = (Vec::new(), None);
        for pod in &pods {
            match process::kill(pod).await {
                Ok(_) => hit.push(pod.name_any()),
                Err(error) => missed = Some(error.context(pod.name_any())),
            }
        }
        match missed {
            Some(error) if hit.is_empty() => Err(error),
            _ => Ok(self.names(&hit)),
        }
    }

    async fn delete(&self, pods: Vec<Pod>, how: &DeleteParams) -> Result<String> {
        let (mut hit, mut gone) = (Vec::new(), Vec::new());
        for pod in pods {
            let (name, namespace) = (pod.name_any(), pod.namespace().unwrap_or_default());
            let api: Api<Pod> = Api::namespaced(self.setting.cluster.client.clone(), &namespace);
            match api.delete(&name, how).await {
                Err(kube::Error::Api(status)) if status.is_not_found() => {}
                other => {
                    other?;
                    hit.push(name.clone());
                    gone.push((api, name, pod.uid()));
                }
            }
        }
        // A pod with a grace period works until it has ended.
        let gone = gone.into_iter().map(async |(api, name, uid)| {
            let _ = timeout(ENDING, await_condition(api, &name, is_deleted(&uid.unwrap_or_default()))).await;
        });
        join_all(gone).await;
        ensure!(!hit.is_empty(), "the pod was already gone");
        Ok(self.names(&hit))
    }

    fn names(&self, names: &[String]) -> String {
        let prefix = format!("{}-", self.setting.run);
        let short = |name: &String| name.strip_prefix(&prefix).unwrap_or(name).to_owned();
        match names {
            [] => String::new(),
            [one] => short(one),
            [one, .., last] => format!("{} pods: {} … {}", names.len(), short(one), short(last)),
        }
    }

    async fn kill_leader(&self) -> Result<String> {
        let partition = self.activity.with(|activity| activity.busiest()).context("no delivery is under way")?;
        let topic = self.setting.kafka.topic(Topic::NewPosition);
        let metadata = kafka::metadata(&self.setting.kafka).await?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        let found = found.and_then(|found| found.partitions().iter().find(|found| found.id() == partition));
        let leader = found.map(rdkafka::metadata::MetadataPartition::leader).context("the partition has no leader")?;
        // Broker n runs in pod kafka-(n-1).
        let name = format!("kafka-{}", leader - 1);
        let mut pods = self.data("kafka").await?;
        pods.retain(|pod| pod.name_any() == name);
        ensure!(!pods.is_empty(), "{name}, the leader of partition {partition}, is not running");
        Ok(format!("{}, leader of partition {partition}", self.kill(pods).await?))
    }

    async fn kubelet(&self) -> Result<String> {
        let command = self.kill_kubelet.as_ref().context("the command for it was not given")?;
        self.broken.store(true, Ordering::Relaxed);
        shell(command).await?;
        tokio::time::sleep(self.setting.size.away).await;
        self.mend().await?;
        Ok(format!("down for {:?}", self.setting.size.away))
    }

    fn cut(&self, rng: &mut fastrand::Rng) -> String {
        let hit = rng.choose_multiple(self.clients.iter(), self.clients.len() / 3);
        for client in &hit {
            client.cut.notify_waiters();
        }
        format!("{} of {}", hit.len(), self.clients.len())
    }

    async fn upgrade(&self) -> Result<String> {
        shell(self.upgrade.as_ref().context("the command for it was not given")?).await?;
        replicas::raise(&self.setting).await?;
        self.lists.restart(&self.setting).await?;
        Ok("operator, gateways, simulators of lists".to_owned())
    }
}

/// One pod at random.
fn one(mut pods: Vec<Pod>, rng: &mut fastrand::Rng) -> Result<Vec<Pod>> {
    ensure!(!pods.is_empty(), "none is running");
    Ok(vec![pods.swap_remove(rng.usize(..pods.len()))])
}

/// Runs a command of the user; the error contains the end of its output.
pub(crate) async fn shell(command: &str) -> Result<()> {
    let ran = Command::new("bash").arg("-c").arg(command).stdin(Stdio::null()).output().await?;
    let output = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    let tail: Vec<&str> = output.lines().rev().take(10).collect();
    ensure!(ran.status.success(), "{command} failed: {}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
    Ok(())
}
