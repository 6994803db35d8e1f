//! Reconciliations against an API server that answers as each test says.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests")]

mod common;

use common::server::{Answer, answer, asked, context, refused, server, whats};
use common::{NOW, PENDING, RUNNING, at, pod_name, pod_object, route_key};
use delivery_api::{Delivery, DeliveryRoute};
use delivery_messages::{PlanPhase, StatePhase};
use delivery_operator::context::Context;
use delivery_operator::plans::Heard;
use delivery_operator::reconcile::reconcile;
use delivery_operator::record::{self, RouteOfPlan};
use delivery_operator::view::Facts;
use http::Method;
use serde_json::{Value, json};

fn list(pods: &[k8s_openapi::api::core::v1::Pod]) -> Answer {
    let list = json!({ "apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": pods });
    answer(Method::GET, "/namespaces/shop/pods", 200, list)
}

fn patched(delivery: &Delivery) -> Answer {
    let mut answered = serde_json::to_value(delivery).unwrap();
    answered["metadata"]["resourceVersion"] = json!("200");
    answer(Method::PATCH, "/deliveries/primeiro/status", 200, answered)
}

fn event() -> Answer {
    answer(Method::POST, "/events", 201, json!({ "metadata": {} }))
}

fn created(path: &'static str) -> Answer {
    answer(Method::POST, path, 201, json!({ "metadata": { "name": pod_name(1) } }))
}

/// A Delivery whose plan and route Kafka holds already, so that nothing must be written there.
fn published(context: &Context, delivery: &Delivery, phase: PlanPhase, facts: &Facts) {
    let key = route_key();
    let route = RouteOfPlan { id: "1", key: &key };
    context.plans.read(record::plan(delivery, phase, route, facts, "shop/code-delivery"), Heard::default());
    let route: DeliveryRoute = serde_yaml::from_str(common::ROUTE).unwrap();
    let route = delivery_operator::route::examine(&route, std::iter::empty()).unwrap();
    context.catalogue.read(&route.key(), &route, None);
}

fn under_way() -> k8s_openapi::api::core::v1::Pod {
    let mut pod = pod_object(1, RUNNING);
    let annotations = pod.metadata.annotations.get_or_insert_default();
    annotations.insert("codedelivery.dev/route-revision".to_owned(), route_key());
    pod
}

#[tokio::test]
async fn an_unchanged_status_writes_nothing() {
    let mut delivery = common::delivery("");
    let first = {
        let (client, serving) = server(vec![list(&[under_way()]), patched(&delivery), event()]);
        let context = context(client);
        published(&context, &delivery, PlanPhase::Accepted, &Facts::default());
        context.states.read(delivery.metadata.uid.as_deref().unwrap(), Some(common::state(80, StatePhase::Running)), 0);
        reconcile(&context, &delivery, at(NOW)).await.unwrap();
        asked(context, serving).await
    };
    assert_eq!(whats(&first), ["GET pods", "PATCH deliveries/primeiro/status", "POST events"]);
    assert!(first[0].query.contains("labelSelector=codedelivery.dev%2Fdelivery-uid%3D7d0c6a1e"));
    assert!(first[1].query.contains("force=true") && first[1].query.contains("fieldManager=code-delivery-operator"));
    assert_eq!(first[1].body["status"]["phase"], "Running");
    assert_eq!(first[1].body["metadata"]["uid"], delivery.metadata.uid.clone().unwrap());
    assert_eq!(first[2].body["reason"], "UnderWay");

    delivery.status = serde_json::from_value(first[1].body["status"].clone()).unwrap();
    let (client, serving) = server(vec![list(&[under_way()])]);
    let context = context(client);
    published(&context, &delivery, PlanPhase::Accepted, &Facts::default());
    context.states.read(delivery.metadata.uid.as_deref().unwrap(), Some(common::state(80, StatePhase::Running)), 0);
    let again = reconcile(&context, &delivery, at(NOW)).await.unwrap();
    assert_eq!(again.map(|again| again.as_secs()), Some(2), "its progress is looked at again");
    assert_eq!(whats(&asked(context, serving).await), ["GET pods"]);
}

