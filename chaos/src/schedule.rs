//! Which fault is injected when: every kind in turn, shuffled by a seed. Pure.

use std::time::Duration;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// kill -9 of simulators' processes: their containers start again.
    SimulatorProcesses,
    /// Pods of deliveries are deleted: new attempts follow.
    SimulatorPods,
    /// Pods of deliveries are deleted without a grace period.
    SimulatorPodsAtOnce,
    /// kill -9 of a process that runs a list of deliveries.
    ListProcess,
    /// The pod of such a process is deleted.
    ListPod,
    /// kill -9 of a gateway.
    GatewayProcess,
    /// A gateway's pod is deleted: it drains.
    GatewayPod,
    /// A gateway's pod is deleted without a grace period.
    GatewayPodAtOnce,
    /// kill -9 of the operator that is the leader.
    OperatorProcess,
    /// The pod of the operator that is the leader is deleted.
    OperatorPod,
    /// kill -9 of a broker.
    KafkaProcess,
    /// A broker's pod is deleted.
    KafkaPod,
    /// kill -9 of the broker that leads the partition with the most deliveries; with three brokers only.
    KafkaLeader,
    /// kill -9 of MongoDB's server.
    MongoProcess,
    /// MongoDB's pod is deleted.
    MongoPod,
    /// kill -9 of Kafka Connect.
    ConnectProcess,
    /// Kafka Connect's pod is deleted.
    ConnectPod,
    /// kill -9 of Elasticsearch.
    ElasticsearchProcess,
    /// Elasticsearch's pod is deleted without a grace period.
    ElasticsearchPodAtOnce,
    /// Invalid records are sent to the topic of positions.
    BadRecords,
    /// Elasticsearch's indices are read-only for a while.
    IndicesLocked,
    /// The index template of the positions is deleted.
    TemplateDeleted,
    /// The connector of the positions is deleted in Kafka Connect, while its object remains.
    ConnectorDeleted,
    /// kill -9 of the kubelet, which stays down for a while.
    Kubelet,
    /// The API server is stopped (SIGSTOP) for a while.
    ApiServerFrozen,
    /// The processes of a broker are stopped (SIGSTOP) for longer than the time limits of its clients.
    KafkaSilent,
    /// The operator's `RoleBinding` has no subjects for a while.
    RightsRevoked,
    /// One address sends hundreds of start requests to one gateway within seconds.
    StartFlood,
    /// The topic of the routes is deleted.
    CatalogueWiped,
    /// Connections that never read, and upgrades that never finish.
    UnreadSockets,
    /// kill -9 of a service of purchases.
    PurchasesProcess,
    /// The pod of a service of purchases is deleted.
    PurchasesPod,
    /// kill -9 of a service of invoices.
    InvoicesProcess,
    /// The pod of a service of invoices is deleted.
    InvoicesPod,
    /// kill -9 of a service of notifications.
    NotificationsProcess,
    /// The pod of a service of notifications is deleted.
    NotificationsPod,
    /// kill -9 of the mail server.
    MailProcess,
    /// The mail server's pod is deleted.
    MailPod,
    /// The mail server refuses every recipient for a while, and says that it may take them later.
    MailRefused,
    /// The connections of a third of the clients are cut.
    Clients,
    /// Everything is upgraded to the new version, one workload after the other.
    Upgrade,
}

impl Fault {
    /// Possible in every installation.
    const ALWAYS: [Self; 15] = [
        Self::SimulatorProcesses,
        Self::SimulatorPods,
        Self::SimulatorPodsAtOnce,
        Self::ListProcess,
        Self::ListPod,
        Self::GatewayProcess,
        Self::GatewayPod,
        Self::GatewayPodAtOnce,
        Self::OperatorProcess,
        Self::OperatorPod,
        Self::KafkaPod,
        Self::MongoProcess,
        Self::MongoPod,
        Self::Clients,
        Self::StartFlood,
    ];

    /// Kills parts of the sink.
    const SINK_KILLS: [Self; 2] = [Self::ConnectProcess, Self::ElasticsearchProcess];
    /// The other faults of the sink.
    const SINK_FAULTS: [Self; 6] = [
        Self::ConnectPod,
        Self::ElasticsearchPodAtOnce,
        Self::BadRecords,
        Self::IndicesLocked,
        Self::TemplateDeleted,
        Self::ConnectorDeleted,
    ];

