//! Reconciliations against an API server that answers as each test says.

use std::collections::BTreeSet;

use delivery_api::{Delivery, DeliveryRoute};
use delivery_messages::{PlanPhase, StatePhase};
use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::base::reason::Reason;
use crate::deliveries::acting::record::{self, RouteOfPlan};
use crate::routes::examine::examine;
use crate::run::operator::Operator;
use crate::tables::plan_entry::RecordMeta;
use crate::testing;
use crate::testing::server::{Answer, Asked, answer, asked, operator, refused, server, whats};
use crate::testing::{NOW, PENDING, RUNNING, at, pod_name, pod_object, route_key};

async fn reconcile(operator: &Operator, delivery: &Delivery, now: Timestamp) -> Result<Option<Duration>, Error> {
    operator.deliveries.reconciler.reconcile(Subject::of(delivery).unwrap(), now).await
}

fn list(pods: &[k8s_openapi::api::core::v1::Pod]) -> Answer {
    let list = json!({ "apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": pods });
    answer(Method::GET, "/namespaces/shop/pods", 200, list)
}

fn patched(delivery: &Delivery) -> Answer {
    patched_as(delivery, 200)
}

/// The same, with the resource version that it then has.
fn patched_as(delivery: &Delivery, version: u64) -> Answer {
    let mut answered = serde_json::to_value(delivery).unwrap();
    answered["metadata"]["resourceVersion"] = json!(version.to_string());
    answer(Method::PATCH, "/deliveries/primeiro/status", 200, answered)
}

fn event() -> Answer {
    answer(Method::POST, "/events", 201, json!({ "metadata": {} }))
}

fn created(path: &'static str) -> Answer {
    answer(Method::POST, path, 201, json!({ "metadata": { "name": pod_name(1) } }))
}

/// A Delivery whose plan and route Kafka holds already, so that nothing must be written there.
fn published(operator: &Operator, delivery: &Delivery, phase: PlanPhase, facts: &Facts) {
    let key = route_key();
    let route = RouteOfPlan { id: "1", key: &key };
    operator.log.tables.plans.apply(
        record::plan(&Subject::of(delivery).unwrap(), phase, route, facts, "shop/code-delivery"),
        RecordMeta::default(),
    );
    let route: DeliveryRoute = serde_yaml::from_str(testing::ROUTE).unwrap();
    let route = examine(&route, std::iter::empty()).unwrap();
    operator.log.tables.catalogue.apply(&route.key(), &route, None);
}

fn under_way() -> k8s_openapi::api::core::v1::Pod {
    let mut pod = pod_object(1, RUNNING);
    let annotations = pod.metadata.annotations.get_or_insert_default();
    annotations.insert("codedelivery.dev/route-revision".to_owned(), route_key());
    pod
}

#[tokio::test]
async fn an_unchanged_status_writes_nothing() {
    let mut delivery = testing::delivery("");
    let first = {
        let (client, serving) = server(vec![list(&[under_way()]), patched(&delivery), event()]);
        let operator = operator(client);
        published(&operator, &delivery, PlanPhase::Accepted, &Facts::default());
        operator.log.tables.states.apply(
            delivery.metadata.uid.as_deref().unwrap(),
            Some(testing::state(80, StatePhase::Running)),
            0,
        );
        reconcile(&operator, &delivery, at(NOW)).await.unwrap();
        let plan = operator.log.tables.plans.get(delivery.metadata.uid.as_deref().unwrap()).unwrap();
        assert_eq!(plan.events.iter().map(|event| &event.reason).collect::<Vec<_>>(), ["UnderWay"]);
        asked(operator, serving).await
    };
    assert_eq!(whats(&first), ["GET pods", "PATCH deliveries/primeiro/status", "POST events"]);
    assert!(first[0].query.contains("labelSelector=codedelivery.dev%2Fdelivery-uid%3D7d0c6a1e"));
    assert!(first[1].query.contains("force=true") && first[1].query.contains("fieldManager=code-delivery-operator"));
    assert_eq!(first[1].body["status"]["phase"], "Running");
    assert_eq!(first[1].body["metadata"]["uid"], delivery.metadata.uid.clone().unwrap());
    assert_eq!(first[2].body["reason"], "UnderWay");

    delivery.status = serde_json::from_value(first[1].body["status"].clone()).unwrap();
    let (client, serving) = server(vec![list(&[under_way()])]);
    let operator = operator(client);
    published(&operator, &delivery, PlanPhase::Accepted, &Facts::default());
    operator.log.tables.states.apply(
        delivery.metadata.uid.as_deref().unwrap(),
        Some(testing::state(80, StatePhase::Running)),
        0,
    );
    let again = reconcile(&operator, &delivery, at(NOW)).await.unwrap();
    assert_eq!(again.map(|again| again.as_secs()), Some(2), "its progress is looked at again");
    assert_eq!(whats(&asked(operator, serving).await), ["GET pods"]);
}

