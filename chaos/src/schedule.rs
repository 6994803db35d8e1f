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
    /// The connections of a third of the clients are cut.
    Clients,
    /// Everything is upgraded to the new version, one workload after the other.
    Upgrade,
}

impl Fault {
    /// Possible in every installation.
    const ALWAYS: [Self; 14] = [
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
            Self::Clients => "cut clients",
            Self::Upgrade => "rolling upgrade",
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
        if capabilities.kubelet {
            round.push(Fault::Kubelet);
        }
        rng.shuffle(&mut round);
        faults.extend(round);
    }
    if capabilities.upgrade {
        faults.insert(faults.len() / 2, Fault::Upgrade);
    }
    faults.into_iter().zip(0..).map(|(fault, number)| Step { due: gap * number, fault }).collect()
}

#[cfg(test)]
#[path = "tests/schedule.rs"]
mod tests;
