//! Start requests and commands against an API server that answers as each test says.

use std::time::Duration;

use delivery_messages::{Plan, StatePhase, Topic};
use http::Method;
use serde_json::json;

use crate::base::names;
use crate::deliveries::acting::record::{self, RouteOfPlan};
use crate::deliveries::observing::observed::Facts;
use crate::requests::outcome::{Outcome, Rejection, Retry};
use crate::requests::request::Origin;
use crate::run::operator::Operator;
use crate::tables::plan_entry::RecordMeta;
use crate::testing;
use crate::testing::kafka::{self, Broker};
use crate::testing::server::{Answer, answer, asked, operator, refused, server, whats};

const REQUEST: &[u8] = br#"{"routeId":"1","clientId":"a","requestId":"r-1"}"#;
const RECORD: &str = "route.new-direction/0/41";

/// A Delivery that a request has become.
fn found(request: &str) -> serde_json::Value {
    json!({
        "apiVersion": "codedelivery.dev/v1alpha1", "kind": "Delivery",
        "metadata": {
            "name": "any", "namespace": "shop", "uid": "u-1", "generation": 1,
            "annotations": { "codedelivery.dev/request-id": request },
        },
        "spec": {},
    })
}

fn nothing() -> Answer {
    refused(Method::GET, "", 404, "NotFound")
}

fn created() -> Answer {
    created_for("r-1")
}

fn created_for(request: &str) -> Answer {
    let mut delivery = found(request);
    delivery["metadata"]["uid"] = json!(format!("uid of {request}"));
    answer(Method::POST, "/deliveries", 201, delivery)
}

fn name(turn: u32) -> String {
    names::requested_delivery("primeiro", "r-1", turn)
}

async fn serve(operator: &Operator, value: &[u8]) -> Result<Outcome, Retry> {
    let origin = Origin { record: RECORD.to_owned(), at: i64::MAX, ..Origin::default() };
    operator.inbox.starter.serve(&origin, Some(value)).await
}

const COMMAND: &str = "delivery.command/2/41";

async fn commanded(operator: &Operator, value: &[u8]) -> Result<Outcome, Retry> {
    commanded_by(operator, COMMAND, value).await
}

async fn commanded_by(operator: &Operator, record: &str, value: &[u8]) -> Result<Outcome, Retry> {
    let origin = Origin { record: record.to_owned(), at: 5_000, ..Origin::default() };
    operator.inbox.commander.serve(&origin, Some(value)).await
}

fn event() -> Answer {
    answer(Method::POST, "/events", 201, json!({ "metadata": {} }))
}

/// An operator with a Kafka, for what becomes a Delivery.
fn with_kafka(client: kube::Client) -> (Broker, Operator) {
    let (broker, kafka) = kafka::broker();
    (broker, crate::testing::server::operator_with_kafka(client, kafka))
}

fn rejection(outcome: Result<Outcome, Retry>) -> Rejection {
    match outcome.unwrap() {
        Outcome::Rejected(rejection) => {
            assert!(!rejection.refusal.to_string().is_empty());
            rejection
        }
        served => panic!("it was {}", served.label()),
    }
}

#[tokio::test]
async fn a_request_becomes_a_delivery_and_a_plan_before_it_counts_as_served() {
    let (client, serving) = server(vec![nothing(), created()]);
    let (_broker, operator) = with_kafka(client);
    assert!(matches!(serve(&operator, REQUEST).await, Ok(Outcome::Created)));
    assert!(matches!(serve(&operator, REQUEST).await, Ok(Outcome::Repeated)), "no request is sent");
    let plans = kafka::records(&operator.log.kafka, Topic::Plan).await;
    let routes = kafka::records(&operator.log.kafka, Topic::Catalogue).await;
    let asked = asked(operator, serving).await;
    assert_eq!(whats(&asked), [format!("GET deliveries/{}", name(0)), "POST deliveries".to_owned()]);
    assert_eq!(asked[1].body["metadata"]["name"], name(0));
    assert_eq!(asked[1].body["spec"]["routeRef"]["name"], "primeiro", "the object's name, not the route's id");
    assert_eq!(asked[1].body["spec"]["ttlSecondsAfterFinished"], 3600);
    let plan: Plan = plans[0].read(Topic::Plan);
    assert_eq!((plans.len(), plan.request_id.as_deref(), plan.version), (1, Some("r-1"), 2));
    assert_eq!(plan.route, routes[0].key, "the route is there too");
    assert_eq!(plans[0].headers["traceparent"], crate::base::trace::derived(&plan.delivery_id));
}

