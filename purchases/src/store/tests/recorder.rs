use std::time::Duration;

use super::*;
use crate::handover::Intake;
use crate::testing::purchase;
use crate::testing::store::MemoryStore;

fn started(store: &Arc<MemoryStore>) -> (Recorder, Arc<Handover>) {
    let (recorder, inbox) = Recorder::new();
    let handover = Arc::new(Handover::default());
    tokio::spawn(run(Arc::clone(store), inbox, Arc::clone(&handover), Heartbeat::new(Duration::from_mins(1))));
    (recorder, handover)
}

#[tokio::test]
async fn a_purchase_is_stored_and_the_relay_is_woken() {
    let store = Arc::new(MemoryStore::default());
    let (recorder, handover) = started(&store);
    assert_eq!(recorder.record(purchase("p1", 7)).await, Ok(Insertion::Stored));
    handover.woken().await;
    assert_eq!(store.find("p1").await.unwrap(), Some(purchase("p1", 7)));
    assert_eq!(store.under_way(9).await.unwrap(), ["p1"]);
}

#[tokio::test]
async fn of_those_with_one_key_that_come_at_once_one_is_stored_and_the_others_are_told() {
    let store = Arc::new(MemoryStore::default());
    let (recorder, _handover) = started(&store);
    let requests = (0..10).map(|number| recorder.record(purchase("p1", number)));
    let answers = futures::future::join_all(requests).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Ok(Insertion::Stored)).count(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == Ok(Insertion::Known)).count(), 9);
    assert_eq!(store.under_way(9).await.unwrap(), ["p1"]);
}

#[tokio::test]
async fn many_at_once_are_stored_by_few_commands() {
    let store = Arc::new(MemoryStore::default());
    let (recorder, _handover) = started(&store);
    let requests = (0..100).map(|number| recorder.record(purchase(&format!("p{number}"), number)));
    let answers = futures::future::join_all(requests).await;
    assert!(answers.iter().all(|answer| *answer == Ok(Insertion::Stored)));
    assert!(store.commands() <= 4, "{} commands", store.commands());
}

#[tokio::test]
async fn what_the_relay_of_this_replica_takes_is_stored_and_on_no_list() {
    let store = Arc::new(MemoryStore::default());
    let (recorder, handover) = started(&store);
    let mut intake = Intake::new(Arc::clone(&handover));
    intake.open();
    assert_eq!(recorder.record(purchase("p1", 7)).await, Ok(Insertion::Stored));
    handover.woken().await;
    assert_eq!(recorder.record(purchase("p1", 7)).await, Ok(Insertion::Known));
    assert_eq!(intake.take(), Some(purchase("p1", 7)));
    assert_eq!(intake.take(), None, "one that is known was handed over before");
    assert_eq!(store.find("p1").await.unwrap(), Some(purchase("p1", 7)));
    assert_eq!(store.commands(), 3, "each is one insert; the third command looked for it");
    assert_eq!(store.waiting(), 0);
}

#[tokio::test]
async fn a_purchase_that_cannot_be_listed_is_stored_all_the_same() {
    let store = Arc::new(MemoryStore::default());
    let (recorder, _handover) = started(&store);
    store.fail_after(1, 0);
    assert_eq!(recorder.record(purchase("p1", 7)).await, Ok(Insertion::Stored));
    assert_eq!((store.all().len(), store.waiting()), (1, 0));
}

#[tokio::test]
async fn when_the_store_is_away_the_client_is_told_how_to_go_on() {
    let store = Arc::new(MemoryStore::default());
    store.fail_after(0, 0);
    let (recorder, _handover) = started(&store);
    let error = recorder.record(purchase("p1", 7)).await.unwrap_err();
    assert_eq!(error.reason(), "StoreUnavailable");
    assert!(error.to_string().contains("Idempotency-Key"), "{error}");
}