#[tokio::test]
async fn a_new_delivery_has_its_attempt_recorded_and_then_gets_a_config_map_and_a_pod() {
    let mut delivery = common::delivery("");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let annotations = delivery.metadata.annotations.get_or_insert_default();
    annotations.insert("codedelivery.dev/traceparent".to_owned(), trace.to_owned());
    let answers = vec![list(&[]), patched(&delivery), event(), created("/configmaps"), created("/pods")];
    let (client, serving) = server(answers);
    let context = context(client);
    published(&context, &delivery, PlanPhase::Accepted, &Facts::default());
    reconcile(&context, &delivery, at(NOW)).await.unwrap();
    let asked = asked(context, serving).await;
    assert_eq!(
        whats(&asked),
        ["GET pods", "PATCH deliveries/primeiro/status", "POST events", "POST configmaps", "POST pods"]
    );
    assert_eq!(asked[1].body["metadata"]["resourceVersion"], "100", "only if it is as it was seen");
    let (map, pod) = (&asked[3].body, &asked[4].body);
    assert_eq!(map["metadata"]["name"], pod["metadata"]["name"]);
    assert_eq!(map["immutable"], true);
    let plans: Value = serde_json::from_str(map["data"]["plans.json"].as_str().unwrap()).unwrap();
    assert_eq!(plans["plans"][0]["plan"]["deliveryId"], delivery.metadata.uid.clone().unwrap());
    assert_eq!(plans["plans"][0]["traceparent"], trace);
    assert_eq!(plans["plans"][0]["route"]["path"].as_array().unwrap().len(), 2);
    let configuration: Value = serde_yaml::from_str(map["data"]["config.yaml"].as_str().unwrap()).unwrap();
    assert_eq!(configuration["kafka"]["topicPrefix"], "north.");
    assert_eq!(configuration["kafka"]["propertiesDirectory"], "/etc/code-delivery-kafka");
    assert_restricted(pod);
    assert_eq!(pod["metadata"]["generateName"], "primeiro-");
    assert_eq!(pod["metadata"]["ownerReferences"][0]["controller"], true);
    let status = &asked[1].body["status"];
    assert_eq!((&status["phase"], &status["attempt"]), (&json!("Pending"), &json!(1)));
    assert_eq!(status.get("podName"), None, "nobody has seen it yet");
    assert_eq!(status["routeRevision"], route_key());
}

fn assert_restricted(pod: &Value) {
    let (spec, container) = (&pod["spec"], &pod["spec"]["containers"][0]);
    assert_eq!(spec["automountServiceAccountToken"], false);
    assert_eq!(spec["restartPolicy"], "OnFailure");
    assert_eq!(spec["terminationGracePeriodSeconds"], 15);
    assert_eq!(spec["securityContext"]["runAsNonRoot"], true);
    assert_eq!(spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
    assert_eq!(container["securityContext"]["capabilities"]["drop"], json!(["ALL"]));
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["ports"][0]["name"], "http-metrics");
    let tolerations = spec["tolerations"].as_array().unwrap();
    assert!(tolerations.len() == 2 && tolerations.iter().all(|one| one["tolerationSeconds"] == 30));
}

/// The pod's name is taken, by an object with this owner.
fn taken(owner: &str) -> Vec<Answer> {
    let found = json!({ "metadata": { "name": pod_name(1), "ownerReferences": [
        { "apiVersion": "v1", "kind": "Delivery", "name": "primeiro", "uid": owner }
    ] } });
    vec![
        list(&[]),
        patched(&common::delivery("")),
        event(),
        created("/configmaps"),
        refused(Method::POST, "/pods", 409, "AlreadyExists"),
        answer(Method::GET, "", 200, found),
    ]
}

#[tokio::test]
async fn a_pod_of_ours_that_is_there_already_is_a_success() {
    let delivery = common::delivery("");
    let (client, serving) = server(taken(delivery.metadata.uid.as_deref().unwrap()));
    let context = context(client);
    published(&context, &delivery, PlanPhase::Accepted, &Facts::default());
    reconcile(&context, &delivery, at(NOW)).await.unwrap();
    assert_eq!(asked(context, serving).await[1].body["status"]["attempt"], 1);
}