#[tokio::test]
async fn a_start_is_too_old_by_the_clocks_of_all_and_not_by_one_that_is_wrong() {
    let now = jiff::Timestamp::now().as_millisecond();
    let long_ago = Origin { record: RECORD.to_owned(), at: now - 60 * 86_400_000, ..Origin::default() };
    let (client, serving) = server(vec![nothing(), created()]);
    let (_broker, operator) = with_kafka(client);
    operator.log.tables.states.apply("another", Some(testing::state(9, StatePhase::Running)), now);
    let late = operator.inbox.starter.serve(&long_ago, Some(REQUEST)).await;
    assert_eq!(rejection(late).refusal.reason(), "RequestExpired");
    let put_back = Origin { after: now, ..long_ago.clone() };
    let served = operator.inbox.starter.serve(&put_back, Some(REQUEST)).await;
    assert!(matches!(served, Ok(Outcome::Created)), "the clock of its broker was put back");
    asked(operator, serving).await;

    let (client, serving) = server(vec![nothing(), created()]);
    let (_broker, operator) = with_kafka(client);
    operator.log.tables.states.apply("another", Some(testing::state(9, StatePhase::Running)), long_ago.at);
    let served = operator.inbox.starter.serve(&long_ago, Some(REQUEST)).await;
    assert!(matches!(served, Ok(Outcome::Created)), "our clock is ahead of the brokers'");
    asked(operator, serving).await;
}

#[tokio::test]
async fn a_request_that_is_already_a_delivery_makes_no_other_and_gets_its_missing_plan() {
    let (client, serving) = server(vec![answer(Method::GET, "", 200, found("r-1"))]);
    let (_broker, operator) = with_kafka(client);
    assert!(matches!(serve(&operator, REQUEST).await, Ok(Outcome::Repeated)));
    assert!(operator.log.tables.plans.has_request("r-1"));
    asked(operator, serving).await;
}

#[tokio::test]
async fn a_request_whose_plan_kafka_does_not_accept_is_retried() {
    let (client, serving) = server(vec![nothing(), created(), answer(Method::GET, "", 200, found("r-1"))]);
    let operator = operator(client);
    for _ in 0..2 {
        // Neither at first, nor when it is retried: there is no Kafka.
        let served = tokio::time::timeout(Duration::from_secs(1), serve(&operator, REQUEST)).await;
        assert!(!matches!(served, Ok(Ok(_))));
    }
    assert!(!operator.log.tables.plans.has_request("r-1"));
    asked(operator, serving).await;
}

#[tokio::test]
async fn a_request_whose_plan_is_in_the_log_is_done_even_if_its_delivery_is_gone() {
    let (client, serving) = server(vec![]);
    let operator = operator(client);
    let delivery = testing::subject("");
    let facts = Facts::default();
    let route = RouteOfPlan { id: "1", key: "shop/primeiro@a" };
    let plan = record::plan(&delivery, delivery_messages::PlanPhase::Accepted, route, &facts, "shop/x");
    operator
        .log
        .tables
        .plans
        .apply(delivery_messages::Plan { request_id: Some("r-1".to_owned()), ..plan }, RecordMeta::default());
    assert!(matches!(serve(&operator, REQUEST).await, Ok(Outcome::Repeated)));
    asked(operator, serving).await;
}

#[tokio::test]
async fn a_request_that_is_erased_makes_no_delivery_and_no_dead_letter_and_asks_nothing() {
    let (client, serving) = server(vec![]);
    let operator = operator(client);
    operator.log.tables.erased.apply("r-1", true);
    operator.log.tables.erased.apply(RECORD, true);
    for value in [REQUEST, br#"{"routeId":"1","clientId":"a"}"#] {
        assert!(matches!(serve(&operator, value).await, Ok(Outcome::Erased)));
    }
    assert!(!operator.log.tables.plans.has_request("r-1"));
    asked(operator, serving).await;
}

