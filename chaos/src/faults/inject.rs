//! Injects the fault of one step, and describes in a few words what was hit. Finding the pods is left to [`super::pods`], undoing it to
//! [`super::mend`].

use std::sync::atomic::Ordering;

use anyhow::{Context, Result, bail, ensure};
use delivery_messages::Topic;
use kube::ResourceExt;
use kube::api::DeleteParams;

use super::injector::Injector;
use super::pods::{GATEWAYS, one};
use super::promised::sink::Sink;
use super::promised::{catalogue, flood};
use super::shell::shell;
use super::trial::Hit;
use crate::evidence::kafka;
use crate::load::replicas;
use crate::schedule::Fault;

impl Injector {
    /// Injects a fault; returns what was hit.
    ///
    /// # Errors
    /// When nothing was hit.
    pub(crate) async fn inject(&self, fault: Fault, rng: &mut fastrand::Rng) -> Result<Hit> {
        match fault {
            Fault::ApiServerFrozen => {
                let api_server = self.api_server.as_ref().context("the commands for it were not given")?;
                api_server.freeze(&self.setting, &self.activity).await
            }
            Fault::KafkaSilent => self.silence(rng).await,
            Fault::RightsRevoked => {
                let rights = self.rights.as_ref().context("the operator's rights are not in a RoleBinding here")?;
                rights.revoke(&self.setting, &self.activity).await
            }
            Fault::StartFlood => {
                let mut gateways = self.each_gateway().await?;
                flood::flood(&self.setting, &gateways.swap_remove(rng.usize(..gateways.len()))).await
            }
            Fault::CatalogueWiped => {
                let gateways = self.each_gateway().await?;
                catalogue::wipe(&self.setting, &gateways, &self.setting.cluster.pods(), GATEWAYS).await
            }
            Fault::UnreadSockets => {
                let gateways = self.each_gateway().await?;
                self.crowd.open(gateways, self.setting.size.unread, &self.clients, &self.activity).await
            }
            _ => self.strike(fault, rng).await.map(Hit::from),
        }
    }

    /// Injects a fault that has no promise of its own; returns what was hit.
    async fn strike(&self, fault: Fault, rng: &mut fastrand::Rng) -> Result<String> {
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
            Fault::PurchasesProcess
            | Fault::PurchasesPod
            | Fault::InvoicesProcess
            | Fault::InvoicesPod
            | Fault::NotificationsProcess
            | Fault::NotificationsPod
            | Fault::MailProcess
            | Fault::MailPod
            | Fault::MailRefused => self.strike_purchase_services(fault, rng).await,
            Fault::ApiServerFrozen
            | Fault::KafkaSilent
            | Fault::RightsRevoked
            | Fault::StartFlood
            | Fault::CatalogueWiped
            | Fault::UnreadSockets => bail!("it has a promise of its own"),
        }
    }

    fn sink(&self) -> Result<&Sink> {
        self.sink.as_ref().context("this installation has no Kafka Connect with Elasticsearch")
    }

    async fn silence(&self, rng: &mut fastrand::Rng) -> Result<Hit> {
        let brokers = self.data("kafka").await?;
        let is_only = brokers.len() == 1;
        let broker = one(brokers, rng)?.pop().context("no broker is running")?;
        let silent = self.setting.size.silent;
        self.silenced.silence((&broker, is_only), &self.each_gateway().await?, &self.activity, silent).await
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
        self.restart_node().await?;
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
