//! What is erased leaves Kubernetes and Kafka: against an API server that answers as each test says, and the client library's
//! mock of a broker.

use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_messages::deliveries::erased::Of;
use delivery_messages::{Erased, Plan, PlanPhase, StatePhase, Topic};
use http::Method;
use jiff::Timestamp;
use serde_json::json;

use crate::base::subject::Subject;
use crate::deliveries::acting::record::{self, RouteOfPlan};
use crate::deliveries::observing::observed::Facts;
use crate::run::operator::Operator;
use crate::testing;
use crate::testing::reading::{lead, of_key, reading, until};
use crate::testing::server::{answer, asked, refused, whats};

const OURS: &str = "shop/code-delivery";
const MINUTE: Duration = Duration::from_mins(1);

fn plan(id: &str, source: &str) -> Plan {
    let mut delivery = testing::subject("");
    delivery.key.uid = id.to_owned();
    delivery.key.name = id.to_owned();
    let route = testing::route_record().key();
    record::plan(&delivery, PlanPhase::Accepted, RouteOfPlan { id: "1", key: &route }, &Facts::default(), source)
}

async fn list(operator: &Operator, id: &str) {
    let record = Erased { erased_at: 1, of: Of::Delivery };
    operator.log.writer.write(Topic::Erased, id, &record, None).await.unwrap();
}

#[tokio::test]
async fn an_erased_delivery_loses_its_object_then_its_plan_then_its_state_and_no_other_does() {
    let mut delivery = testing::delivery("");
    delivery.metadata.uid = Some("running".to_owned());
    let deleting = json!({ "kind": "Status", "status": "Success" });
    let answers = vec![
        answer(Method::DELETE, "/deliveries/primeiro", 200, deleting),
        refused(Method::GET, "deliveries/over", 404, "NotFound"),
        refused(Method::DELETE, "/deliveries/primeiro", 404, "NotFound"),
    ];
    let (_broker, operator, leading, serving) = reading(answers, vec![delivery]);
    for (id, source) in [("running", OURS), ("over", OURS), ("other", OURS), ("foreign", "shop/other")] {
        operator.log.writer.write(Topic::Plan, id, &plan(id, source), None).await.unwrap();
        operator.log.writer.write(Topic::State, id, &testing::state(9, StatePhase::Running), None).await.unwrap();
    }
    let closed = Plan { phase: PlanPhase::Cancelled, version: 3, ..plan("cancelled", OURS) };
    operator.log.writer.write(Topic::Plan, "cancelled", &closed, None).await.unwrap();
    for id in ["running", "over", "cancelled", "foreign", "nobody"] {
        list(&operator, id).await;
    }
    let reading = lead(&operator, &leading).await;

    assert!(operator.cleaner.erase(Instant::now()).await.unwrap(), "it will be looked at again soon");
    for gone in ["over", "cancelled"] {
        assert!(of_key(&operator, Topic::Plan, gone).await[1].value.is_none(), "{gone}");
    }
    assert_eq!(of_key(&operator, Topic::State, "over").await.len(), 1, "its pod may be writing its last state");
    assert_eq!(of_key(&operator, Topic::Plan, "running").await.len(), 1, "its object must be gone first");

    // The watch still has the object, so it is deleted again; that it is gone by now is no failure.
    operator.cleaner.erase(Instant::now() + MINUTE).await.unwrap();
    assert!(of_key(&operator, Topic::State, "over").await[1].value.is_none(), "its pod no longer writes it");
    assert_eq!(of_key(&operator, Topic::State, "running").await.len(), 1);
    for other in ["other", "foreign"] {
        assert_eq!(of_key(&operator, Topic::Plan, other).await.len(), 1, "{other}");
        assert_eq!(of_key(&operator, Topic::State, other).await.len(), 1, "{other}");
    }
    reading.abort();
    let _ = reading.await;
    let asked = asked(Arc::into_inner(operator).unwrap(), serving).await;
    let expected = ["DELETE deliveries/primeiro", "GET deliveries/over", "DELETE deliveries/primeiro"];
    assert_eq!(whats(&asked), expected);
    assert_eq!(asked[0].body["preconditions"]["uid"], "running", "this very object");
}

