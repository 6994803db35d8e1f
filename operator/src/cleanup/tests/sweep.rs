//! The log over Kafka's protocol, against the mock cluster that comes with the client library: what is read, cancelled and removed.

use std::sync::Arc;
use std::time::Instant;

use delivery_messages::{Millis, Plan, PlanPhase, Route, StatePhase, Topic};
use http::Method;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

use crate::base::trace;
use crate::deliveries::acting::record::{self, RouteOfPlan};
use crate::deliveries::observing::observed::Facts;
use crate::tables::tombstones;
use crate::testing;
use crate::testing::reading::{lead, of_key, reading, until, warm};
use crate::testing::server::{Answer, answer, asked, refused, whats};

const OURS: &str = "shop/code-delivery";
const DAY: Millis = 86_400_000;

fn plan(id: &str, source: &str) -> Plan {
    let mut delivery = testing::subject("");
    delivery.key.uid = id.to_owned();
    delivery.key.name = id.to_owned();
    let route = testing::route_record().key();
    let plan =
        record::plan(&delivery, PlanPhase::Accepted, RouteOfPlan { id: "1", key: &route }, &Facts::default(), source);
    Plan { request_id: Some(format!("request of {id}")), ..plan }
}

fn pods(pods: &[Pod]) -> Answer {
    let list = json!({ "apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": pods });
    answer(Method::GET, "/namespaces/shop/pods", 200, list)
}

fn gone() -> Answer {
    refused(Method::GET, "", 404, "NotFound")
}

#[tokio::test]
async fn a_standby_knows_the_log_and_reads_the_last_records_of_its_predecessor() {
    let (_broker, operator, leading, _) = reading(Vec::new(), Vec::new());
    operator.log.writer.write(Topic::Plan, "a", &plan("a", OURS), None).await.unwrap();
    let _reading = warm(&operator).await;
    assert!(operator.log.tables.plans.knows("a") && !operator.log.is_caught_up(), "it stands by");
    operator.log.writer.write(Topic::Plan, "b", &plan("b", OURS), None).await.unwrap();
    until("it follows", || operator.log.tables.plans.knows("b")).await;
    operator.log.writer.write(Topic::Plan, "c", &plan("c", OURS), None).await.unwrap();
    leading.send_replace(true);
    operator.log.wait_until_caught_up().await;
    assert!(
        operator.log.tables.plans.has_request("request of c"),
        "what was there when it began to lead is known before it decides"
    );
    operator.log.writer.remove(Topic::Plan, "c").await.unwrap();
    until("it follows on", || !operator.log.tables.plans.knows("c")).await;
}

#[tokio::test]
async fn what_was_deleted_while_the_operator_was_down_is_cancelled_unless_it_is_another_installations() {
    let alive = json!({ "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": { "name": "young", "uid": "young" } });
    let renewed = json!({ "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": { "name": "renewed", "uid": "another" } });
    let answers = vec![
        answer(Method::GET, "deliveries/young", 200, alive),
        answer(Method::GET, "deliveries/renewed", 200, renewed),
        refused(Method::GET, "deliveries/deleted", 404, "NotFound"),
        pods(&[]),
        pods(&[]),
    ];
    let (_broker, operator, leading, serving) = reading(answers, Vec::new());
    let traced = trace::derived("the request");
    for (id, source) in
        [("deleted", OURS), ("young", OURS), ("renewed", OURS), ("finished", OURS), ("foreign", "shop/other")]
    {
        operator.log.writer.write(Topic::Plan, id, &plan(id, source), Some(&traced)).await.unwrap();
    }
    operator.log.writer.write(Topic::State, "finished", &testing::state(9, StatePhase::Finished), None).await.unwrap();
    let reading = lead(&operator, &leading).await;
    // The watch has returned none of them; the API server knows better.
    operator.cleaner.cancel_deleted().await.unwrap();
    let deleted = of_key(&operator, Topic::Plan, "deleted").await;
    let last: Plan = deleted[1].read(Topic::Plan);
    assert_eq!((last.phase, last.version), (PlanPhase::Cancelled, 3));
    assert_eq!(deleted[1].headers["traceparent"], traced, "it stays in its trace");
    let renewed = of_key(&operator, Topic::Plan, "renewed").await;
    assert_eq!(renewed[1].read::<Plan>(Topic::Plan).phase, PlanPhase::Cancelled, "another object has its name");
    for other in ["young", "finished", "foreign"] {
        assert_eq!(of_key(&operator, Topic::Plan, other).await.len(), 1, "{other}");
    }
    reading.abort();
    let _ = reading.await;
    let operator = Arc::into_inner(operator).unwrap();
    asked(operator, serving).await;
}

