use std::collections::BTreeSet;

use super::*;

const ALL: Capabilities = Capabilities {
    brokers: false,
    kubelet: true,
    upgrade: true,
    sink: SinkFaults::All,
    api_server: true,
    rights: true,
    long: true,
    purchases: false,
};
const SHORT: Capabilities =
    Capabilities { upgrade: false, sink: SinkFaults::Kills, long: false, purchases: true, ..ALL };

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
    assert_eq!(faults.len(), 59);
    assert_eq!(faults[28], Fault::Upgrade);
    assert_eq!(faults[..28].iter().collect::<BTreeSet<_>>(), faults[29..57].iter().collect());
    let short = planned(7, SHORT, 1);
    assert_eq!(short.iter().collect::<BTreeSet<_>>().len(), 25);
    let without = planned(7, Capabilities { sink: SinkFaults::None, ..SHORT }, 1);
    assert_eq!(without.iter().collect::<BTreeSet<_>>().len(), 23);
}

#[test]
fn the_topic_is_wiped_after_everything_else_and_nothing_restarts_a_gateway_beside_the_unread_sockets() {
    for seed in 0..20 {
        let faults = planned(seed, ALL, 2);
        assert_eq!(faults[57..], [Fault::CatalogueWiped, Fault::UnreadSockets]);
        let short = planned(seed, SHORT, 1);
        assert_eq!(short[3], Fault::UnreadSockets);
        assert!(short[..3].iter().all(|fault| fault.restarts_gateways()));
    }
    let shuffled: BTreeSet<_> = (0..20).map(|seed| planned(seed, SHORT, 1)[0]).collect();
    assert!(shuffled.len() > 1, "also the first three are shuffled");
}

#[test]
fn the_short_run_freezes_and_floods_and_leaves_out_what_takes_minutes() {
    let short = planned(7, SHORT, 1);
    assert!(
        [Fault::ApiServerFrozen, Fault::StartFlood, Fault::UnreadSockets].iter().all(|fault| short.contains(fault))
    );
    let long = [Fault::KafkaSilent, Fault::RightsRevoked, Fault::CatalogueWiped];
    assert!(!long.iter().any(|fault| short.contains(fault)));
}

#[test]
fn purchase_services_are_killed_early_in_the_short_run_and_not_at_all_without_purchases() {
    for seed in 0..20 {
        let short = planned(seed, SHORT, 1);
        let expected: BTreeSet<_> = Fault::SERVICE_KILLS.into_iter().collect();
        assert_eq!(short[4..8].iter().copied().collect::<BTreeSet<_>>(), expected);
        let without = planned(seed, Capabilities { purchases: false, ..SHORT }, 1);
        assert!(!without.iter().any(|fault| expected.contains(fault)));
    }
}

#[test]
fn purchases_outlive_each_fault_once_a_round_in_the_order_of_the_seed() {
    let gap = Duration::from_secs(5);
    let planned = |seed| plan_of_purchases(&mut fastrand::Rng::with_seed(seed), 2, gap);
    let steps = planned(3);
    assert_eq!(steps.len(), 26);
    let (first, second) = steps.split_at(13);
    let kinds = |steps: &[Step]| steps.iter().map(|step| step.fault).collect::<BTreeSet<_>>();
    assert_eq!((kinds(first).len(), kinds(first)), (13, kinds(second)));
    assert_eq!(steps[25].due, gap * 25);
    assert_eq!(planned(3), steps);
    assert_ne!(planned(4), steps);
}

#[test]
fn what_the_installation_cannot_show_is_left_out() {
    let faults = planned(7, Capabilities { api_server: false, rights: false, ..ALL }, 1);
    assert!(!faults.contains(&Fault::ApiServerFrozen) && !faults.contains(&Fault::RightsRevoked));
}

#[test]
fn with_three_brokers_a_leader_is_killed() {
    assert!(planned(7, Capabilities { brokers: true, ..ALL }, 1).contains(&Fault::KafkaLeader));
    assert!(!planned(7, ALL, 1).contains(&Fault::KafkaLeader));
}
