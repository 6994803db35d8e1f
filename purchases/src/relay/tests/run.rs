use delivery_messages::Topic;
use delivery_observability::Health;
use prometheus_client::registry::Registry;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::config::PaymentsConfig;
use crate::store::recorder::store_and_pass_on;
use crate::testing::log::MemoryLog;
use crate::testing::purchase;
use crate::testing::store::MemoryStore;

struct Replica {
    handover: Arc<Handover>,
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

fn start(store: &Arc<MemoryStore>, log: &Arc<MemoryLog>, holder: &str) -> Replica {
    start_with(store, log, holder, &Health::default())
}

fn start_with(store: &Arc<MemoryStore>, log: &Arc<MemoryLog>, holder: &str, health: &Health) -> Replica {
    let handover = Arc::new(Handover::default());
    let relay = Relay {
        store: Arc::clone(store),
        log: Arc::clone(log),
        payments: Arc::new(Payments::new(&PaymentsConfig::default())),
        metrics: Metrics::new(&mut Registry::default()),
        handover: Arc::clone(&handover),
        holder: holder.to_owned(),
        heartbeat: health.heartbeat("payments", Duration::from_mins(5)),
        publishing: health.heartbeat_with("publisher", Duration::from_mins(5), "kafka"),
        refilling: health.heartbeat_with("refill", Duration::from_mins(5), "kafka"),
    };
    let (end, ended) = oneshot::channel::<()>();
    let task = tokio::spawn(relay.run(async move {
        let _ = ended.await;
    }));
    Replica { handover, end, task }
}

/// Waits, in simulated time, until a purchase's event is written and noted.
async fn published(store: &MemoryStore, id: &str) {
    for _ in 0..10_000 {
        if store.find(id).await.unwrap().is_some_and(|purchase| purchase.published_at.is_some()) {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("{id} was never published");
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_ends_in_good_order_is_followed_by_another() {
    let store = Arc::new(MemoryStore::default());
    let log = Arc::new(MemoryLog::new(&store));
    let (one, other) = (start(&store, &log, "one"), start(&store, &log, "other"));
    store.insert_listed(&[purchase("p1", 1)]).await;
    one.handover.wake();
    published(&store, "p1").await;
    let first = store.newest_term().await.unwrap().unwrap();
    let (first_to_end, second) = if first.holder == "one" { (one, other) } else { (other, one) };
    first_to_end.end.send(()).unwrap();
    first_to_end.task.await.unwrap();
    store.insert_listed(&[purchase("p2", 1)]).await;
    published(&store, "p2").await;
    let term = store.newest_term().await.unwrap().unwrap();
    assert_eq!(term.number, first.number + 1);
    assert_ne!(term.holder, first.holder);
    assert_eq!(log.events().len(), 2);
    second.end.send(()).unwrap();
    second.task.await.unwrap();
    assert!(store.newest_term().await.unwrap().unwrap().is_over, "it was given up");
}

#[tokio::test(start_paused = true)]
async fn after_the_store_or_the_log_was_away_everything_is_taken_up_again() {
    let store = Arc::new(MemoryStore::default());
    let log = Arc::new(MemoryLog::new(&store));
    let replica = start(&store, &log, "one");
    log.fail_after(0, 0);
    store.insert_listed(&[purchase("p1", 1), purchase("p2", 2)]).await;
    sleep(Duration::from_secs(30)).await;
    assert!(log.events().is_empty());
    log.mend();
    published(&store, "p1").await;
    store.fail_after(0, 0);
    sleep(Duration::from_secs(30)).await;
    store.mend();
    store.insert_listed(&[purchase("p3", 1)]).await;
    published(&store, "p3").await;
    published(&store, "p2").await;
    assert_eq!(log.events().len(), 3, "each once, since nothing was killed between writing and noting");
    replica.end.send(()).unwrap();
    replica.task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn events_that_kafka_has_lost_are_written_again_and_the_requests_of_deliveries_are_not() {
    let store = Arc::new(MemoryStore::default());
    let log = Arc::new(MemoryLog::new(&store));
    log.renew("a");
    let purchases: Vec<_> = (1..=300).map(|number| purchase(&format!("p{number:03}"), number)).collect();
    let end = async |replica: Replica| {
        replica.end.send(()).unwrap();
        replica.task.await.unwrap();
    };
    let replica = start(&store, &log, "one");
    store.insert_listed(&purchases).await;
    for purchase in &purchases {
        published(&store, &purchase.id).await;
    }
    sleep(Duration::from_secs(30)).await;
    assert_eq!((log.events().len(), log.records().len()), (300, 600), "each once, with its request");
    let forgotten = purchases[6].clone();
    store.forget(&forgotten.order.customer.id, i64::MAX).await.unwrap();
    let are_there = |log: &MemoryLog| {
        let ids: Vec<String> = log.events().into_iter().map(|event| event.purchase_id).collect();
        let others = purchases.iter().filter(|purchase| purchase.id != forgotten.id);
        assert_eq!(
            ids,
            others.map(|purchase| purchase.id.clone()).collect::<Vec<_>>(),
            "in the order of the decisions"
        );
        assert!(log.records().iter().all(|record| record.topic == Topic::Purchase));
    };
    log.renew("b");
    sleep(Duration::from_secs(30)).await;
    are_there(&log);
    end(replica).await;

    log.renew("c");
    let replica = start(&store, &log, "two");
    sleep(Duration::from_secs(30)).await;
    are_there(&log);
    end(replica).await;
    let replica = start(&store, &log, "three");
    sleep(Duration::from_secs(30)).await;
    assert_eq!(log.events().len(), 299, "the same topic");
    end(replica).await;
}

#[tokio::test(start_paused = true)]
async fn an_event_that_kafka_has_lost_before_it_was_noted_as_written_is_written_again() {
    let store = Arc::new(MemoryStore::default());
    let log = Arc::new(MemoryLog::new(&store));
    log.renew("a");
    let replica = start(&store, &log, "one");
    sleep(Duration::from_secs(30)).await;
    let held = log.hold_requests().await;
    store.insert_listed(&[purchase("p1", 1)]).await;
    sleep(Duration::from_secs(30)).await;
    assert_eq!(log.events().len(), 1, "its request is still to be written");
    log.renew("b");
    sleep(Duration::from_secs(30)).await;
    drop(held);
    published(&store, "p1").await;
    sleep(Duration::from_secs(30)).await;
    assert_eq!(log.events().len(), 1);
    replica.end.send(()).unwrap();
    replica.task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_publisher_whose_records_are_not_acknowledged_hangs_unless_kafka_is_away() {
    let store = Arc::new(MemoryStore::default());
    let log = Arc::new(MemoryLog::new(&store));
    let health = Health::default();
    let replica = start_with(&store, &log, "one", &health);
    log.fall_silent();
    store.insert_listed(&[purchase("p1", 1)]).await;
    for _ in 0..120 {
        sleep(Duration::from_secs(5)).await;
        health.dependency("kafka", Some("no broker responds".to_owned()));
    }
    assert!(health.is_ready(), "{}", health.report());
    health.dependency("kafka", None);
    sleep(Duration::from_secs(301)).await;
    assert_eq!(health.loops(), [("payments", false), ("publisher", true), ("refill", false)]);
    assert!(!health.is_ready());
    replica.end.send(()).unwrap();
    replica.task.await.unwrap();
    assert!(health.is_ready(), "what has ended is not waited for");
}

#[tokio::test(start_paused = true)]
async fn events_that_are_not_acknowledged_when_they_are_written_again_show_as_a_loop_that_hangs() {
    let store = Arc::new(MemoryStore::default());
    let log = Arc::new(MemoryLog::new(&store));
    log.renew("a");
    let health = Health::default();
    let replica = start_with(&store, &log, "one", &health);
    store.insert_listed(&[purchase("p1", 1)]).await;
    published(&store, "p1").await;
    sleep(Duration::from_secs(30)).await;
    log.fall_silent();
    log.renew("b");
    sleep(Duration::from_secs(320)).await;
    assert_eq!(health.loops(), [("payments", false), ("publisher", false), ("refill", true)]);
    replica.end.send(()).unwrap();
    replica.task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_the_replica_that_works_has_stored_needs_no_list_and_is_not_lost_with_its_term() {
    let store = Arc::new(MemoryStore::default());
    let log = Arc::new(MemoryLog::new(&store));
    let replica = start(&store, &log, "one");
    sleep(Duration::from_secs(30)).await;
    store_and_pass_on(&*store, &replica.handover, vec![purchase("p1", 1)]).await.unwrap();
    assert_eq!(store.waiting(), 0, "it was handed over");
    published(&store, "p1").await;
    assert_eq!(store.settled(), 0);
    log.fail_after(0, 0);
    store_and_pass_on(&*store, &replica.handover, vec![purchase("p2", 2)]).await.unwrap();
    assert_eq!(store.waiting(), 0);
    sleep(Duration::from_secs(5)).await;
    log.mend();
    published(&store, "p2").await;
    replica.end.send(()).unwrap();
    replica.task.await.unwrap();
    store_and_pass_on(&*store, &replica.handover, vec![purchase("p3", 3)]).await.unwrap();
    assert_eq!(store.waiting(), 1, "its relay has ended");
    assert_eq!(log.events().len(), 2);
}
