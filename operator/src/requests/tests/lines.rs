//! Both consumers against a mock Kafka, with a Kubernetes API that answers as each test defines.

use std::sync::atomic::{AtomicUsize, Ordering};

use delivery_api::names::REQUEST_ID_ANNOTATION;
use delivery_kafka::KafkaConfig;
use http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use rdkafka::consumer::CommitMode;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::*;
use crate::requests::aside::MAX_RECORDS;
use crate::run::operator::Operator;
use crate::testing;
use crate::testing::kafka::{self, Broker};
use crate::testing::reading::until;
use crate::testing::server::operator_of;

const RBAC: &str =
    r#"deliveries.codedelivery.dev is forbidden: User "a" cannot create resource "deliveries" in API group "b""#;

/// What Kubernetes answers to the creation of a request's Delivery: nothing, or a status and a message.
type Creation = Option<(u16, &'static str)>;

/// An operator for which Kubernetes answers the creation of a request's Delivery as given, a change of one with a lack of rights, and
/// everything else well; and how many deletions there were.
fn prepared(
    created: impl Fn(&str) -> Creation + Send + Sync + 'static,
) -> (&'static Broker, Operator, Arc<AtomicUsize>) {
    let (created, deletions) = (Arc::new(created), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&deletions);
    let service = tower::service_fn(move |request: Request<Body>| {
        let (created, counted) = (Arc::clone(&created), Arc::clone(&counted));
        async move {
            let (parts, body) = request.into_parts();
            let mut body: Value = serde_json::from_slice(&body.collect_bytes().await?).unwrap_or_default();
            let failed = |code, message| json!({ "kind": "Status", "code": code, "message": message, "reason": "any" });
            let (code, body) = match parts.method {
                Method::GET => (404, json!({ "kind": "Status", "code": 404, "reason": "NotFound" })),
                Method::POST if parts.uri.path().ends_with("/events") => (201, json!({ "metadata": {} })),
                Method::POST => {
                    let request = body["metadata"]["annotations"][REQUEST_ID_ANNOTATION].as_str().unwrap().to_owned();
                    match created(&request) {
                        Some((201, _)) => {
                            body["metadata"]["uid"] = json!(format!("uid of {request}"));
                            body["metadata"]["generation"] = json!(1);
                            (201, body)
                        }
                        Some((code, message)) => (code, failed(code, message)),
                        None => std::future::pending().await,
                    }
                }
                Method::PATCH => (403, failed(403, RBAC)),
                _ => {
                    counted.fetch_add(1, Ordering::SeqCst);
                    (200, serde_json::to_value(testing::delivery("")).unwrap())
                }
            };
            let body = Body::from(serde_json::to_vec(&body).unwrap());
            Ok::<_, tower::BoxError>(Response::builder().status(code).body(body).unwrap())
        }
    });
    let (broker, config) = kafka::broker();
    // The consumers are closed after the test, which takes for ever if an offset is to be committed and nobody answers.
    let broker: &'static Broker = Box::leak(Box::new(broker));
    let known = vec![testing::delivery("")];
    let client = Client::new(service, "shop");
    let mut operator = operator_of(client, known, Some(config), watch::Sender::new(true).subscribe());
    operator.log.set_caught_up();
    let inbox = Arc::get_mut(&mut operator.inbox).unwrap();
    (inbox.retry, inbox.time_limit) = (Duration::from_millis(1), Duration::from_secs(2));
    (broker, operator, deletions)
}

/// The same, consuming.
fn consuming(
    created: impl Fn(&str) -> Creation + Send + Sync + 'static,
) -> (&'static Broker, Operator, Arc<AtomicUsize>, JoinHandle<anyhow::Result<()>>) {
    let (broker, operator, deletions) = prepared(created);
    let running = tokio::spawn(Arc::clone(&operator.inbox).run(Health::default()));
    (broker, operator, deletions, running)
}

/// Writes to one partition.
async fn write(operator: &Operator, topic: Topic, value: Value) {
    operator.log.writer.write(topic, "one key", &value, None).await.unwrap();
}

async fn start(operator: &Operator, request: &str) {
    let value = json!({ "routeId": "1", "clientId": "a", "requestId": request });
    write(operator, Topic::NewDirection, value).await;
}

async fn cancel(operator: &Operator) {
    let value = json!({ "deliveryId": "7d0c6a1e-0000-4000-8000-000000000001", "action": "cancel" });
    write(operator, Topic::Command, value).await;
}

async fn suspend(operator: &Operator) {
    let value = json!({ "deliveryId": "7d0c6a1e-0000-4000-8000-000000000001", "action": "suspend" });
    write(operator, Topic::Command, value).await;
}

async fn served(operator: &Operator, request: &str) {
    until(request, || operator.log.tables.plans.has_request(request)).await;
}

async fn dead_letters(operator: &Operator) -> Vec<(String, String)> {
    let records = kafka::records(&operator.log.kafka, Topic::DeadLetters).await;
    let text = |record: &kafka::Record, key| record.headers.get(key).cloned().unwrap_or_default();
    records.iter().map(|record| (text(record, "reason"), text(record, "request-id"))).collect()
}

/// The dead letters, once there is one.
async fn first_dead_letters(operator: &Operator) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for _ in 0..100 {
        found = dead_letters(operator).await;
        if !found.is_empty() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    found
}

#[tokio::test]
async fn a_record_whose_error_quotes_a_megabyte_does_not_hold_up_the_next() {
    let (_broker, operator, deletions, _running) = consuming(|_| None);
    write(&operator, Topic::Command, json!({ "deliveryId": "a", "action": "A".repeat(950_000) })).await;
    cancel(&operator).await;
    until("the cancel is served", || deletions.load(Ordering::SeqCst) == 1).await;
    assert_eq!(dead_letters(&operator).await, [("MalformedRecord".to_owned(), String::new())]);
}

#[tokio::test]
async fn a_record_whose_dead_letter_kafka_refuses_waits_until_it_is_accepted() {
    let (broker, operator, deletions) = prepared(|_| None);
    write(&operator, Topic::Command, json!({ "deliveryId": "a", "action": "fly" })).await;
    cancel(&operator).await;
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    broker.request_errors(RDKafkaApiKey::Produce, &[refused; 4]);
    tokio::spawn(Arc::clone(&operator.inbox).run(Health::default()));
    until("the cancel is served", || deletions.load(Ordering::SeqCst) == 1).await;
    assert_eq!(dead_letters(&operator).await, [("MalformedRecord".to_owned(), String::new())]);
}

#[tokio::test]
async fn a_command_does_not_wait_for_a_start_that_waits() {
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    let (_broker, operator, deletions, _running) = consuming(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Some((403, RBAC))
    });
    start(&operator, "r-1").await;
    until("the start waits", || attempts.load(Ordering::SeqCst) > 3).await;
    cancel(&operator).await;
    until("the cancel is served", || deletions.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn starts_wait_until_all_plans_are_read_and_commands_do_not() {
    let (_broker, operator, deletions) = prepared(|_| Some((201, "")));
    operator.log.reading.send_modify(|reading| {
        reading.begin([Topic::Plan]);
        reading.expect(Topic::Plan, 2);
        reading.end(Topic::Plan, 0);
    });
    let health = Health::default();
    tokio::spawn(Arc::clone(&operator.inbox).run(health.clone()));
    start(&operator, "r-1").await;
    cancel(&operator).await;
    until("the cancel is served", || deletions.load(Ordering::SeqCst) == 1).await;
    assert!(!operator.log.tables.plans.has_request("r-1"), "the plan that was not read may be its own");
    assert!(health.report().contains("partition 1 of the topic north.delivery.plan"), "{}", health.report());
    operator.log.ended(Topic::Plan, 1);
    served(&operator, "r-1").await;
}

#[tokio::test]
async fn a_start_that_a_policy_denies_does_not_hold_up_the_next() {
    let (_broker, operator, ..) = consuming(|request| match request {
        "r-1" => Some((403, "deliveries is forbidden: ValidatingAdmissionPolicy 'p' denied request: not here")),
        _ => Some((201, "")),
    });
    start(&operator, "r-1").await;
    start(&operator, "r-2").await;
    served(&operator, "r-2").await;
    assert_eq!(dead_letters(&operator).await, [("RequestDenied".to_owned(), "r-1".to_owned())]);
}

#[tokio::test]
async fn a_start_that_fails_again_and_again_for_its_own_reason_is_given_up_and_the_next_is_served() {
    let (_broker, operator, ..) = consuming(|request| match request {
        "r-1" => Some((500, "Internal error occurred: failed calling webhook")),
        _ => Some((201, "")),
    });
    start(&operator, "r-1").await;
    start(&operator, "r-2").await;
    served(&operator, "r-2").await;
    let mut letters = dead_letters(&operator).await;
    for _ in 0..100 {
        if !letters.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        letters = dead_letters(&operator).await;
    }
    assert_eq!(letters, [("ServingFailed".to_owned(), "r-1".to_owned())]);
}

#[tokio::test]
async fn a_start_on_which_the_operator_panics_is_given_up_and_the_next_is_served() {
    let (_broker, operator, ..) = consuming(|request| {
        assert_ne!(request, "r-1", "as a fault of ours would");
        Some((201, ""))
    });
    start(&operator, "r-1").await;
    start(&operator, "r-2").await;
    served(&operator, "r-2").await;
    assert_eq!(first_dead_letters(&operator).await, [("ServingFailed".to_owned(), "r-1".to_owned())]);
}

#[tokio::test]
async fn a_start_waits_for_another_one_of_its_request_and_those_behind_it_do_not() {
    let (_broker, operator, _) = prepared(|_| Some((201, "")));
    let claim = Claim::of(Topic::NewDirection, Some(br#"{"requestId":"r-1"}"#));
    let earlier = operator.inbox.claims.take(claim.as_ref()).unwrap();
    start(&operator, "r-1").await;
    start(&operator, "r-2").await;
    tokio::spawn(Arc::clone(&operator.inbox).run(Health::default()));
    served(&operator, "r-2").await;
    assert!(!operator.log.tables.plans.has_request("r-1"));
    drop(earlier);
    served(&operator, "r-1").await;
}

/// The time in which a record that has failed is not tried again.
const NEVER: Duration = Duration::from_hours(1);
const WEBHOOK: Creation = Some((500, "Internal error occurred: failed calling webhook"));

#[tokio::test]
async fn a_start_that_waits_for_another_attempt_does_not_hold_up_the_next_and_is_not_committed() {
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    let (_broker, mut operator, _) = prepared(move |request| {
        if request != "r-1" {
            return Some((201, ""));
        }
        counted.fetch_add(1, Ordering::SeqCst);
        WEBHOOK
    });
    Arc::get_mut(&mut operator.inbox).unwrap().retry = NEVER;
    start(&operator, "r-1").await;
    start(&operator, "r-2").await;
    let first = tokio::spawn(Arc::clone(&operator.inbox).run(Health::default()));
    served(&operator, "r-2").await;
    assert!(dead_letters(&operator).await.is_empty(), "the first is not given up");
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
    sleep(Duration::from_millis(300)).await;
    first.abort();
    assert!(first.await.is_err());
    tokio::spawn(Arc::clone(&operator.inbox).run(Health::default()));
    until("the first is served again after a restart", || attempts.load(Ordering::SeqCst) == 2).await;
}

#[tokio::test]
async fn any_number_of_starts_that_fail_for_their_own_reasons_do_not_hold_up_the_next() {
    let (_broker, mut operator, _) = prepared(|request| if request == "good" { Some((201, "")) } else { WEBHOOK });
    Arc::get_mut(&mut operator.inbox).unwrap().retry = NEVER;
    for number in 0..MAX_RECORDS + 3 {
        start(&operator, &format!("r-{number}")).await;
    }
    start(&operator, "good").await;
    tokio::spawn(Arc::clone(&operator.inbox).run(Health::default()));
    served(&operator, "good").await;
    let given_up = dead_letters(&operator).await;
    assert_eq!(given_up.len(), 3, "the others wait for another attempt");
    assert!(given_up.iter().all(|(reason, _)| reason == "ServingFailed"), "{given_up:?}");
}

#[tokio::test]
async fn a_command_in_a_namespace_without_rights_does_not_hold_up_the_next() {
    let (_broker, mut operator, deletions) = prepared(|_| None);
    suspend(&operator).await;
    cancel(&operator).await;
    Arc::get_mut(&mut operator.inbox).unwrap().retry = NEVER;
    tokio::spawn(Arc::clone(&operator.inbox).run(Health::default()));
    until("the cancel is served", || deletions.load(Ordering::SeqCst) == 1).await;
    assert!(dead_letters(&operator).await.is_empty(), "the suspend waits for another attempt");
}

#[tokio::test]
async fn a_command_that_fails_for_lack_of_rights_again_and_again_is_given_up() {
    let (_broker, operator, ..) = consuming(|_| None);
    suspend(&operator).await;
    let given_up = first_dead_letters(&operator).await;
    assert_eq!(given_up, [("ServingFailed".to_owned(), String::new())]);
}

#[tokio::test]
async fn a_start_that_kubernetes_does_not_answer_holds_up_the_next_for_a_moment() {
    let (_broker, mut operator, _) = prepared(|request| (request != "r-1").then_some((201, "")));
    let inbox = Arc::get_mut(&mut operator.inbox).unwrap();
    (inbox.time_limit, inbox.patience) = (NEVER, Duration::from_millis(20));
    start(&operator, "r-1").await;
    start(&operator, "r-2").await;
    tokio::spawn(Arc::clone(&operator.inbox).run(Health::default()));
    served(&operator, "r-2").await;
}

#[tokio::test]
async fn a_start_that_kubernetes_does_not_answer_while_it_answers_others_is_given_up() {
    let (_broker, mut operator, _) = prepared(|request| (request != "r-1").then_some((201, "")));
    let inbox = Arc::get_mut(&mut operator.inbox).unwrap();
    // The others are served in far less time, also on a busy machine.
    (inbox.time_limit, inbox.patience) = (Duration::from_millis(600), Duration::from_millis(5));
    start(&operator, "r-1").await;
    tokio::spawn(Arc::clone(&operator.inbox).run(Health::default()));
    // Ten attempts take seven seconds, with the waits between them.
    let mut letters = Vec::new();
    for number in 0..200 {
        let other = format!("other-{number}");
        start(&operator, &other).await;
        served(&operator, &other).await;
        sleep(Duration::from_millis(100)).await;
        if number % 10 == 9 {
            letters = dead_letters(&operator).await;
        }
        if !letters.is_empty() {
            break;
        }
    }
    assert_eq!(letters, [("ServingFailed".to_owned(), "r-1".to_owned())]);
}

#[tokio::test]
async fn a_start_waits_for_the_end_of_an_outage_however_often_it_fails() {
    let attempts = AtomicUsize::new(0);
    let (_broker, operator, ..) = consuming(move |_| {
        let first = attempts.fetch_add(1, Ordering::SeqCst) < usize::try_from(MAX_TRIES + 2).unwrap();
        Some(if first { (503, "away") } else { (201, "") })
    });
    start(&operator, "r-1").await;
    served(&operator, "r-1").await;
    assert!(dead_letters(&operator).await.is_empty());
}

#[tokio::test]
async fn a_kubernetes_that_does_not_answer_holds_up_a_start_no_longer_than_the_time_limit() {
    let attempts = AtomicUsize::new(0);
    let (_broker, operator, ..) =
        consuming(move |_| (attempts.fetch_add(1, Ordering::SeqCst) > 0).then_some((201, "")));
    start(&operator, "r-1").await;
    served(&operator, "r-1").await;
}

#[tokio::test]
async fn offsets_of_a_release_with_one_consumer_for_both_topics_remain_valid() {
    let (_broker, operator, _) = prepared(|_| Some((201, "")));
    let kafka = &operator.log.kafka;
    let mut settings = kafka.client("test").unwrap();
    settings.set("group.id", kafka.group(GROUP));
    let earlier: BaseConsumer = settings.create().unwrap();
    let mut offsets = TopicPartitionList::new();
    for partition in 0..2 {
        offsets.add_partition_offset(&kafka.topic(Topic::NewDirection), partition, Offset::Offset(1)).unwrap();
    }
    tokio::task::spawn_blocking(move || earlier.commit(&offsets, CommitMode::Sync)).await.unwrap().unwrap();
    tokio::spawn(Arc::clone(&operator.inbox).run(Health::default()));
    start(&operator, "r-1").await;
    start(&operator, "r-2").await;
    served(&operator, "r-2").await;
    assert!(!operator.log.tables.plans.has_request("r-1"), "it was served before");
}

#[tokio::test]
async fn a_start_that_was_rejected_before_is_not_judged_anew_when_the_offsets_are_lost() {
    let (_broker, mut operator, _) = prepared(|_| Some((201, "")));
    Arc::get_mut(&mut operator.inbox).unwrap().rejected = Rejected::older_than(0);
    start(&operator, "r-1").await;
    let topic = operator.log.kafka.topic(Topic::NewDirection);
    let letter = DeadLetter {
        topic: &topic,
        partition: delivery_messages::records::partitioner::partition(b"one key", 2),
        offset: 0,
        value: b"",
        reason: "TooManyActive",
        message: Cow::Borrowed("There was no room."),
        service: "operator",
        request_id: None,
    };
    operator.log.writer.dead_letter(&letter).await.unwrap();
    start(&operator, "r-2").await;
    tokio::spawn(Arc::clone(&operator.inbox).run(Health::default()));
    served(&operator, "r-2").await;
    assert!(!operator.log.tables.plans.has_request("r-1"), "there is room by now, but its sender was told no");
    assert_eq!(dead_letters(&operator).await.len(), 1);
}

#[tokio::test]
async fn a_record_that_has_not_waited_is_not_looked_up_and_an_older_letter_is_about_another_record() {
    let (_broker, operator, _) = prepared(|_| None);
    let kafka = &operator.log.kafka;
    let nowhere = KafkaConfig { bootstrap_servers: "127.0.0.1:1".to_owned(), ..kafka.clone() };
    let origin = |at| Origin { record: "a/0/1".to_owned(), at, ..Origin::default() };
    let rejected = Rejected::older_than(1_000);
    for young in [5_001, Millis::MAX] {
        assert!(!rejected.contains(&nowhere, &origin(young), 6_000).await.unwrap());
    }
    let letter = DeadLetter {
        topic: "a",
        partition: 0,
        offset: 1,
        value: b"",
        reason: "any",
        message: Cow::Borrowed("any"),
        service: "operator",
        request_id: None,
    };
    operator.log.writer.dead_letter(&letter).await.unwrap();
    let now = Timestamp::now().as_millisecond();
    assert!(rejected.contains(kafka, &origin(now - 60_000), now).await.unwrap());
    assert!(!rejected.contains(kafka, &origin(now + 60_000), now + 120_000).await.unwrap(), "the topic was made anew");
}