#[tokio::test]
async fn keys_of_deliveries_that_ended_long_ago_are_removed_the_plan_before_the_state() {
    let (_broker, operator, leading, _serving) = reading(vec![gone()], Vec::new());
    let route = testing::route_record();
    let old = Route { listed: false, revision: "0ld".to_owned(), ..route.clone() };
    for route in [&Route { listed: false, ..route.clone() }, &old] {
        operator.log.writer.write(Topic::Catalogue, &route.key(), route, None).await.unwrap();
    }
    for (id, source) in [("ended", OURS), ("foreign", "shop/other")] {
        let cancelled = Plan { phase: PlanPhase::Cancelled, version: 3, route: old.key(), ..plan(id, source) };
        operator.log.writer.write(Topic::Plan, id, &cancelled, None).await.unwrap();
        operator.log.writer.write(Topic::State, id, &testing::state(9, StatePhase::Running), None).await.unwrap();
    }
    operator.log.writer.write(Topic::Plan, "running", &plan("running", OURS), None).await.unwrap();
    let _reading = lead(&operator, &leading).await;
    let now = Timestamp::now().as_millisecond();
    operator.cleaner.expire(now + 13 * DAY).await.unwrap();
    assert_eq!(of_key(&operator, Topic::Plan, "ended").await.len(), 1, "its retention is not over");
    operator.cleaner.expire(now + 15 * DAY).await.unwrap();
    assert!(of_key(&operator, Topic::Plan, "ended").await[1].value.is_none());
    assert!(of_key(&operator, Topic::State, "ended").await[1].value.is_none());
    assert!(!operator.log.tables.plans.has_request("request of ended"));
    for (topic, id) in [(Topic::Plan, "foreign"), (Topic::State, "foreign"), (Topic::Plan, "running")] {
        assert_eq!(of_key(&operator, topic, id).await.len(), 1, "{id}");
    }
    let kept = [old.key(), route.key()];
    for key in &kept {
        assert_eq!(of_key(&operator, Topic::Catalogue, key).await.len(), 1, "a plan names it");
    }
    // The other installation removes its own plan, and then the old revision is no longer needed.
    operator.log.writer.remove(Topic::Plan, "foreign").await.unwrap();
    until("that is read", || !operator.log.tables.plans.knows("foreign")).await;
    operator.cleaner.expire(now + 15 * DAY).await.unwrap();
    assert!(of_key(&operator, Topic::Catalogue, &kept[0]).await[1].value.is_none());
    assert!(of_key(&operator, Topic::State, "foreign").await[1].value.is_none(), "a state without a plan");
    assert_eq!(of_key(&operator, Topic::Catalogue, &kept[1]).await.len(), 1);
    // When it is needed again, it is written again.
    let delivery = testing::subject("");
    let again = Plan { route: old.key(), ..plan(&delivery.key.uid, OURS) };
    operator.log.publish_plan(&again, &delivery.traceparent, Some(&old)).await.unwrap();
    let records = of_key(&operator, Topic::Catalogue, &kept[0]).await;
    assert!(records.len() == 3 && records[2].value.is_some());
    let plans = of_key(&operator, Topic::Plan, &again.delivery_id).await;
    assert_eq!(plans[0].headers["traceparent"], delivery.traceparent);
}

