//! What is harmed in which order: every kind of harm in turn, shuffled by a seed. Pure.

use std::time::Duration;

/// A kind of harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Harm {
    /// kill -9 of simulators' processes: their containers start again.
    SimulatorProcesses,
    /// Pods of deliveries are deleted: new attempts follow.
    SimulatorPods,
    /// The same with no time to end.
    SimulatorPodsAtOnce,
    /// kill -9 of a process that drives a list of deliveries.
    FleetProcess,
    /// The pod of such a process is deleted.
    FleetPod,
    /// kill -9 of a gateway.
    GatewayProcess,
    /// A gateway's pod is deleted: it drains.
    GatewayPod,
    /// The same with no time to drain.
    GatewayPodAtOnce,
    /// kill -9 of the active operator.
    OperatorProcess,
    /// The active operator's pod is deleted.
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
    /// Elasticsearch's pod is deleted with no time to end.
    ElasticsearchPodAtOnce,
    /// Records are sent to the topic of positions that are none.
    BadRecords,
    /// Elasticsearch's indices take no documents for a while.
    IndicesLocked,
    /// The index template of the positions is deleted.
    TemplateDeleted,
    /// The connector of the positions is deleted from Kafka Connect, behind its object's back.
    ConnectorDeleted,
    /// kill -9 of the kubelet, which stays away for a while.
    Kubelet,
    /// Connections of a part of the clients are cut.
    Clients,
    /// Everything is replaced by the new version, one after the other.
    Upgrade,
}

impl Harm {
    /// What is always possible.
    const ALWAYS: [Self; 14] = [
        Self::SimulatorProcesses,
        Self::SimulatorPods,
        Self::SimulatorPodsAtOnce,
        Self::FleetProcess,
        Self::FleetPod,
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

    /// What kills the parts of the sink.
    const SINK_KILLED: [Self; 2] = [Self::ConnectProcess, Self::ElasticsearchProcess];
    /// What else can be done to it.
    const SINK_HARMED: [Self; 6] = [
        Self::ConnectPod,
        Self::ElasticsearchPodAtOnce,
        Self::BadRecords,
        Self::IndicesLocked,
        Self::TemplateDeleted,
        Self::ConnectorDeleted,
    ];

    /// A few words for the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SimulatorProcesses => "kill -9 simulators",
            Self::SimulatorPods => "delete delivery pods",
            Self::SimulatorPodsAtOnce => "force delete delivery pods",
            Self::FleetProcess => "kill -9 a list's simulator",
            Self::FleetPod => "delete a list's pod",
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

/// What is done to Kafka Connect and Elasticsearch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SinkHarm {
    /// Nothing: they are not there.
    #[default]
    None,
    /// They are killed.
    Kills,
    /// All that there is.
    All,
}

/// What this run can do besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Means {
    /// There are three brokers.
    pub brokers: bool,
    /// The kubelet can be killed and mended.
    pub kubelet: bool,
    /// There is a version to upgrade to.
    pub upgrade: bool,
    /// What is done to Kafka Connect and Elasticsearch.
    pub sink: SinkHarm,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When it is due at the earliest, from the first step.
    pub due: Duration,
    /// What is done.
    pub harm: Harm,
}

/// So many rounds of all kinds of harm, each round shuffled, with these gaps between two steps; the upgrade once, in the
/// middle of all.
#[must_use]
pub fn plan(rng: &mut fastrand::Rng, means: Means, rounds: usize, gap: Duration) -> Vec<Step> {
    let mut harms = Vec::new();
    for _ in 0..rounds {
        let mut round = Harm::ALWAYS.to_vec();
        // The leader of a partition is a broker like any other.
        round.push(if means.brokers { Harm::KafkaLeader } else { Harm::KafkaProcess });
        if means.sink != SinkHarm::None {
            round.extend(Harm::SINK_KILLED);
        }
        if means.sink == SinkHarm::All {
            round.extend(Harm::SINK_HARMED);
        }
        if means.kubelet {
            round.push(Harm::Kubelet);
        }
        rng.shuffle(&mut round);
        harms.extend(round);
    }
    if means.upgrade {
        harms.insert(harms.len() / 2, Harm::Upgrade);
    }
    harms.into_iter().zip(0..).map(|(harm, number)| Step { due: gap * number, harm }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const ALL: Means = Means { brokers: false, kubelet: true, upgrade: true, sink: SinkHarm::All };

    fn planned(seed: u64, means: Means, rounds: usize) -> Vec<Harm> {
        let steps = plan(&mut fastrand::Rng::with_seed(seed), means, rounds, Duration::from_secs(9));
        steps.into_iter().map(|step| step.harm).collect()
    }

    #[test]
    fn the_same_seed_is_the_same_plan_and_another_seed_another() {
        assert_eq!(planned(1, ALL, 2), planned(1, ALL, 2));
        assert_ne!(planned(1, ALL, 2), planned(2, ALL, 2));
    }

    #[test]
    fn everything_is_harmed_in_every_round_and_the_upgrade_is_in_the_middle() {
        let harms = planned(7, ALL, 2);
        assert_eq!(harms.len(), 49);
        assert_eq!(harms[24], Harm::Upgrade);
        assert_eq!(harms[..24].iter().collect::<BTreeSet<_>>(), harms[25..].iter().collect());
        let short = planned(7, Means { upgrade: false, sink: SinkHarm::Kills, ..ALL }, 1);
        assert_eq!(short.iter().collect::<BTreeSet<_>>().len(), 18);
        let without = planned(7, Means { upgrade: false, sink: SinkHarm::None, ..ALL }, 1);
        assert_eq!(without.iter().collect::<BTreeSet<_>>().len(), 16);
    }

    #[test]
    fn with_three_brokers_a_leader_is_killed() {
        assert!(planned(7, Means { brokers: true, ..ALL }, 1).contains(&Harm::KafkaLeader));
        assert!(!planned(7, ALL, 1).contains(&Harm::KafkaLeader));
    }
}