#[tokio::test]
async fn a_state_is_removed_when_it_has_been_silent_and_so_is_a_late_plan_or_state() {
    let answers = vec![
        refused(Method::GET, "deliveries/a", 404, "NotFound"),
        refused(Method::GET, "deliveries/a", 404, "NotFound"),
    ];
    let (_broker, operator, leading, _serving) = reading(answers, Vec::new());
    operator.log.writer.write(Topic::Plan, "a", &plan("a", OURS), None).await.unwrap();
    operator.log.writer.write(Topic::State, "a", &testing::state(9, StatePhase::Running), None).await.unwrap();
    list(&operator, "a").await;
    let _reading = lead(&operator, &leading).await;
    for round in 1..=2 {
        let begun = Instant::now();
        assert!(operator.cleaner.erase(begun).await.unwrap(), "its pod may be writing its last state");
        assert!(!operator.cleaner.erase(begun + MINUTE).await.unwrap(), "nothing waits");
        for topic in [Topic::Plan, Topic::State] {
            let records = of_key(&operator, topic, "a").await;
            assert_eq!(records.len(), 2 * round, "{topic:?}");
            assert!(records[2 * round - 1].value.is_none(), "{topic:?}");
        }
        // An unreachable pod comes back and writes its state; a former leader writes its plan.
        operator.log.writer.write(Topic::Plan, "a", &plan("a", OURS), None).await.unwrap();
        operator.log.writer.write(Topic::State, "a", &testing::state(12, StatePhase::Running), None).await.unwrap();
        until("that is read", || operator.log.tables.plans.knows("a") && operator.log.tables.states.get("a").is_some())
            .await;
    }
}

#[tokio::test]
async fn an_object_whose_request_is_erased_is_deleted_and_gets_neither_plan_nor_pod_until_then() {
    let mut delivery = testing::delivery("");
    delivery.metadata.annotations = Some([("codedelivery.dev/request-id".to_owned(), "r-1".to_owned())].into());
    let gone = json!({ "kind": "Status", "status": "Success" });
    let answers = vec![answer(Method::DELETE, "/deliveries/primeiro", 200, gone)];
    let (_broker, operator, leading, serving) = reading(answers, vec![delivery.clone()]);
    list(&operator, "r-1").await;
    let reading = lead(&operator, &leading).await;
    assert_eq!(
        operator.deliveries.reconciler.reconcile(Subject::of(&delivery).unwrap(), Timestamp::now()).await.unwrap(),
        None,
        "no request is sent"
    );
    operator.cleaner.erase(Instant::now()).await.unwrap();
    reading.abort();
    let _ = reading.await;
    assert_eq!(whats(&asked(Arc::into_inner(operator).unwrap(), serving).await), ["DELETE deliveries/primeiro"]);
}

#[tokio::test]
async fn an_id_that_is_erased_while_the_operator_leads_triggers_the_cleanup() {
    let answers = vec![refused(Method::GET, "deliveries/a", 404, "NotFound")];
    let (_broker, operator, leading, _serving) = reading(answers, Vec::new());
    operator.log.writer.write(Topic::Plan, "a", &plan("a", OURS), None).await.unwrap();
    let _reading = lead(&operator, &leading).await;
    operator.cleaner.erase(Instant::now()).await.unwrap();
    assert_eq!(of_key(&operator, Topic::Plan, "a").await.len(), 1);
    list(&operator, "a").await;
    tokio::time::timeout(Duration::from_secs(20), operator.log.tables.erased.changed()).await.unwrap();
    operator.cleaner.erase(Instant::now()).await.unwrap();
    assert!(of_key(&operator, Topic::Plan, "a").await[1].value.is_none());
    assert!(!operator.log.tables.plans.knows("a"));
}

#[tokio::test]
async fn what_the_api_server_refuses_does_not_keep_the_others_from_being_erased() {
    let mut delivery = testing::delivery("");
    delivery.metadata.uid = Some("ours".to_owned());
    let answers = vec![
        refused(Method::DELETE, "/deliveries/primeiro", 403, "Forbidden"),
        refused(Method::GET, "deliveries/a", 403, "Forbidden"),
        refused(Method::GET, "deliveries/b", 404, "NotFound"),
        refused(Method::GET, "deliveries/c", 403, "Forbidden"),
    ];
    let (_broker, operator, leading, _serving) = reading(answers, vec![delivery]);
    for id in ["a", "b", "c"] {
        operator.log.writer.write(Topic::Plan, id, &plan(id, OURS), None).await.unwrap();
    }
    for id in ["ours", "a", "b", "c"] {
        list(&operator, id).await;
    }
    let _reading = lead(&operator, &leading).await;
    assert!(operator.cleaner.erase(Instant::now()).await.is_err(), "the others are tried again later");
    assert!(of_key(&operator, Topic::Plan, "b").await[1].value.is_none());
    assert_eq!(of_key(&operator, Topic::Plan, "c").await.len(), 1);
}
