use std::collections::BTreeSet;

use super::*;

const ALL: Capabilities = Capabilities { brokers: false, kubelet: true, upgrade: true, sink: SinkFaults::All };

fn planned(seed: u64, capabilities: Capabilities, rounds: usize) -> Vec<Fault> {
    let steps = plan(&mut fastrand::Rng::with_seed(seed), capabilities, rounds, Duration::from_secs(9));
    steps.into_iter().map(|step| step.fault).collect()
}

#[test]
fn the_same_seed_is_the_same_plan_and_another_seed_another() {
    assert_eq!(planned(1, ALL, 2), planned(1, ALL, 2));
    assert_ne!(planned(1, ALL, 2), planned(2, ALL, 2));
}

#[test]
fn everything_is_harmed_in_every_round_and_the_upgrade_is_in_the_middle() {
    let faults = planned(7, ALL, 2);
    assert_eq!(faults.len(), 49);
    assert_eq!(faults[24], Fault::Upgrade);
    assert_eq!(faults[..24].iter().collect::<BTreeSet<_>>(), faults[25..].iter().collect());
    let short = planned(7, Capabilities { upgrade: false, sink: SinkFaults::Kills, ..ALL }, 1);
    assert_eq!(short.iter().collect::<BTreeSet<_>>().len(), 18);
    let without = planned(7, Capabilities { upgrade: false, sink: SinkFaults::None, ..ALL }, 1);
    assert_eq!(without.iter().collect::<BTreeSet<_>>().len(), 16);
}

#[test]
fn with_three_brokers_a_leader_is_killed() {
    assert!(planned(7, Capabilities { brokers: true, ..ALL }, 1).contains(&Fault::KafkaLeader));
    assert!(!planned(7, ALL, 1).contains(&Fault::KafkaLeader));
}
