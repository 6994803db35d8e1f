use std::collections::BTreeMap;

use super::super::survey::GroupReport;
use super::*;

#[test]
fn a_lagging_replica_a_missing_leader_and_a_missing_topic_are_shown() {
    let partition = |partition, leader, in_sync: &[i32]| PartitionReport {
        partition,
        leader,
        replicas: vec![1, 2, 3],
        in_sync: in_sync.to_vec(),
        low: 10,
        high: 52,
    };
    let positions = TopicReport {
        topic: "route.new-position".into(),
        compacted: false,
        partitions: vec![partition(0, 1, &[1, 2, 3]), partition(1, -1, &[2])],
    };
    let plans = TopicReport { topic: "delivery.plan".into(), compacted: true, partitions: Vec::new() };
    let group = GroupReport {
        group: "code-delivery-operator".into(),
        topic: "route.new-position".into(),
        members: 1,
        lag: BTreeMap::from([(0, 3), (1, 4)]),
    };
    let mut survey =
        Survey { brokers: BTreeMap::new(), topics: vec![positions, plans], groups: vec![group], more_groups: 0 };
    assert_eq!(
        tables(&survey, false),
        "TOPIC                PARTITIONS   LEADERS   REPLICAS   IN-SYNC      OFFSETS   CLEANUP\n\
             route.new-position            2   none,1           3   not 1 of 2        84   delete\n\
             delivery.plan                 0   -                -   missing            -   -\n\n\
             GROUP                    TOPIC                MEMBERS   PARTITIONS   LAG\n\
             code-delivery-operator   route.new-position         1            2     7\n"
    );
    assert_eq!(
        tables(&survey, true).lines().nth(2).unwrap(),
        "route.new-position           1   none     1,2,3      2            10    52   delete"
    );
    survey.groups.clear();
    assert!(tables(&survey, false).ends_with("No consumer group has read any of them.\n"));
}