#[tokio::test]
async fn a_name_that_a_stranger_has_is_reported_and_never_taken() {
    let delivery = common::delivery("");
    let mut answers = taken("somebody else");
    answers.extend([patched(&delivery), event()]);
    let (client, serving) = server(answers);
    let context = context(client);
    published(&context, &delivery, PlanPhase::Accepted, &Facts::default());
    let error = reconcile(&context, &delivery, at(NOW)).await.unwrap_err();
    assert_eq!(error.reason(), "NameTaken");
    let asked = asked(context, serving).await;
    let said = &asked[6].body["status"];
    let conditions = said["conditions"].as_array().unwrap();
    let running = conditions.iter().find(|condition| condition["type"] == "Running").unwrap();
    assert_eq!(running["reason"], "NameTaken");
    assert!(running["message"].as_str().unwrap().contains(&pod_name(1)), "{running}");
    assert_eq!(said["attempt"], Value::Null, "there was no attempt");
}

#[tokio::test]
async fn a_config_map_of_an_attempt_that_came_no_further_is_made_anew() {
    let delivery = common::delivery("");
    let left = json!({ "metadata": { "name": pod_name(1), "ownerReferences": [
        { "apiVersion": "v1", "kind": "Delivery", "name": "primeiro", "uid": delivery.metadata.uid }
    ] }, "data": { "plans.json": "an older plan" } });
    let answers = vec![
        list(&[]),
        patched(&delivery),
        event(),
        refused(Method::POST, "/configmaps", 409, "AlreadyExists"),
        answer(Method::GET, "", 200, left),
        answer(Method::DELETE, "", 200, json!({ "kind": "Status", "status": "Success" })),
        created("/configmaps"),
        created("/pods"),
    ];
    let (client, serving) = server(answers);
    let context = context(client);
    published(&context, &delivery, PlanPhase::Accepted, &Facts::default());
    reconcile(&context, &delivery, at(NOW)).await.unwrap();
    asked(context, serving).await;
}

#[tokio::test]
async fn an_api_server_in_trouble_is_an_error_and_nothing_is_created() {
    let (client, serving) = server(vec![refused(Method::GET, "/pods", 500, "InternalError")]);
    let context = context(client);
    let error = reconcile(&context, &common::delivery(""), at(NOW)).await.unwrap_err();
    assert_eq!(error.reason(), "ApiError");
    assert!(error.to_string().contains("list the pods"), "{error}");
    assert_eq!(whats(&asked(context, serving).await), ["GET pods"]);
}

/// What follows a pod that the API server answers so about.
async fn with_a_pod_that(answered: Answer) -> (String, Value) {
    let delivery = common::delivery("");
    let answers =
        vec![list(&[]), patched(&delivery), event(), created("/configmaps"), answered, patched(&delivery), event()];
    let (client, serving) = server(answers);
    let context = context(client);
    published(&context, &delivery, PlanPhase::Accepted, &Facts::default());
    let reason = reconcile(&context, &delivery, at(NOW)).await.unwrap_err().reason();
    let asked = asked(context, serving).await;
    assert_eq!(asked[5].body["metadata"]["resourceVersion"], "200", "its own record is no change by another");
    assert_eq!(asked[6].body["type"], "Warning");
    (reason.to_owned(), asked[5].body["status"].clone())
}

#[tokio::test]
async fn a_pod_that_cannot_be_created_is_said_in_the_status_and_was_no_attempt() {
    let refusal = refused(Method::POST, "/pods", 403, "pods is forbidden: violates PodSecurity");
    let (reason, status) = with_a_pod_that(refusal).await;
    assert!(status["conditions"].to_string().contains("violates PodSecurity"));
    assert_eq!((reason.as_str(), &status["attempt"]), ("ApiError", &Value::Null));
}

#[tokio::test]
async fn a_pod_that_may_have_been_created_was_an_attempt() {
    let (reason, status) = with_a_pod_that(refused(Method::POST, "/pods", 500, "InternalError")).await;
    assert_eq!((reason.as_str(), &status["attempt"], status.get("podName")), ("PodUncertain", &json!(1), None));
}