#[tokio::test]
async fn a_name_that_another_request_has_is_left_to_it() {
    let answers = vec![answer(Method::GET, "", 200, found("another")), nothing(), created()];
    let (client, serving) = server(answers);
    let (_broker, operator) = with_kafka(client);
    assert!(matches!(serve(&operator, REQUEST).await, Ok(Outcome::Created)));
    assert_eq!(asked(operator, serving).await[2].body["metadata"]["name"], name(1));
}

#[tokio::test]
async fn an_unknown_route_is_rejected_without_a_request_to_kubernetes() {
    let (client, serving) = server(vec![]);
    let operator = operator(client);
    let rejection = rejection(serve(&operator, br#"{"routeId":"9","clientId":"a","requestId":"r-9"}"#).await);
    assert_eq!((rejection.refusal.reason(), rejection.request_id.as_deref()), ("UnknownRoute", Some("r-9")));
    asked(operator, serving).await;
}

#[tokio::test]
async fn a_delivery_that_the_api_server_finds_invalid_is_rejected_in_its_words() {
    let invalid = "Delivery.codedelivery.dev is invalid: spec.seed: should be even";
    let (client, serving) = server(vec![nothing(), refused(Method::POST, "/deliveries", 422, invalid)]);
    let operator = operator(client);
    let rejection = rejection(serve(&operator, br#"{"routeId":"1","requestId":"r-1","seed":9}"#).await);
    assert_eq!(rejection.refusal.reason(), "InvalidRequest");
    assert!(rejection.refusal.to_string().contains("spec.seed"), "{}", rejection.refusal);
    asked(operator, serving).await;
}

#[tokio::test]
async fn an_exhausted_quota_is_a_rejection() {
    let quota = "deliveries is forbidden: exceeded quota: few";
    let (client, serving) = server(vec![nothing(), refused(Method::POST, "/deliveries", 403, quota)]);
    let operator = operator(client);
    assert_eq!(rejection(serve(&operator, REQUEST).await).refusal.reason(), "TooManyActive");
    asked(operator, serving).await;
}

/// What the API server says when the operator lacks a permission.
const RBAC: &str = r#"deliveries.codedelivery.dev is forbidden: User "system:serviceaccount:shop:operator" cannot create resource "deliveries" in API group "codedelivery.dev" in the namespace "shop""#;
const TERMINATING: &str = r#"deliveries.codedelivery.dev "a" is forbidden: unable to create new content in namespace shop because it is being terminated"#;
const POLICY: &str = r#"deliveries.codedelivery.dev "a" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: this courier may not drive here"#;

#[tokio::test]
async fn whatever_the_api_server_refuses_for_good_is_rejected_in_its_words() {
    let webhook = r#"admission webhook "w" denied the request: x is forbidden: User "a" cannot drive"#;
    let gone = r#"namespaces "shop" not found"#;
    let all = [(403, POLICY), (403, webhook), (404, gone), (413, "Request entity too large"), (405, "Not allowed")];
    for (code, message) in all {
        let (client, serving) = server(vec![nothing(), refused(Method::POST, "/deliveries", code, message)]);
        let operator = operator(client);
        let rejection = rejection(serve(&operator, REQUEST).await);
        assert_eq!(rejection.refusal.reason(), "RequestDenied");
        assert!(rejection.refusal.to_string().contains(message), "{}", rejection.refusal);
        asked(operator, serving).await;
    }
}

#[tokio::test]
async fn a_megabyte_of_refusal_is_cut() {
    let long = delivery_fuzz::megabyte();
    let (client, serving) = server(vec![nothing(), refused(Method::POST, "/deliveries", 422, &long)]);
    let operator = operator(client);
    assert!(rejection(serve(&operator, REQUEST).await).refusal.to_string().len() <= 1024);
    asked(operator, serving).await;
}

#[tokio::test]
async fn a_request_whose_names_are_all_taken_is_rejected() {
    let taken = || answer(Method::GET, "", 200, found("another"));
    let (client, serving) = server(vec![taken(), taken(), taken()]);
    let operator = operator(client);
    assert_eq!(rejection(serve(&operator, REQUEST).await).refusal.reason(), "NameTaken");
    asked(operator, serving).await;
}

#[tokio::test]
async fn a_command_that_is_refused_for_good_is_rejected_and_one_that_we_may_not_carry_out_is_retried() {
    for (action, method) in [("cancel", Method::DELETE), ("suspend", Method::PATCH)] {
        for (code, message, reason) in
            [(403, POLICY, Some("RequestDenied")), (422, "any", Some("InvalidRequest")), (403, RBAC, None)]
        {
            let (client, serving) = server(vec![refused(method.clone(), "/deliveries/primeiro", code, message)]);
            let operator = with_delivery(client, "Running");
            let outcome = commanded(&operator, &command(action)).await;
            match reason {
                Some(reason) => assert_eq!(rejection(outcome).refusal.reason(), reason),
                None => assert!(outcome.is_err(), "{action} is retried"),
            }
            asked(operator, serving).await;
        }
    }
}

#[tokio::test]
async fn while_kubernetes_is_down_a_request_is_retried() {
    let silent = || refused(Method::GET, "", 500, "InternalError");
    let refusing = |code, message| vec![nothing(), refused(Method::POST, "/deliveries", code, message)];
    let unserved = "the server could not find the requested resource";
    let all =
        [refusing(503, "any"), refusing(500, "any"), refusing(409, "any"), refusing(401, "any"), refusing(429, "any")];
    let ours = [refusing(403, RBAC), refusing(403, TERMINATING), refusing(404, TERMINATING), refusing(404, unserved)];
    for answers in std::iter::once(vec![silent()]).chain(all).chain(ours) {
        let (client, serving) = server(answers);
        let operator = operator(client);
        assert!(serve(&operator, REQUEST).await.is_err());
        asked(operator, serving).await;
    }
}

#[tokio::test]
async fn a_request_beyond_the_limit_is_rejected_before_the_watch_returns_the_earlier_ones() {
    let mut answers = Vec::new();
    for n in 0..100 {
        answers.extend([nothing(), created_for(&format!("r-{n}"))]);
    }
    answers.push(nothing());
    let (client, serving) = server(answers);
    let (_broker, operator) = with_kafka(client);
    for n in 0..100 {
        let request = format!(r#"{{"routeId":"1","clientId":"a","requestId":"r-{n}"}}"#);
        assert!(matches!(serve(&operator, request.as_bytes()).await, Ok(Outcome::Created)));
    }
    let rejection = rejection(serve(&operator, br#"{"routeId":"1","clientId":"a","requestId":"r-100"}"#).await);
    assert_eq!(rejection.refusal.reason(), "TooManyActive", "maxActivePerClient is 100");
    asked(operator, serving).await;
}

/// An operator whose watch has returned one Delivery in this phase.
fn with_delivery(client: kube::Client, phase: &str) -> Operator {
    let mut delivery = testing::delivery("");
    delivery.status = Some(serde_json::from_value(json!({ "phase": phase })).unwrap());
    crate::testing::server::operator_with(client, vec![delivery])
}

fn command(action: &str) -> Vec<u8> {
    let id = "7d0c6a1e-0000-4000-8000-000000000001";
    format!(r#"{{"deliveryId":"{id}","requestId":"r-1","action":"{action}"}}"#).into_bytes()
}

#[tokio::test]
async fn commands_change_the_object_they_name_and_no_other_of_its_name() {
    for (action, what) in [("suspend", "PATCH"), ("resume", "PATCH"), ("cancel", "DELETE")] {
        let method: Method = what.parse().unwrap();
        let done = serde_json::to_value(testing::delivery("")).unwrap();
        let (client, serving) = server(vec![answer(method, "/deliveries/primeiro", 200, done), event()]);
        let operator = with_delivery(client, "Running");
        assert!(matches!(commanded(&operator, &command(action)).await, Ok(Outcome::Done)));
        let asked = asked(operator, serving).await;
        let uid =
            if what == "DELETE" { &asked[0].body["preconditions"]["uid"] } else { &asked[0].body["metadata"]["uid"] };
        assert_eq!(uid, "7d0c6a1e-0000-4000-8000-000000000001");
        if what == "PATCH" {
            assert_eq!(asked[0].body["spec"]["suspend"], action == "suspend");
            assert_eq!(asked[0].body["metadata"]["resourceVersion"], "100", "the object as it was seen");
            assert_eq!(
                asked[0].body["metadata"]["annotations"]["codedelivery.dev/command"],
                "delivery.command/2/41@5000"
            );
        }
        let (event, note) = (&asked[1].body, asked[1].body["note"].as_str().unwrap());
        assert_eq!(event["regarding"]["uid"], "7d0c6a1e-0000-4000-8000-000000000001");
        assert!(event["reason"].as_str().unwrap().to_lowercase().starts_with(action), "{event}");
        assert!(note.contains("r-1") && note.contains("delivery.command/2/41"), "{note}");
    }
}

#[tokio::test]
async fn a_command_that_another_change_overtook_is_tried_again_on_the_newer_object() {
    for action in ["suspend", "resume"] {
        let conflict = refused(Method::PATCH, "/deliveries/primeiro", 409, "the object has been modified");
        let (client, serving) = server(vec![conflict]);
        let operator = with_delivery(client, "Running");
        assert!(matches!(commanded(&operator, &command(action)).await, Err(Retry::Changed(_))), "{action}");
        asked(operator, serving).await;
    }
}

#[tokio::test]
async fn a_command_for_a_delivery_that_does_not_exist_or_has_ended_is_rejected() {
    let (client, serving) = server(vec![]);
    let operator = with_delivery(client, "Finished");
    let outcome = commanded(&operator, &command("cancel")).await;
    assert_eq!(rejection(outcome).refusal.reason(), "DeliveryEnded");
    let unknown = br#"{"deliveryId":"no-such","requestId":"r-2","action":"cancel"}"#;
    let outcome = rejection(commanded(&operator, unknown).await);
    assert_eq!((outcome.refusal.reason(), outcome.request_id.as_deref()), ("UnknownDelivery", Some("r-2")));
    let outcome = commanded(&operator, br#"{"deliveryId":"a","action":"explode"}"#).await;
    assert_eq!(rejection(outcome).refusal.reason(), "MalformedRecord");
    asked(operator, serving).await;
    let (client, serving) = server(vec![refused(Method::DELETE, "/deliveries/primeiro", 409, "Conflict")]);
    let operator = with_delivery(client, "Running");
    assert_eq!(rejection(commanded(&operator, &command("cancel")).await).refusal.reason(), "UnknownDelivery");
    asked(operator, serving).await;
    let (client, serving) = server(vec![refused(Method::DELETE, "/deliveries/primeiro", 503, "away")]);
    let operator = with_delivery(client, "Running");
    assert!(commanded(&operator, &command("cancel")).await.is_err(), "it is retried");
    asked(operator, serving).await;
}

#[tokio::test]
async fn commands_that_kafka_hands_out_again_change_nothing_and_newer_ones_do() {
    for action in ["suspend", "resume", "cancel"] {
        for (record, acts) in [("delivery.command/2/40", false), (COMMAND, false), ("delivery.command/2/42", true)] {
            let mut delivery = testing::delivery("");
            let annotations = delivery.metadata.annotations.get_or_insert_default();
            annotations.insert("codedelivery.dev/command".to_owned(), format!("{COMMAND}@5000"));
            let done = serde_json::to_value(testing::delivery("")).unwrap();
            let method = if action == "cancel" { Method::DELETE } else { Method::PATCH };
            let answers = if acts { vec![answer(method, "/deliveries/primeiro", 200, done), event()] } else { vec![] };
            let (client, serving) = server(answers);
            let operator = crate::testing::server::operator_with(client, vec![delivery]);
            let outcome = commanded_by(&operator, record, &command(action)).await.unwrap();
            assert_eq!(outcome.label(), if acts { "done" } else { "repeated" }, "{action} {record}");
            asked(operator, serving).await;
        }
    }
}
