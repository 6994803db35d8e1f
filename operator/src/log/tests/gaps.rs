use std::sync::Arc;
use std::time::Duration;

use delivery_messages::deliveries::catalogue::inline_id;
use delivery_messages::records::partitioner;
use tokio::time::timeout;

use super::*;
use crate::tables::plans::tests::example;
use crate::testing::reading::{reading, until, warm};
use crate::testing::route_record;
use crate::testing::server::{operator, server};

/// The id of a delivery in that one of two partitions.
fn id_in(partition: i32, prefix: &str) -> String {
    let mut ids = (0..).map(|number| format!("{prefix}-{number}"));
    ids.find(|id| partitioner::partition(id.as_bytes(), 2) == partition).unwrap()
}

#[tokio::test]
async fn a_partition_without_a_leader_holds_up_what_is_keyed_to_it_alone_until_it_has_one() {
    let (broker, operator, leading, _serving) = reading(Vec::new(), Vec::new());
    let (log, topic) = (&operator.log, operator.log.kafka.topic(Topic::Plan));
    let (here, there, later) = (id_in(0, "a"), id_in(1, "a"), id_in(0, "b"));
    for id in [&here, &there] {
        log.writer.write(Topic::Plan, id, &example(id), None).await.unwrap();
    }
    broker.partition_leader(&topic, 1, None).unwrap();
    leading.send_replace(true);
    let _reading = warm(&operator).await;
    timeout(Duration::from_mins(1), log.wait_until_caught_up()).await.unwrap();
    let plans = &log.tables.plans;
    assert!(plans.knows(&here) && log.knows_all_of(&here));
    let gap = log.gap_of_delivery(&there).unwrap();
    assert_eq!((&gap.topic, gap.partition), (&topic, Some(1)));
    assert!(!plans.knows(&there) && log.gap_in(&[Topic::Plan]).is_some(), "no start request is served");
    assert_eq!(log.gap_in(&[Topic::State, Topic::Catalogue, Topic::Erased]), None);
    log.writer.write(Topic::Plan, &later, &example(&later), None).await.unwrap();
    until("what can be read is read on", || plans.knows(&later)).await;
    broker.partition_leader(&topic, 1, Some(1)).unwrap();
    until("the other has a leader again", || log.knows_all_of(&there)).await;
    assert!(plans.knows(&there));
    timeout(Duration::from_secs(1), log.wait_until_read(&[Topic::Plan])).await.unwrap();
}

#[tokio::test]
async fn before_the_log_is_read_nothing_may_be_decided() {
    let (client, _serving) = server(Vec::new());
    let operator = operator(client);
    assert!(operator.log.knows_all_of("a"));
    let (_broker, reading, _leading, _) = reading(Vec::new(), Vec::new());
    let gap = reading.log.gap_of_delivery("a").unwrap();
    assert_eq!((&*gap.topic, gap.partition), ("north.delivery.plan", None));
}

#[tokio::test]
async fn a_new_revision_of_a_route_waits_for_the_whole_catalogue_and_a_path_for_its_own_partition() {
    let (client, _serving) = server(Vec::new());
    let operator = operator(client);
    let log = &operator.log;
    let in_partition = |route: &Route| partitioner::partition(route.key().as_bytes(), 2);
    let revisions = |of: Route, partition| {
        let mut all = (0..).map(move |number| Route { revision: format!("{number:012x}"), ..of.clone() });
        all.find(|route| in_partition(route) == partition).unwrap()
    };
    let held = revisions(route_record(), 0);
    let missing = revisions(Route { name: "segundo".to_owned(), ..route_record() }, 0);
    let own_path = || Route { id: inline_id("own"), name: "own".to_owned(), ..route_record() };
    log.reading.send_modify(|reading| {
        reading.begin([Topic::Catalogue]);
        reading.expect(Topic::Catalogue, 2);
        reading.end(Topic::Catalogue, 0);
    });
    log.tables.catalogue.apply(&held.key(), &held, Some(0));
    assert_eq!(log.gap_of_route(&held), None, "it need not be written");
    assert!(log.gap_of_route(&missing).is_some());
    assert_eq!(log.gap_of_route(&revisions(own_path(), 0)), None);
    assert!(log.gap_of_route(&revisions(own_path(), 1)).is_some());
    log.ended(Topic::Catalogue, 1);
    assert_eq!(log.gap_of_route(&missing), None);
}

#[tokio::test]
async fn readyz_names_the_partitions_that_cannot_be_read_until_they_can() {
    let (client, _serving) = server(Vec::new());
    let operator = operator(client);
    let (log, health) = (Arc::clone(&operator.log), Health::default());
    log.reading.send_modify(|reading| {
        reading.begin([Topic::Plan]);
        reading.expect(Topic::Plan, 2);
        reading.end(Topic::Plan, 0);
    });
    let (reporting, reported) = (Arc::clone(&log), health.clone());
    tokio::spawn(async move { reporting.report_gaps(&reported).await });
    until("it is reported", || health.report().contains("1 of north.delivery.plan")).await;
    assert!(health.report().starts_with("ready\n"), "the rest is served");
    log.ended(Topic::Plan, 1);
    until("it is over", || !health.report().contains("delivery.plan")).await;
}