#[tokio::test]
async fn an_attempt_that_another_process_has_recorded_is_left_to_it() {
    let delivery = common::delivery("");
    let taken = refused(Method::PATCH, "/deliveries/primeiro/status", 409, "Conflict");
    let (client, serving) = server(vec![list(&[]), taken]);
    let context = context(client);
    published(&context, &delivery, PlanPhase::Accepted, &Facts::default());
    let again = reconcile(&context, &delivery, at(NOW)).await.unwrap();
    assert_eq!(again, Some(delivery_operator::report::OUTDATED));
    assert_eq!(whats(&asked(context, serving).await), ["GET pods", "PATCH deliveries/primeiro/status"]);
}

#[tokio::test]
async fn a_delivery_that_vanishes_while_its_status_is_written_is_no_error() {
    for code in [404, 409] {
        let delivery = common::delivery("");
        let gone = refused(Method::PATCH, "/deliveries/primeiro/status", code, "NotFound");
        let (client, serving) = server(vec![list(&[under_way()]), gone]);
        let context = context(client);
        published(&context, &delivery, PlanPhase::Accepted, &Facts::default());
        reconcile(&context, &delivery, at(NOW)).await.unwrap();
        asked(context, serving).await;
    }
}

#[tokio::test]
async fn a_delivery_that_is_being_deleted_causes_no_request() {
    let mut delivery = common::delivery("");
    delivery.metadata.deletion_timestamp = delivery.metadata.creation_timestamp.clone();
    let (client, serving) = server(vec![]);
    let context = context(client);
    assert_eq!(reconcile(&context, &delivery, at(NOW)).await.unwrap(), None);
    assert!(asked(context, serving).await.is_empty());
}

#[tokio::test]
async fn what_is_deleted_already_needs_no_deletion() {
    let mut delivery = common::delivery("suspend: true");
    delivery.metadata.generation = Some(2);
    let answers = vec![
        list(&[under_way()]),
        refused(Method::DELETE, "", 404, "NotFound"),
        refused(Method::DELETE, "", 404, "NotFound"),
        patched(&delivery),
        event(),
    ];
    let (client, serving) = server(answers);
    let context = context(client);
    published(&context, &delivery, PlanPhase::Suspended, &Facts::default());
    reconcile(&context, &delivery, at(NOW)).await.unwrap();
    let asked = asked(context, serving).await;
    assert!(whats(&asked)[1].starts_with("DELETE pods/") && whats(&asked)[2].starts_with("DELETE configmaps/"));
    assert_eq!(asked[1].body["preconditions"]["uid"], "pod-1", "never another pod of that name");
    assert_eq!(asked[3].body["status"]["phase"], "Suspended");
}

#[tokio::test]
async fn the_time_of_a_resumption_is_written_first_and_an_old_echo_does_not_change_it() {
    let suspended = common::Scene::new("suspend: true").then("");
    let mut delivery = suspended.delivery;
    delivery.status.as_mut().unwrap().route_revision = Some(route_key());
    let answers = vec![
        list(&[]),
        patched(&delivery),
        patched(&delivery),
        event(),
        created("/configmaps"),
        created("/pods"),
        list(&[pod_object(1, PENDING)]),
        patched(&delivery),
    ];
    let (client, serving) = server(answers);
    let context = context(client);
    published(&context, &delivery, PlanPhase::Accepted, &Facts { resumed_at: Some(at(NOW)), ..Facts::default() });
    reconcile(&context, &delivery, at(NOW)).await.unwrap();
    // The watch has not brought what was written: the object is as it was.
    reconcile(&context, &delivery, at("2026-11-22T10:02:00Z")).await.unwrap();
    let asked = asked(context, serving).await;
    assert_eq!(
        whats(&asked),
        [
            "GET pods",
            "PATCH deliveries/primeiro/status",
            "PATCH deliveries/primeiro/status",
            "POST events",
            "POST configmaps",
            "POST pods",
            "GET pods",
            "PATCH deliveries/primeiro/status"
        ]
    );
    assert_eq!(asked[1].body["status"]["resumedAt"], NOW);
    assert_eq!(asked[7].body["status"]["resumedAt"], NOW);
    let plans: Value = serde_json::from_str(asked[4].body["data"]["plans.json"].as_str().unwrap()).unwrap();
    assert_eq!(plans["plans"][0]["plan"]["resumedAt"], at(NOW).as_millisecond());
}
