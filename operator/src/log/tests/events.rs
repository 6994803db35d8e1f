use delivery_controller::events;
use tokio::sync::watch;

use super::*;
use crate::base::metrics::Metrics;
use crate::leadership::guard::LeadershipGuard;
use crate::tables::plan_entry::RecordMeta;
use crate::tables::plans::tests::example;
use crate::testing::kafka::{broker, records};
use crate::testing::server::{operator_with_kafka, server};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn counts(plan: &Plan) -> Vec<(&str, u32)> {
    plan.events.iter().map(|event| (event.reason.as_str(), event.count)).collect()
}

#[test]
fn a_plan_has_the_type_and_as_much_of_the_note_as_fits() {
    let long = events::event(EventType::Warning, "PodFailed", "Deliver", &delivery_fuzz::megabyte());
    let event = noted(&long, 7);
    assert!(event.warning && event.message.len() <= event::MAX_MESSAGE && event.message.ends_with('…'));
    assert_eq!((event.reason.as_str(), event.first, event.last, event.count), ("PodFailed", 7, 7, 1));
    assert!(!noted(&events::event(EventType::Normal, "UnderWay", "Deliver", "It drives."), 7).warning);
}

#[tokio::test]
async fn events_reach_kafka_with_the_plan_and_later_ones_after_it() {
    let (_broker, kafka) = broker();
    let (client, _serving) = server(Vec::new());
    let operator = operator_with_kafka(client, kafka.clone());
    let log = &operator.log;
    let event = events::event(EventType::Warning, "RouteNotFound", "Deliver", "There is no route.");
    log.note_event("a", &event);
    assert_eq!(log.write_noted().await, None, "there is no plan yet");
    assert!(log.publish_plan(&example("a"), TRACE, None).await.unwrap());
    log.note_event("a", &event);
    log.note_event("a", &events::event(EventType::Normal, "PodPending", "Deliver", "The pod is being created."));
    assert_eq!(log.write_noted().await, None);
    assert_eq!(log.write_noted().await, None);
    assert!(!log.publish_plan(&example("a"), TRACE, None).await.unwrap(), "the plan itself is there");
    let written = records(&kafka, Topic::Plan).await;
    let plans: Vec<Plan> = written.iter().map(|record| record.read(Topic::Plan)).collect();
    assert_eq!(plans.len(), 2);
    assert_eq!(counts(&plans[0]), [("RouteNotFound", 1)]);
    assert_eq!(counts(&plans[1]), [("RouteNotFound", 2), ("PodPending", 1)]);
    assert!(written.iter().all(|record| record.headers["traceparent"] == TRACE));
    assert!(plans.iter().all(|plan| plan.version == example("a").version));
}

#[tokio::test]
async fn what_could_not_be_written_is_written_later() {
    let (_broker, kafka) = broker();
    let guard = LeadershipGuard::default();
    let leading = watch::Sender::new(true).subscribe();
    let log = Log::open(&kafka, guard.clone(), leading, Metrics::default()).unwrap();
    log.tables.plans.apply(example("a"), RecordMeta::default());
    log.note_event("a", &events::event(EventType::Normal, "UnderWay", "Deliver", "It drives."));
    assert_eq!(log.write_noted().await, Some(RETRY), "this process must not write");
    guard.set(guard.clock() + Duration::from_mins(1));
    assert_eq!(log.write_noted().await, None);
    let written = records(&kafka, Topic::Plan).await;
    assert_eq!(counts(&written[0].read(Topic::Plan)), [("UnderWay", 1)]);
}

#[tokio::test]
async fn no_event_brings_back_a_plan_that_is_being_removed() {
    let (_broker, kafka) = broker();
    let (client, _serving) = server(Vec::new());
    let operator = operator_with_kafka(client, kafka.clone());
    let log = &operator.log;
    log.tables.plans.apply(example("a"), RecordMeta::default());
    log.note_event("a", &events::event(EventType::Normal, "Finished", "Deliver", "It has arrived."));
    let (removed, left) = tokio::join!(log.remove_plan("a"), log.write_noted());
    removed.unwrap();
    assert_eq!(left, None);
    assert_eq!(records(&kafka, Topic::Plan).await.len(), 1, "the tombstone alone");
}
