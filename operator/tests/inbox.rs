//! Start requests and commands against an API server that answers as each test says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::kafka::{self, Broker};
use common::server::{Answer, answer, asked, context, refused, server, whats};
use delivery_messages::{Plan, Topic};
use delivery_operator::context::Context;
use delivery_operator::inbox::{Later, Outcome, Rejection};
use delivery_operator::plans::Heard;
use delivery_operator::requests::Origin;
use delivery_operator::{commands, names, requests};
use http::Method;
use serde_json::json;
use std::time::Duration;

const REQUEST: &[u8] = br#"{"routeId":"1","clientId":"a","requestId":"r-1"}"#;
const PLACE: &str = "route.new-direction/0/41";

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

fn nobody() -> Answer {
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

async fn serve(context: &Context, value: &[u8]) -> Result<Outcome, Later> {
    let origin = Origin { place: PLACE.to_owned(), at: i64::MAX, trace: None };
    requests::serve(context, &origin, Some(value)).await
}

/// A context with a Kafka, for what becomes a Delivery.
fn with_kafka(client: kube::Client) -> (Broker, Context) {
    let (broker, kafka) = kafka::broker();
    (broker, common::server::context_of(client, Vec::new(), Some(kafka)))
}

fn rejection(outcome: Result<Outcome, Later>) -> Rejection {
    match outcome.unwrap() {
        Outcome::Rejected(rejection) => {
            assert!(!rejection.message.is_empty());
            rejection
        }
        Outcome::Done(what) => panic!("it was {what}"),
    }
}

#[tokio::test]
async fn a_request_becomes_a_delivery_and_a_plan_before_it_counts_as_served() {
    let (client, serving) = server(vec![nobody(), created()]);
    let (_broker, context) = with_kafka(client);
    assert!(matches!(serve(&context, REQUEST).await, Ok(Outcome::Done("created"))));
    assert!(matches!(serve(&context, REQUEST).await, Ok(Outcome::Done("repeated"))), "nobody needs to be asked");
    let plans = kafka::records(&context.config.kafka, Topic::Plan).await;
    let routes = kafka::records(&context.config.kafka, Topic::Catalogue).await;
    let asked = asked(context, serving).await;
    assert_eq!(whats(&asked), [format!("GET deliveries/{}", name(0)), "POST deliveries".to_owned()]);
    assert_eq!(asked[1].body["metadata"]["name"], name(0));
    assert_eq!(asked[1].body["spec"]["routeRef"]["name"], "primeiro", "the object's name, not the route's id");
    assert_eq!(asked[1].body["spec"]["ttlSecondsAfterFinished"], 3600);
    let plan: Plan = plans[0].read(Topic::Plan);
    assert_eq!((plans.len(), plan.request_id.as_deref(), plan.version), (1, Some("r-1"), 2));
    assert_eq!(plan.route, routes[0].key, "the route is there too");
    assert_eq!(plans[0].headers["traceparent"], delivery_operator::trace::made(&plan.delivery_id));
}

#[tokio::test]
async fn a_request_that_is_a_delivery_already_makes_no_other_and_gets_the_plan_that_was_not_written() {
    let (client, serving) = server(vec![answer(Method::GET, "", 200, found("r-1"))]);
    let (_broker, context) = with_kafka(client);
    assert!(matches!(serve(&context, REQUEST).await, Ok(Outcome::Done("repeated"))));
    assert!(context.plans.has_request("r-1"));
    asked(context, serving).await;
}

#[tokio::test]
async fn a_request_whose_plan_kafka_does_not_take_waits() {
    let (client, serving) = server(vec![nobody(), created(), answer(Method::GET, "", 200, found("r-1"))]);
    let context = context(client);
    for _ in 0..2 {
        // Neither at first, nor when it comes again: a Kafka of nobody answers to no one.
        let served = tokio::time::timeout(Duration::from_secs(1), serve(&context, REQUEST)).await;
        assert!(!matches!(served, Ok(Ok(_))));
    }
    assert!(!context.plans.has_request("r-1"));
    asked(context, serving).await;
}

#[tokio::test]
async fn a_request_whose_plan_is_in_the_log_is_done_even_if_its_delivery_is_gone() {
    let (client, serving) = server(vec![]);
    let context = context(client);
    let delivery = common::delivery("");
    let facts = delivery_operator::view::Facts::default();
    let route = delivery_operator::record::RouteOfPlan { id: "1", key: "shop/primeiro@a" };
    let plan =
        delivery_operator::record::plan(&delivery, delivery_messages::PlanPhase::Accepted, route, &facts, "shop/x");
    context.plans.read(delivery_messages::Plan { request_id: Some("r-1".to_owned()), ..plan }, Heard::default());
    assert!(matches!(serve(&context, REQUEST).await, Ok(Outcome::Done("repeated"))));
    asked(context, serving).await;
}

#[tokio::test]
async fn a_request_that_is_erased_makes_no_delivery_and_no_dead_letter_and_asks_nobody() {
    let (client, serving) = server(vec![]);
    let context = context(client);
    context.erased.read("r-1", true);
    context.erased.read(PLACE, true);
    for value in [REQUEST, br#"{"routeId":"1","clientId":"a"}"#] {
        assert!(matches!(serve(&context, value).await, Ok(Outcome::Done("erased"))));
    }
    assert!(!context.plans.has_request("r-1"));
    asked(context, serving).await;
}

#[tokio::test]
async fn a_name_that_another_request_has_is_left_to_it() {
    let answers = vec![answer(Method::GET, "", 200, found("another")), nobody(), created()];
    let (client, serving) = server(answers);
    let (_broker, context) = with_kafka(client);
    assert!(matches!(serve(&context, REQUEST).await, Ok(Outcome::Done("created"))));
    assert_eq!(asked(context, serving).await[2].body["metadata"]["name"], name(1));
}

#[tokio::test]
async fn an_unknown_route_is_rejected_without_asking_anybody() {
    let (client, serving) = server(vec![]);
    let context = context(client);
    let rejection = rejection(serve(&context, br#"{"routeId":"9","clientId":"a","requestId":"r-9"}"#).await);
    assert_eq!((rejection.reason, rejection.request_id.as_deref()), ("UnknownRoute", Some("r-9")));
    asked(context, serving).await;
}

#[tokio::test]
async fn what_the_api_server_finds_invalid_is_rejected_in_its_words() {
    let invalid = "Delivery.codedelivery.dev is invalid: spec.speedKmh: should be less than or equal to 1000";
    let (client, serving) = server(vec![nobody(), refused(Method::POST, "/deliveries", 422, invalid)]);
    let context = context(client);
    let rejection = rejection(serve(&context, br#"{"routeId":"1","requestId":"r-1","speedKmh":9000}"#).await);
    assert_eq!(rejection.reason, "InvalidRequest");
    assert!(rejection.message.contains("spec.speedKmh"), "{}", rejection.message);
    asked(context, serving).await;
}

#[tokio::test]
async fn a_full_namespace_is_one_too_many() {
    let quota = "deliveries is forbidden: exceeded quota: few";
    let (client, serving) = server(vec![nobody(), refused(Method::POST, "/deliveries", 403, quota)]);
    let context = context(client);
    assert_eq!(rejection(serve(&context, REQUEST).await).reason, "TooManyActive");
    asked(context, serving).await;
}

#[tokio::test]
async fn while_kubernetes_is_away_a_request_waits() {
    let silent = || refused(Method::GET, "", 500, "InternalError");
    let refusing = |code| vec![nobody(), refused(Method::POST, "/deliveries", code, "any")];
    for answers in [vec![silent()], refusing(503), refusing(403), refusing(409)] {
        let (client, serving) = server(answers);
        let context = context(client);
        assert!(serve(&context, REQUEST).await.is_err());
        asked(context, serving).await;
    }
}

#[tokio::test]
async fn one_too_many_is_rejected_before_the_watch_brings_those_before_it() {
    let mut answers = Vec::new();
    for n in 0..100 {
        answers.extend([nobody(), created_for(&format!("r-{n}"))]);
    }
    answers.push(nobody());
    let (client, serving) = server(answers);
    let (_broker, context) = with_kafka(client);
    for n in 0..100 {
        let request = format!(r#"{{"routeId":"1","clientId":"a","requestId":"r-{n}"}}"#);
        assert!(matches!(serve(&context, request.as_bytes()).await, Ok(Outcome::Done("created"))));
    }
    let rejection = rejection(serve(&context, br#"{"routeId":"1","clientId":"a","requestId":"r-100"}"#).await);
    assert_eq!(rejection.reason, "TooManyActive", "maxActivePerClient is 100");
    asked(context, serving).await;
}

/// A context whose watch has brought one Delivery in this phase.
fn with_delivery(client: kube::Client, phase: &str) -> Context {
    let mut delivery = common::delivery("");
    delivery.status = Some(serde_json::from_value(json!({ "phase": phase })).unwrap());
    common::server::context_with(client, vec![delivery])
}

fn command(action: &str) -> Vec<u8> {
    let id = "7d0c6a1e-0000-4000-8000-000000000001";
    format!(r#"{{"deliveryId":"{id}","requestId":"r-1","action":"{action}"}}"#).into_bytes()
}

#[tokio::test]
async fn commands_change_the_object_they_name_and_no_other_of_its_name() {
    for (action, what) in [("suspend", "PATCH"), ("resume", "PATCH"), ("cancel", "DELETE")] {
        let method: Method = what.parse().unwrap();
        let done = serde_json::to_value(common::delivery("")).unwrap();
        let (client, serving) = server(vec![answer(method, "/deliveries/primeiro", 200, done)]);
        let context = with_delivery(client, "Running");
        assert!(matches!(commands::serve(&context, Some(&command(action))).await, Ok(Outcome::Done("done"))));
        let asked = asked(context, serving).await;
        let uid =
            if what == "DELETE" { &asked[0].body["preconditions"]["uid"] } else { &asked[0].body["metadata"]["uid"] };
        assert_eq!(uid, "7d0c6a1e-0000-4000-8000-000000000001");
        if what == "PATCH" {
            assert_eq!(asked[0].body["spec"]["suspend"], action == "suspend");
        }
    }
}

#[tokio::test]
async fn a_command_for_what_is_not_or_has_ended_is_rejected() {
    let (client, serving) = server(vec![]);
    let context = with_delivery(client, "Finished");
    let outcome = commands::serve(&context, Some(&command("cancel"))).await;
    assert_eq!(rejection(outcome).reason, "DeliveryEnded");
    let unknown = br#"{"deliveryId":"no-such","requestId":"r-2","action":"cancel"}"#;
    let outcome = rejection(commands::serve(&context, Some(unknown)).await);
    assert_eq!((outcome.reason, outcome.request_id.as_deref()), ("UnknownDelivery", Some("r-2")));
    let outcome = commands::serve(&context, Some(br#"{"deliveryId":"a","action":"explode"}"#)).await;
    assert_eq!(rejection(outcome).reason, "MalformedRecord");
    asked(context, serving).await;
    let (client, serving) = server(vec![refused(Method::DELETE, "/deliveries/primeiro", 409, "Conflict")]);
    let context = with_delivery(client, "Running");
    assert_eq!(rejection(commands::serve(&context, Some(&command("cancel"))).await).reason, "UnknownDelivery");
    asked(context, serving).await;
    let (client, serving) = server(vec![refused(Method::DELETE, "/deliveries/primeiro", 503, "away")]);
    let context = with_delivery(client, "Running");
    assert!(commands::serve(&context, Some(&command("cancel"))).await.is_err(), "it waits");
    asked(context, serving).await;
}