#[tokio::test]
async fn a_new_delivery_has_its_attempt_recorded_and_then_gets_a_config_map_and_a_pod() {
    let mut delivery = testing::delivery("");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let annotations = delivery.metadata.annotations.get_or_insert_default();
    annotations.insert("codedelivery.dev/traceparent".to_owned(), trace.to_owned());
    let answers = vec![list(&[]), patched(&delivery), event(), created("/configmaps"), created("/pods")];
    let (client, serving) = server(answers);
    let operator = operator(client);
    published(&operator, &delivery, PlanPhase::Accepted, &Facts::default());
    reconcile(&operator, &delivery, at(NOW)).await.unwrap();
    let asked = asked(operator, serving).await;
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
    assert_eq!(status.get("podName"), None, "the pod has not been seen yet");
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
        patched(&testing::delivery("")),
        event(),
        created("/configmaps"),
        refused(Method::POST, "/pods", 409, "AlreadyExists"),
        answer(Method::GET, "", 200, found),
    ]
}

#[tokio::test]
async fn a_pod_of_ours_that_already_exists_is_a_success() {
    let delivery = testing::delivery("");
    let (client, serving) = server(taken(delivery.metadata.uid.as_deref().unwrap()));
    let operator = operator(client);
    published(&operator, &delivery, PlanPhase::Accepted, &Facts::default());
    reconcile(&operator, &delivery, at(NOW)).await.unwrap();
    assert_eq!(asked(operator, serving).await[1].body["status"]["attempt"], 1);
}

#[tokio::test]
async fn a_name_of_a_foreign_object_is_reported_and_never_taken_over() {
    let delivery = testing::delivery("");
    let mut answers = taken("somebody else");
    answers.extend([patched(&delivery), event()]);
    let (client, serving) = server(answers);
    let operator = operator(client);
    published(&operator, &delivery, PlanPhase::Accepted, &Facts::default());
    let error = reconcile(&operator, &delivery, at(NOW)).await.unwrap_err();
    assert_eq!(error.reason().as_str(), "NameTaken");
    let asked = asked(operator, serving).await;
    let status = &asked[6].body["status"];
    let conditions = status["conditions"].as_array().unwrap();
    let running = conditions.iter().find(|condition| condition["type"] == "Running").unwrap();
    assert_eq!(running["reason"], "NameTaken");
    assert!(running["message"].as_str().unwrap().contains(&pod_name(1)), "{running}");
    assert_eq!(status["attempt"], Value::Null, "there was no attempt");
}