    /// Kills the purchase services, and the mail server.
    const SERVICE_KILLS: [Self; 4] =
        [Self::PurchasesProcess, Self::InvoicesProcess, Self::NotificationsProcess, Self::MailProcess];
    /// The other faults of these, and of the servers that they need.
    const SERVICE_FAULTS: [Self; 9] = [
        Self::PurchasesPod,
        Self::InvoicesPod,
        Self::NotificationsPod,
        Self::MailPod,
        Self::MailRefused,
        Self::KafkaProcess,
        Self::KafkaPod,
        Self::MongoProcess,
        Self::MongoPod,
    ];

    /// The description in the table of steps.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SimulatorProcesses => "kill -9 simulators",
            Self::SimulatorPods => "delete delivery pods",
            Self::SimulatorPodsAtOnce => "force delete delivery pods",
            Self::ListProcess => "kill -9 a list's simulator",
            Self::ListPod => "delete a list's pod",
            Self::GatewayProcess => "kill -9 a gateway",
            Self::GatewayPod => "delete a gateway pod",
            Self::GatewayPodAtOnce => "force delete a gateway pod",
            Self::OperatorProcess => "kill -9 the active operator",
            Self::OperatorPod => "delete the active operator",
            Self::KafkaProcess => "kill -9 Kafka",
            Self::KafkaPod => "delete a Kafka pod",
            Self::KafkaLeader => "kill -9 a partition's leader",
            Self::MongoProcess => "kill -9 MongoDB",
            Self::MongoPod => "delete the MongoDB pod",
            Self::ConnectProcess => "kill -9 Kafka Connect",
            Self::ConnectPod => "delete the Kafka Connect pod",
            Self::ElasticsearchProcess => "kill -9 Elasticsearch",
            Self::ElasticsearchPodAtOnce => "force delete Elasticsearch",
            Self::BadRecords => "send bad records",
            Self::IndicesLocked => "make the indices read-only",
            Self::TemplateDeleted => "delete an index template",
            Self::ConnectorDeleted => "delete a connector",
            Self::Kubelet => "kill -9 the kubelet",
            Self::ApiServerFrozen => "freeze the API server",
            Self::KafkaSilent => "silence Kafka",
            Self::RightsRevoked => "revoke the operator's rights",
            Self::StartFlood => "flood with start requests",
            Self::CatalogueWiped => "wipe the routes' topic",
            Self::UnreadSockets => "open unread sockets",
            Self::PurchasesProcess => "kill -9 purchases",
            Self::PurchasesPod => "delete a purchases pod",
            Self::InvoicesProcess => "kill -9 invoices",
            Self::InvoicesPod => "delete an invoices pod",
            Self::NotificationsProcess => "kill -9 notifications",
            Self::NotificationsPod => "delete a notifications pod",
            Self::MailProcess => "kill -9 the mail server",
            Self::MailPod => "delete the mail server's pod",
            Self::MailRefused => "refuse mails",
            Self::Clients => "cut clients",
            Self::Upgrade => "rolling upgrade",
        }
    }

    /// Whether gateways end, and with them all their connections.
    const fn restarts_gateways(self) -> bool {
        matches!(
            self,
            Self::GatewayProcess | Self::GatewayPod | Self::GatewayPodAtOnce | Self::CatalogueWiped | Self::Upgrade
        )
    }

    /// What is promised of the fault itself, beside what is promised of the whole run; none for those that only kill.
    #[must_use]
    pub(crate) const fn promise(self) -> Option<&'static str> {
        match self {
            Self::ApiServerFrozen => {
                Some("deliveries go on while the API server is frozen, and an operator leads soon after")
            }
            Self::KafkaSilent => Some("every gateway says that Kafka is silent, and everything goes on soon after"),
            Self::RightsRevoked => {
                Some("deliveries go on while the operator has no rights, and what waited for them starts soon after")
            }
            Self::StartFlood => Some(
                "a flood of starts is refused with Retry-After, others are served, and what was accepted is settled",
            ),
            Self::CatalogueWiped => {
                Some("the wiped topic of the routes is created and filled again, and read by every gateway")
            }
            Self::UnreadSockets => Some("sockets that do not read delay no client, and are closed in time"),
            _ => None,
        }
    }
}

/// Which faults are injected into Kafka Connect and Elasticsearch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SinkFaults {
    /// None: they are not installed.
    #[default]
    None,
    /// They are only killed.
    Kills,
    /// All.
    All,
}