#[tokio::test]
async fn a_tombstone_is_repeated_once_when_its_segment_can_be_rolled() {
    let (_broker, operator, leading, _serving) = reading(Vec::new(), Vec::new());
    let cancelled = Plan { phase: PlanPhase::Cancelled, version: 3, ..plan("ended", OURS) };
    operator.log.writer.write(Topic::Plan, "ended", &cancelled, None).await.unwrap();
    operator.log.writer.remove(Topic::Plan, "ended").await.unwrap();
    // The next leader finds the plan in the topic, before its tombstone.
    let _reading = lead(&operator, &leading).await;
    let now = Instant::now();
    operator.log.repeat_tombstones(now).await.unwrap();
    assert_eq!(of_key(&operator, Topic::Plan, "ended").await.len(), 2, "the segment is young");
    for _ in 0..2 {
        operator.log.repeat_tombstones(now + tombstones::DUE).await.unwrap();
        let records = of_key(&operator, Topic::Plan, "ended").await;
        assert!(records.len() == 3 && records[2].value.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_kubernetes_that_does_not_answer_holds_up_a_round_no_longer_than_the_time_limit() {
    let (service, _silent) =
        tower_test::mock::pair::<http::Request<kube::client::Body>, http::Response<kube::client::Body>>();
    let operator = crate::testing::server::operator(kube::Client::new(service, "shop"));
    let gone = operator.cleaner.is_gone("shop", "a", "uid").await;
    assert_eq!(gone.unwrap_err().reason().as_str(), "Timeout");
}

#[tokio::test]
async fn a_delivery_that_we_may_not_read_does_not_keep_the_others_from_being_cancelled() {
    let answers = vec![
        refused(Method::GET, "deliveries/a", 403, "Forbidden"),
        refused(Method::GET, "deliveries/b", 404, "NotFound"),
        refused(Method::GET, "deliveries/c", 403, "Forbidden"),
        pods(&[]),
    ];
    let (_broker, operator, leading, _serving) = reading(answers, Vec::new());
    for id in ["a", "b", "c"] {
        operator.log.writer.write(Topic::Plan, id, &plan(id, OURS), None).await.unwrap();
    }
    let _reading = lead(&operator, &leading).await;
    assert!(operator.cleaner.cancel_deleted().await.is_err(), "the others are tried again later");
    assert_eq!(of_key(&operator, Topic::Plan, "b").await.len(), 2, "it is cancelled");
}

#[tokio::test]
async fn a_pod_that_was_orphaned_with_its_delivery_is_ended_before_the_plan_is_cancelled() {
    let delivery = testing::subject("").key;
    let orphaned = |attempt, status| {
        let mut pod = testing::pod_object(attempt, status);
        pod.metadata.owner_references = None;
        pod
    };
    // Deletion in the background leaves the second to the garbage collector; the third was made by somebody else.
    let mut foreign = orphaned(3, testing::RUNNING);
    foreign.metadata.name = Some("foreign".to_owned());
    let all = [orphaned(1, testing::RUNNING), testing::pod_object(2, testing::RUNNING), foreign];
    let map = json!({ "metadata": { "name": testing::pod_name(1), "uid": "map-1", "annotations": { "codedelivery.dev/attempt": "1" } } });
    let done = || answer(Method::DELETE, "", 200, json!({ "kind": "Status", "status": "Success" }));
    let answers = vec![
        refused(Method::GET, "deliveries/primeiro", 404, "NotFound"),
        pods(&all),
        done(),
        answer(Method::GET, "", 200, map),
        done(),
    ];
    let (_broker, operator, leading, serving) = reading(answers, Vec::new());
    let plan = Plan { delivery_id: delivery.uid.clone(), name: delivery.name.clone(), ..plan("any", OURS) };
    operator.log.writer.write(Topic::Plan, &delivery.uid, &plan, None).await.unwrap();
    let reading = lead(&operator, &leading).await;
    operator.cleaner.cancel_deleted().await.unwrap();
    let last: Plan = of_key(&operator, Topic::Plan, &delivery.uid).await[1].read(Topic::Plan);
    assert_eq!(last.phase, PlanPhase::Cancelled);
    reading.abort();
    let _ = reading.await;
    let asked = asked(Arc::into_inner(operator).unwrap(), serving).await;
    let name = testing::pod_name(1);
    assert_eq!(
        whats(&asked)[2..],
        [format!("DELETE pods/{name}"), format!("GET configmaps/{name}"), format!("DELETE configmaps/{name}")]
    );
    assert_eq!(
        (&asked[2].body["preconditions"]["uid"], &asked[4].body["preconditions"]["uid"]),
        (&json!("pod-1"), &json!("map-1"))
    );
}

#[tokio::test]
async fn the_deliveries_of_a_namespace_that_is_gone_are_cancelled_whatever_the_watch_brought_last() {
    let mut known = testing::delivery("");
    known.metadata.uid = Some("a".to_owned());
    let (_broker, operator, leading, serving) = reading(Vec::new(), vec![known]);
    operator.log.writer.write(Topic::Plan, "a", &plan("a", OURS), None).await.unwrap();
    let reading = lead(&operator, &leading).await;
    operator.cleaner.cancel_deleted().await.unwrap();
    assert_eq!(of_key(&operator, Topic::Plan, "a").await.len(), 1, "its object exists");
    operator.cleaner.objects.set_gone("shop", true);
    operator.cleaner.cancel_deleted().await.unwrap();
    let records = of_key(&operator, Topic::Plan, "a").await;
    assert_eq!(records[1].read::<Plan>(Topic::Plan).phase, PlanPhase::Cancelled);
    reading.abort();
    let _ = reading.await;
    assert!(asked(Arc::into_inner(operator).unwrap(), serving).await.is_empty(), "nobody need be asked");
}

#[tokio::test]
async fn nothing_is_cancelled_erased_or_removed_whose_partition_has_not_been_read() {
    let (client, serving) = crate::testing::server::server(Vec::new());
    let operator = crate::testing::server::operator(client);
    let (tables, meta) = (&operator.log.tables, crate::tables::plan_entry::RecordMeta::default());
    tables.plans.apply(plan("open", OURS), meta.clone());
    tables.plans.apply(Plan { phase: PlanPhase::Cancelled, version: 3, ..plan("ended", OURS) }, meta);
    tables.states.apply("state", Some(testing::state(9, StatePhase::Finished)), 0);
    let unlisted = Route { listed: false, name: "old".to_owned(), ..testing::route_record() };
    tables.catalogue.apply(&unlisted.key(), &unlisted, Some(0));
    let outdated = Route { name: "gone".to_owned(), ..testing::route_record() };
    tables.catalogue.apply(&outdated.key(), &outdated, Some(0));
    tables.erased.apply("open", true);
    operator.log.reading.send_modify(|reading| {
        reading.begin([Topic::Plan, Topic::Catalogue]);
        reading.expect(Topic::Plan, 1);
        reading.expect(Topic::Catalogue, 1);
    });
    operator.cleaner.erase(Instant::now()).await.unwrap();
    operator.cleaner.cancel_deleted().await.unwrap();
    operator.cleaner.withdraw_routes().await.unwrap();
    operator.cleaner.expire(1000 * DAY).await.unwrap();
    assert!(asked(operator, serving).await.is_empty());
}