#[tokio::test]
async fn an_outdated_config_map_of_an_earlier_try_is_recreated() {
    let delivery = testing::delivery("");
    let left = json!({ "metadata": { "name": pod_name(1), "uid": "map-1", "ownerReferences": [
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
    let operator = operator(client);
    published(&operator, &delivery, PlanPhase::Accepted, &Facts::default());
    reconcile(&operator, &delivery, at(NOW)).await.unwrap();
    let asked = asked(operator, serving).await;
    assert_eq!(asked[5].body["preconditions"]["uid"], "map-1", "never another ConfigMap of that name");
}

/// A pod with the labels of ours, and the name of the one that is to be made.
fn foreign(status: &str) -> k8s_openapi::api::core::v1::Pod {
    let mut pod = pod_object(1, status);
    pod.metadata.owner_references.get_or_insert_default()[0].uid = "somebody else".to_owned();
    pod
}

#[tokio::test]
async fn a_labelled_pod_of_somebody_else_neither_finishes_nor_fails_a_delivery_and_is_left_alone() {
    for status in [testing::SUCCEEDED, testing::EVICTED, RUNNING] {
        let delivery = testing::delivery("");
        let answers =
            vec![list(&[foreign(status)]), patched(&delivery), event(), created("/configmaps"), created("/pods")];
        let (client, serving) = server(answers);
        let operator = operator(client);
        published(&operator, &delivery, PlanPhase::Accepted, &Facts::default());
        reconcile(&operator, &delivery, at(NOW)).await.unwrap();
        let asked = asked(operator, serving).await;
        assert_eq!(asked[1].body["status"]["phase"], "Pending");
        assert_eq!(asked[1].body["status"]["attempt"], 1, "its own first attempt");
    }
    let mut delivery = testing::delivery("suspend: true");
    delivery.metadata.generation = Some(2);
    let (client, serving) = server(vec![list(&[foreign(RUNNING)]), patched(&delivery), event()]);
    let operator = operator(client);
    published(&operator, &delivery, PlanPhase::Suspended, &Facts::default());
    reconcile(&operator, &delivery, at(NOW)).await.unwrap();
    let asked = asked(operator, serving).await;
    assert_eq!(whats(&asked), ["GET pods", "PATCH deliveries/primeiro/status", "POST events"], "nothing is deleted");
}

#[tokio::test]
async fn a_config_map_of_somebody_else_is_not_deleted_with_a_pod_of_its_name() {
    for (owner, deletions) in [("somebody else", 1), (testing::delivery("").metadata.uid.as_deref().unwrap(), 2)] {
        let mut delivery = testing::delivery("suspend: true");
        delivery.metadata.generation = Some(2);
        let done = || answer(Method::DELETE, "", 200, json!({ "kind": "Status", "status": "Success" }));
        let map = json!({ "metadata": { "name": pod_name(1), "uid": "map-1", "ownerReferences": [
            { "apiVersion": "v1", "kind": "Any", "name": "any", "uid": owner }
        ] } });
        let mut answers = vec![list(&[under_way()]), answer(Method::GET, "", 200, map), patched(&delivery), event()];
        answers.extend((0..deletions).map(|_| done()));
        let (client, serving) = server(answers);
        let operator = operator(client);
        published(&operator, &delivery, PlanPhase::Suspended, &Facts::default());
        reconcile(&operator, &delivery, at(NOW)).await.unwrap();
        let asked = asked(operator, serving).await;
        let maps: Vec<_> = asked.iter().filter(|asked| asked.what.starts_with("DELETE configmaps/")).collect();
        assert_eq!(maps.len() + 1, deletions);
        assert!(maps.iter().all(|asked| asked.body["preconditions"]["uid"] == "map-1"));
    }
}

#[tokio::test]
async fn a_pod_that_is_not_listed_any_more_is_found_by_its_name_and_ended() {
    let mut delivery = testing::Scene::new("").pods([testing::pod(1, RUNNING)]).then("").delivery;
    delivery.status.as_mut().unwrap().route_revision = Some(route_key());
    let mut unlabelled = under_way();
    unlabelled.metadata.labels = None;
    let mut orphan = under_way();
    orphan.metadata.owner_references = None;
    for pod in [unlabelled, orphan] {
        let answers = vec![
            list(&[]),
            answer(Method::GET, "", 200, serde_json::to_value(&pod).unwrap()),
            answer(Method::DELETE, "", 200, json!({ "kind": "Status", "status": "Success" })),
            refused(Method::GET, "", 404, "NotFound"),
            patched(&delivery),
            event(),
        ];
        let (client, serving) = server(answers);
        let operator = operator(client);
        published(&operator, &delivery, PlanPhase::Accepted, &Facts::default());
        let again = reconcile(&operator, &delivery, at(NOW)).await.unwrap();
        assert_eq!(again, Some(Duration::from_secs(1)));
        let asked = asked(operator, serving).await;
        let name = pod_name(1);
        assert_eq!(whats(&asked)[1..3], [format!("GET pods/{name}"), format!("DELETE pods/{name}")]);
        assert_eq!(asked[2].body["preconditions"]["uid"], "pod-1");
        assert_eq!((&asked[5].body["reason"], &asked[5].body["type"]), (&json!("PodStray"), &json!("Warning")));
        assert!(asked[4].body["status"]["conditions"].to_string().contains("PodStray"));
    }
}

#[tokio::test]
async fn a_failing_api_server_is_an_error_and_nothing_is_created() {
    let (client, serving) = server(vec![refused(Method::GET, "/pods", 500, "InternalError")]);
    let operator = operator(client);
    let error = reconcile(&operator, &testing::delivery(""), at(NOW)).await.unwrap_err();
    assert_eq!(error.reason().as_str(), "ApiError");
    assert!(error.to_string().contains("list the pods"), "{error}");
    assert_eq!(whats(&asked(operator, serving).await), ["GET pods"]);
}

/// What follows a pod that the API server answers so about.
async fn with_a_pod_that(answered: Answer) -> (String, Value) {
    let delivery = testing::delivery("");
    let answers =
        vec![list(&[]), patched(&delivery), event(), created("/configmaps"), answered, patched(&delivery), event()];
    let (client, serving) = server(answers);
    let operator = operator(client);
    published(&operator, &delivery, PlanPhase::Accepted, &Facts::default());
    let reason = reconcile(&operator, &delivery, at(NOW)).await.unwrap_err().reason().as_str();
    let asked = asked(operator, serving).await;
    assert_eq!(
        asked[5].body["metadata"]["resourceVersion"], "200",
        "a status that was written by this process is no conflict"
    );
    assert_eq!(asked[6].body["type"], "Warning");
    (reason.to_owned(), asked[5].body["status"].clone())
}

#[tokio::test]
async fn a_pod_that_cannot_be_created_is_reported_in_the_status_and_was_no_attempt() {
    let refusal = refused(Method::POST, "/pods", 403, "pods is forbidden: violates PodSecurity");
    let (reason, status) = with_a_pod_that(refusal).await;
    assert!(status["conditions"].to_string().contains("violates PodSecurity"));
    assert_eq!((reason.as_str(), &status["attempt"]), ("PodRefused", &Value::Null));
}

#[tokio::test]
async fn a_pod_that_the_mesh_cannot_inject_is_reported_in_the_status_and_was_no_attempt() {
    let away = "Internal error occurred: failed calling webhook \"namespace.sidecar-injector.istio.io\": failed to call webhook: EOF";
    let (reason, status) = with_a_pod_that(refused(Method::POST, "/pods", 500, away)).await;
    assert!(status["conditions"].to_string().contains("See whether istiod runs"), "{status}");
    assert_eq!((reason.as_str(), &status["attempt"]), ("SidecarNotInjected", &Value::Null));
}

/// The status and the reason and message of `Running` in a status that was written.
fn running(asked: &Asked) -> (Value, Value, String) {
    let conditions = asked.body["status"]["conditions"].as_array().unwrap();
    let found = conditions.iter().find(|condition| condition["type"] == "Running").unwrap();
    (asked.body["status"]["attempt"].clone(), found["reason"].clone(), found["message"].to_string())
}

#[tokio::test]
async fn while_a_quota_refuses_the_pod_the_condition_says_so_throughout_and_no_attempt_counts() {
    let quota =
        "pods \"primeiro-1\" is forbidden: exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2";
    let delivery = testing::delivery("");
    let mut versions = 200..;
    let mut written = || patched_as(&delivery, versions.next().unwrap());
    let refusal = || refused(Method::POST, "/pods", 403, quota);
    let mut answers = vec![event(), event(), created("/pods"), list(&[]), written(), created("/configmaps")];
    // Again and again, without another event; and then there is room.
    for _ in 0..4 {
        answers.splice(0..0, [refusal()]);
        answers.extend([list(&[]), created("/configmaps"), written(), written()]);
    }
    let (client, serving) = server(answers);
    let operator = operator(client);
    published(&operator, &delivery, PlanPhase::Accepted, &Facts::default());
    for _ in 0..4 {
        assert_eq!(reconcile(&operator, &delivery, at(NOW)).await.unwrap_err().reason(), Reason::PodRefused);
    }
    reconcile(&operator, &delivery, at(NOW)).await.unwrap();
    let asked = asked(operator, serving).await;
    let written: Vec<_> = asked.iter().filter(|asked| asked.what.starts_with("PATCH")).map(running).collect();
    assert_eq!((&written[0].0, &written[0].1), (&json!(1), &json!("PodPending")), "nothing has been refused yet");
    for (number, (attempt, reason, message)) in written.iter().enumerate().skip(1) {
        let expected = if number % 2 == 0 { json!(1) } else { Value::Null };
        assert_eq!((attempt, reason), (&expected, &json!("PodRefused")), "{number}");
        assert!(message.contains("exceeded quota: few"), "{message}");
    }
    let names: BTreeSet<_> = asked
        .iter()
        .filter(|asked| asked.what == "POST pods")
        .map(|asked| asked.body["metadata"]["name"].to_string())
        .collect();
    assert_eq!(names.len(), 1, "always the first attempt");
}

#[tokio::test]
async fn a_pod_that_may_have_been_created_was_an_attempt() {
    let (reason, status) = with_a_pod_that(refused(Method::POST, "/pods", 500, "InternalError")).await;
    assert_eq!((reason.as_str(), &status["attempt"], status.get("podName")), ("PodUncertain", &json!(1), None));
}

#[tokio::test]
async fn an_attempt_that_another_process_has_recorded_is_left_to_it() {
    let delivery = testing::delivery("");
    let taken = refused(Method::PATCH, "/deliveries/primeiro/status", 409, "Conflict");
    let (client, serving) = server(vec![list(&[]), taken]);
    let operator = operator(client);
    published(&operator, &delivery, PlanPhase::Accepted, &Facts::default());
    let again = reconcile(&operator, &delivery, at(NOW)).await.unwrap();
    assert_eq!(again, Some(OUTDATED));
    assert_eq!(whats(&asked(operator, serving).await), ["GET pods", "PATCH deliveries/primeiro/status"]);
}

#[tokio::test]
async fn a_delivery_that_vanishes_while_its_status_is_written_is_no_error() {
    for code in [404, 409] {
        let delivery = testing::delivery("");
        let gone = refused(Method::PATCH, "/deliveries/primeiro/status", code, "NotFound");
        let (client, serving) = server(vec![list(&[under_way()]), gone]);
        let operator = operator(client);
        published(&operator, &delivery, PlanPhase::Accepted, &Facts::default());
        reconcile(&operator, &delivery, at(NOW)).await.unwrap();
        asked(operator, serving).await;
    }
}

#[tokio::test]
async fn a_delivery_that_is_being_deleted_causes_no_request() {
    let mut delivery = testing::delivery("");
    delivery.metadata.deletion_timestamp = delivery.metadata.creation_timestamp.clone();
    let (client, serving) = server(vec![]);
    let operator = operator(client);
    assert_eq!(reconcile(&operator, &delivery, at(NOW)).await.unwrap(), None);
    assert!(asked(operator, serving).await.is_empty());
}

#[tokio::test]
async fn a_delivery_that_has_ended_costs_no_request_and_no_further_look() {
    for phase in [StatePhase::Finished, StatePhase::Failed] {
        for (spec, again) in [("", None), ("ttlSecondsAfterFinished: 3600", Some(3_600 - 15))] {
            let scene = testing::Scene::new(spec).pods([testing::pod(1, testing::SUCCEEDED)]).state(218, phase);
            let mut delivery = scene.then(spec).delivery;
            delivery.status.as_mut().unwrap().observed_generation = delivery.metadata.generation;
            for condition in &mut delivery.status.as_mut().unwrap().conditions {
                condition.observed_generation = delivery.metadata.generation;
            }
            let (client, serving) = server(vec![]);
            let operator = operator(client);
            let wait = reconcile(&operator, &delivery, at(NOW)).await.unwrap();
            assert_eq!(wait.map(|wait| wait.as_secs()), again, "{phase:?} {spec}");
            assert!(asked(operator, serving).await.is_empty());
        }
    }
}

#[tokio::test]
async fn an_object_that_is_already_deleted_needs_no_deletion() {
    let mut delivery = testing::delivery("suspend: true");
    delivery.metadata.generation = Some(2);
    let answers = vec![
        list(&[under_way()]),
        refused(Method::DELETE, "", 404, "NotFound"),
        refused(Method::GET, "", 404, "NotFound"),
        patched(&delivery),
        event(),
    ];
    let (client, serving) = server(answers);
    let operator = operator(client);
    published(&operator, &delivery, PlanPhase::Suspended, &Facts::default());
    reconcile(&operator, &delivery, at(NOW)).await.unwrap();
    let asked = asked(operator, serving).await;
    assert!(whats(&asked)[1].starts_with("DELETE pods/") && whats(&asked)[2].starts_with("GET configmaps/"));
    assert_eq!(asked[1].body["preconditions"]["uid"], "pod-1", "never another pod of that name");
    assert_eq!(asked[3].body["status"]["phase"], "Suspended");
}

#[tokio::test]
async fn a_delivery_that_was_suspended_for_too_long_is_deleted_with_an_event() {
    let mut delivery = testing::Scene::new("suspend: true").then("suspend: true").delivery;
    delivery.status.as_mut().unwrap().route_revision = Some(route_key());
    let annotations = delivery.metadata.annotations.get_or_insert_default();
    annotations.insert("codedelivery.dev/request-id".to_owned(), "r-1".to_owned());
    let done = answer(Method::DELETE, "/deliveries/primeiro", 200, json!({ "kind": "Status", "status": "Success" }));
    let (client, serving) = server(vec![list(&[]), event(), done, patched(&delivery)]);
    let operator = operator(client);
    published(&operator, &delivery, PlanPhase::Suspended, &Facts::default());
    let end = at("2026-11-23T10:01:00Z");
    // A broker's clock says so as well.
    let newest = testing::state(1, StatePhase::Running);
    operator.log.tables.states.apply("another", Some(newest), end.as_millisecond());
    reconcile(&operator, &delivery, end).await.unwrap();
    let asked = asked(operator, serving).await;
    assert_eq!(whats(&asked)[1..3], ["POST events", "DELETE deliveries/primeiro"]);
    assert_eq!(asked[1].body["reason"], "SuspendedTooLong");
    let note = asked[1].body["note"].as_str().unwrap();
    assert!(note.contains("since 2026-11-22T10:01:00Z, for 24 hours"), "{note}");
    assert_eq!(asked[2].body["preconditions"]["uid"], delivery.metadata.uid.unwrap());
}

#[tokio::test]
async fn the_time_of_a_resumption_is_written_first_and_a_late_watch_event_does_not_change_it() {
    let suspended = testing::Scene::new("suspend: true").then("");
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
    let operator = operator(client);
    published(&operator, &delivery, PlanPhase::Accepted, &Facts { resumed_at: Some(at(NOW)), ..Facts::default() });
    reconcile(&operator, &delivery, at(NOW)).await.unwrap();
    // The watch has not brought what was written: the object is as it was.
    reconcile(&operator, &delivery, at("2026-11-22T10:02:00Z")).await.unwrap();
    let asked = asked(operator, serving).await;
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