/// Which faults are possible in this installation.
#[expect(clippy::struct_excessive_bools, reason = "each is about another part of the installation")]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Capabilities {
    /// There are three brokers.
    pub(crate) brokers: bool,
    /// The kubelet can be killed and restarted.
    pub(crate) kubelet: bool,
    /// There is a version to upgrade to.
    pub(crate) upgrade: bool,
    /// Which faults are injected into Kafka Connect and Elasticsearch.
    pub(crate) sink: SinkFaults,
    /// The API server can be frozen and thawed.
    pub(crate) api_server: bool,
    /// The operator's rights can be revoked.
    pub(crate) rights: bool,
    /// There is time for what takes minutes: a silent Kafka, revoked rights, a wiped topic.
    pub(crate) long: bool,
    /// Purchases are part of the load, and the purchase services are killed as well.
    pub(crate) purchases: bool,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The earliest start, from the first step.
    pub(crate) due: Duration,
    /// The fault to inject.
    pub(crate) fault: Fault,
}

/// `rounds` rounds of all kinds of fault, each shuffled, with at least `gap` between two steps; the upgrade once, in the middle.
///
/// Two come once. The topic is wiped at the end, when no other fault follows that could hide whether it was filled again, and after the
/// upgrade, since an older version may not promise it; the verdict then reads the routes from what was written anew. The sockets that do
/// not read wait minutes for their end, and only the gateway may bring it, so they come after everything that restarts a gateway. In a
/// short run that comes first, so that the wait is over when the other faults are. After them come the purchase services: an e-mail whose sender
/// was killed is left to it for two minutes before another sends it, and that is over then, too.
#[must_use]
pub(crate) fn plan(rng: &mut fastrand::Rng, capabilities: Capabilities, rounds: usize, gap: Duration) -> Vec<Step> {
    let mut faults = Vec::new();
    for _ in 0..rounds {
        let mut round = Fault::ALWAYS.to_vec();
        // The leader of a partition is a broker like any other.
        round.push(if capabilities.brokers { Fault::KafkaLeader } else { Fault::KafkaProcess });
        if capabilities.sink != SinkFaults::None {
            round.extend(Fault::SINK_KILLS);
        }
        if capabilities.sink == SinkFaults::All {
            round.extend(Fault::SINK_FAULTS);
        }
        if capabilities.purchases {
            round.extend(Fault::SERVICE_KILLS);
        }
        if capabilities.kubelet {
            round.push(Fault::Kubelet);
        }
        if capabilities.api_server {
            round.push(Fault::ApiServerFrozen);
        }
        if capabilities.long {
            round.push(Fault::KafkaSilent);
        }
        if capabilities.long && capabilities.rights {
            round.push(Fault::RightsRevoked);
        }
        rng.shuffle(&mut round);
        faults.extend(round);
    }
    if !capabilities.long {
        faults.sort_by_key(|fault| (!fault.restarts_gateways(), !Fault::SERVICE_KILLS.contains(fault)));
    }
    if capabilities.upgrade {
        faults.insert(faults.len() / 2, Fault::Upgrade);
    }
    if capabilities.long {
        faults.push(Fault::CatalogueWiped);
    }
    let last = faults.iter().rposition(|fault| fault.restarts_gateways());
    faults.insert(last.map_or(0, |last| last + 1), Fault::UnreadSockets);
    steps(faults, gap)
}

/// `rounds` rounds of everything that purchases must outlive, each shuffled, with at least `gap` between two steps.
#[must_use]
pub(crate) fn plan_of_purchases(rng: &mut fastrand::Rng, rounds: usize, gap: Duration) -> Vec<Step> {
    let mut faults = Vec::new();
    for _ in 0..rounds {
        let mut round = [&Fault::SERVICE_KILLS[..], &Fault::SERVICE_FAULTS[..]].concat();
        rng.shuffle(&mut round);
        faults.extend(round);
    }
    steps(faults, gap)
}

/// The faults in this order, each with its earliest start.
fn steps(faults: Vec<Fault>, gap: Duration) -> Vec<Step> {
    faults.into_iter().zip(0..).map(|(fault, number)| Step { due: gap * number, fault }).collect()
}

#[cfg(test)]
#[path = "tests/schedule.rs"]
mod tests;
