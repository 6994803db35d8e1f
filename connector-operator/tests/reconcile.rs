//! Reconciliations against an API server and a Kafka Connect that record what is done to them.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::time::Duration;

use common::api::{Api, context, server};
use common::connect::{Connect, start};
use common::{NOW, annotated, at, connector};
use delivery_connector_operator::connect::options::OWNER;
use delivery_connector_operator::reconcile::context::Context;
use delivery_connector_operator::reconcile::reconciliation::reconcile;
use delivery_connector_operator::strimzi::connector::KafkaConnector;
use serde_json::json;

/// An object, and the two servers.
struct Scene {
    context: Context,
    api: Api,
    connect: Connect,
}

impl Scene {
    async fn new(connector: &KafkaConnector) -> Self {
        let connect = start().await;
        let (client, api) = server(connector);
        Self { context: context(client, &connect.url), api, connect }
    }

    /// With the connector in Connect and its status already.
    async fn settled(connector: &KafkaConnector) -> Self {
        let scene = Self::new(connector).await;
        let annotations = scene.api.lock().unwrap().connector.as_mut().unwrap()["metadata"]["annotations"].take();
        scene.go(NOW).await;
        scene.go(NOW).await;
        scene.connect.changes();
        let mut state = scene.api.lock().unwrap();
        state.asked.clear();
        state.connector.as_mut().unwrap()["metadata"]["annotations"] = annotations;
        drop(state);
        scene
    }

    async fn go(&self, now: &str) -> Option<Duration> {
        reconcile(&self.context, "shop", "lines", at(now)).await.unwrap()
    }

    fn object(&self) -> KafkaConnector {
        serde_json::from_value(self.api.lock().unwrap().connector.clone().unwrap()).unwrap()
    }

    fn condition(&self) -> String {
        self.api.lock().unwrap().condition().to_owned()
    }

    fn message(&self) -> String {
        self.api.lock().unwrap().status()["conditions"][0]["message"].as_str().unwrap_or_default().to_owned()
    }
}

#[tokio::test]
async fn a_new_object_becomes_a_connector_and_is_then_left_alone() {
    let scene = Scene::new(&connector("", "")).await;
    scene.connect.change(|connect| connect.status_unknown = 2);
    assert_eq!(scene.go(NOW).await, Some(Duration::from_secs(1)), "it is looked at again soon");
    assert_eq!(scene.connect.changes(), ["PUT /lines/config"]);
    let config = scene.connect.connector("lines").unwrap().config;
    assert_eq!(
        config,
        json!({ "connector.class": "FileStreamSource", "file": "/tmp/in", "name": "lines", "tasks.max": "1", "topic": "lines", OWNER: "shop/code-delivery shop/lines" })
    );
    assert_eq!(scene.condition(), "Ready");
    assert_eq!(scene.api.lock().unwrap().status()["topics"], json!(["a", "b"]));
    assert_eq!(scene.api.lock().unwrap().events.len(), 1);

    scene.api.lock().unwrap().asked.clear();
    assert_eq!(scene.go(NOW).await, Some(scene.context.config.resync()));
    assert_eq!(scene.connect.changes(), [""; 0]);
    assert_eq!(scene.api.lock().unwrap().asked, ["GET kafkaconnectors/lines", "GET kafkaconnects/connect"]);
}

#[tokio::test]
async fn one_that_should_be_stopped_never_runs_first() {
    let scene = Scene::new(&connector("", "state: stopped")).await;
    scene.go(NOW).await;
    assert_eq!(scene.connect.changes(), ["POST "]);
    assert_eq!(scene.connect.connector("lines").unwrap().state, "STOPPED");
}

#[tokio::test]
async fn changes_by_hand_in_connect_are_reverted() {
    let scene = Scene::settled(&connector("", "")).await;
    scene.connect.change(|connect| {
        connect.connectors.get_mut("lines").unwrap().config = json!({ "name": "lines", "file": "/etc/shadow" });
    });
    scene.go(NOW).await;
    assert_eq!(scene.connect.connector("lines").unwrap().config["file"], "/tmp/in");
    scene.connect.change(|connect| connect.connectors.clear());
    scene.go(NOW).await;
    assert_eq!(scene.connect.connector("lines").unwrap().config["file"], "/tmp/in");
    scene.connect.change(|connect| "PAUSED".clone_into(&mut connect.connectors.get_mut("lines").unwrap().state));
    scene.go(NOW).await;
    assert_eq!(scene.connect.connector("lines").unwrap().state, "RUNNING");
    assert_eq!(scene.connect.changes(), ["PUT /lines/config", "PUT /lines/config", "PUT /lines/resume"]);
}

#[tokio::test]
async fn options_that_connect_refuses_are_reported_and_the_running_connector_stays() {
    let scene = Scene::settled(&connector("", "")).await;
    scene.api.lock().unwrap().connector.as_mut().unwrap()["spec"]["config"]["file"] = json!("");
    let refusal = "Connector configuration is invalid: file is empty";
    scene.connect.change(|connect| connect.refusal = Some((400, refusal.to_owned())));
    let waits: Vec<_> = [scene.go(NOW).await, scene.go(NOW).await, scene.go(NOW).await].into_iter().flatten().collect();
    assert_eq!(waits.iter().map(Duration::as_secs).collect::<Vec<_>>(), [1, 2, 4]);
    assert_eq!(scene.condition(), "NotReady");
    assert!(scene.message().contains("400") && scene.message().contains(refusal), "{}", scene.message());
    assert_eq!(scene.connect.connector("lines").unwrap().config["file"], "/tmp/in");
    scene.connect.change(|connect| connect.refusal = None);
    scene.go(NOW).await;
    assert_eq!(scene.condition(), "Ready");
}

#[tokio::test]
async fn what_the_tasks_of_a_sink_wait_for_is_a_warning_while_they_do() {
    let mut object = connector("", "");
    object.spec.class = Some("dev.codedelivery.connect.ElasticsearchSinkConnector".to_owned());
    let scene = Scene::new(&object).await;
    let worker = scene.connect.url.trim_start_matches("http://");
    let says = |worker: &str, reason: Option<&str>| {
        scene.connect.change(|connect| {
            (connect.worker, connect.waiting) = (Some(worker.to_owned()), reason.map(str::to_owned));
        });
    };
    let conditions = || scene.api.lock().unwrap().status()["conditions"].as_array().unwrap().clone();
    says(worker, None);
    scene.go(NOW).await;
    scene.go(NOW).await;
    scene.connect.changes();
    for worker in [worker, "127.0.0.1:1"] {
        says(worker, Some("The index positions is closed."));
        scene.go(NOW).await;
        let found = conditions();
        assert_eq!(found[0]["type"], "Ready", "no task has failed");
        assert_eq!((&found[1]["type"], &found[1]["reason"]), (&json!("Warning"), &json!("Waiting")), "{worker}");
        let message = "The connector lines waits and writes nothing: The index positions is closed.";
        assert_eq!(found[1]["message"], message);
        says(worker, None);
        scene.go(NOW).await;
        assert_eq!(conditions().len(), 1);
    }
    assert_eq!(scene.connect.changes(), [""; 0], "a validation changes nothing");
}

#[tokio::test]
async fn the_plugins_of_others_are_not_asked_what_they_wait_for() {
    let scene = Scene::settled(&connector("", "")).await;
    let worker = scene.connect.url.trim_start_matches("http://").to_owned();
    scene.connect.change(|connect| {
        (connect.worker, connect.waiting) = (Some(worker), Some("It is asked.".to_owned()));
    });
    scene.go(NOW).await;
    assert_eq!(scene.api.lock().unwrap().status()["conditions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_connect_that_is_unreachable_or_starting_is_reported_and_recovers_by_itself() {
    let mut scene = Scene::settled(&connector("", "")).await;
    let there = std::mem::replace(
        &mut scene.context.clusters,
        context(server(&connector("", "")).0, "http://127.0.0.1:1").clusters,
    );
    let waits: Vec<_> = [scene.go(NOW).await, scene.go(NOW).await].into_iter().flatten().collect();
    assert_eq!(waits, [1, 2].map(Duration::from_secs));
    assert_eq!(scene.api.lock().unwrap().status()["conditions"][0]["reason"], "ConnectException");
    scene.context.clusters = there;
    scene.connect.change(|connect| connect.strange = true);
    scene.go(NOW).await;
    assert_eq!(scene.api.lock().unwrap().status()["conditions"][0]["reason"], "ConnectRestException");
    assert!(scene.message().contains("still starting"), "{}", scene.message());
    scene.connect.change(|connect| connect.strange = false);
    scene.go(NOW).await;
    assert_eq!(
        (scene.condition().as_str(), scene.connect.changes().len()),
        ("Ready", 0),
        "and nothing was created again"
    );
}

#[tokio::test]
async fn a_rebalancing_connect_is_reported_only_when_it_lasts() {
    for code in [409, 500] {
        let scene = Scene::settled(&connector("", "")).await;
        scene.api.lock().unwrap().connector.as_mut().unwrap()["spec"]["config"]["file"] = json!("/tmp/other");
        let refusal = "Request cannot be completed because a rebalance is expected".to_owned();
        scene.connect.change(|connect| connect.refusal = Some((code, refusal)));
        for _ in 0..7 {
            assert_eq!(scene.go(NOW).await, Some(Duration::from_secs(1)));
            assert_eq!(scene.condition(), "Ready");
        }
        assert_eq!(scene.go(NOW).await, Some(Duration::from_secs(2)), "it stays worth asking");
        assert!(scene.condition() == "NotReady" && scene.message().contains("rebalance"));
    }
}

#[tokio::test]
async fn a_failed_connector_is_restarted_and_counted() {
    let scene = Scene::settled(&connector("", "autoRestart: { enabled: true }")).await;
    let fail = || {
        scene.connect.change(|connect| connect.connectors.get_mut("lines").unwrap().tasks = vec!["FAILED".to_owned()]);
    };
    fail();
    scene.go("2026-11-22T10:00:00Z").await;
    assert_eq!(scene.connect.changes(), ["POST /lines/restart?includeTasks=true&onlyFailed=true"]);
    assert_eq!(scene.api.lock().unwrap().status()["autoRestart"]["count"], 1);
    assert_eq!(scene.condition(), "Ready");
    fail();
    let requeue_after = scene.go("2026-11-22T10:01:45Z").await;
    assert_eq!((scene.connect.changes().len(), requeue_after), (0, Some(Duration::from_secs(15))), "when it is due");
    assert_eq!(scene.condition(), "NotReady");
    scene.go("2026-11-22T10:02:00Z").await;
    assert_eq!(scene.connect.changes().len(), 1);
    scene.go("2026-11-22T10:09:01Z").await;
    assert_eq!(scene.api.lock().unwrap().status().get("autoRestart"), None, "stable again");
}

#[tokio::test]
async fn a_restart_is_counted_even_if_connect_has_no_status_after_it() {
    let scene = Scene::settled(&connector("", "autoRestart: { enabled: true }")).await;
    scene.connect.change(|connect| {
        connect.connectors.get_mut("lines").unwrap().tasks = vec!["FAILED".to_owned()];
        connect.confused_by_restarts = true;
    });
    scene.go(NOW).await;
    assert_eq!(scene.api.lock().unwrap().status()["autoRestart"], json!({ "count": 1, "lastRestartTimestamp": NOW }));
    scene.connect.change(|connect| connect.status_unknown = 0);
    scene.connect.changes();
    scene.go("2026-11-22T10:01:00Z").await;
    assert_eq!(scene.connect.changes(), [""; 0], "not again at once");
}

#[tokio::test]
async fn an_annotation_is_removed_when_its_step_is_done_and_stays_when_it_failed() {
    let scene = Scene::settled(&annotated("strimzi.io/restart-task", "0")).await;
    scene.connect.change(|connect| connect.connectors.get_mut("lines").unwrap().tasks = vec!["FAILED".to_owned()]);
    scene.go(NOW).await;
    assert_eq!(scene.connect.changes(), ["POST /lines/tasks/0/restart"]);
    assert_eq!(scene.object().annotation("strimzi.io/restart-task"), None);
    assert_eq!(scene.condition(), "Ready");

    let scene = Scene::settled(&annotated("strimzi.io/restart-task", "7")).await;
    scene.go(NOW).await;
    assert_eq!(scene.object().annotation("strimzi.io/restart-task"), Some("7"));
    let warning = scene.api.lock().unwrap().status()["conditions"][1].clone();
    assert_eq!((&warning["type"], &warning["reason"]), (&json!("Warning"), &json!("RestartConnectorTask")));
    assert_eq!(scene.condition(), "Ready", "the connector itself runs");
}

#[tokio::test]
async fn a_paused_reconciliation_does_nothing() {
    let scene = Scene::new(&annotated("strimzi.io/pause-reconciliation", "true")).await;
    assert_eq!(scene.go(NOW).await, None);
    assert_eq!((scene.condition().as_str(), scene.connect.changes().len()), ("ReconciliationPaused", 0));
}

#[tokio::test]
async fn offsets_are_listed_to_a_config_map_and_taken_from_it() {
    let spec = "state: stopped, listOffsets: { toConfigMap: { name: offsets } }, alterOffsets: { fromConfigMap: { name: offsets } }";
    let annotation =
        |value: &str| connector(&format!("annotations: {{ strimzi.io/connector-offsets: {value} }}"), spec);
    let scene = Scene::settled(&annotation("list")).await;
    scene.go(NOW).await;
    let listed = scene.api.lock().unwrap().offsets.clone().unwrap();
    assert!(listed.contains("\"position\": 7"), "{listed}");
    assert_eq!(scene.object().annotation("strimzi.io/connector-offsets"), None);

    let scene = Scene::settled(&annotation("alter")).await;
    scene.go(NOW).await;
    let warning = scene.api.lock().unwrap().status()["conditions"][1]["message"].clone();
    assert!(warning.as_str().unwrap().contains("The ConfigMap offsets does not exist"), "{warning}");
    scene.api.lock().unwrap().offsets = Some(r#"{"offsets":[{"offset":3}]}"#.to_owned());
    scene.go(NOW).await;
    assert_eq!(scene.connect.connector("lines").unwrap().offsets["offsets"][0]["offset"], 3);

    let scene = Scene::settled(&annotation("reset")).await;
    scene.go(NOW).await;
    assert_eq!(scene.connect.connector("lines").unwrap().offsets, json!({ "offsets": [] }));
    assert_eq!(scene.connect.changes(), ["DELETE /lines/offsets"]);
}

#[tokio::test]
async fn an_unusable_object_gets_a_reason_and_connect_gets_no_request() {
    for (connector, reason, word) in [
        (connector("labels: {}", ""), "InvalidResourceException", "connect"),
        (connector("labels: { strimzi.io/cluster: other }", ""), "NoSuchResourceException", "other"),
        (serde_yaml::from_str("{ apiVersion: kafka.strimzi.io/v1, kind: KafkaConnector, metadata: { name: lines, namespace: shop, resourceVersion: '100', labels: { strimzi.io/cluster: connect } }, spec: {} }").unwrap(), "InvalidResourceException", "spec.class"),
    ] {
        let scene = Scene::new(&connector).await;
        assert_eq!(scene.go(NOW).await, None, "only the object can put it right");
        assert_eq!(scene.api.lock().unwrap().status()["conditions"][0]["reason"], reason);
        assert!(scene.message().contains(word), "{}", scene.message());
        assert_eq!(scene.connect.changes().len(), 0);
    }
}

#[tokio::test]
async fn an_object_that_strimzi_manages_is_left_alone_and_announced_once() {
    let scene = Scene::new(&connector("", "")).await;
    scene.api.lock().unwrap().strimzi = true;
    for _ in 0..3 {
        scene.go(NOW).await;
    }
    let state = scene.api.lock().unwrap();
    assert_eq!((scene.connect.changes().len(), state.status()), (0, &json!(null)), "the status is Strimzi's");
    assert_eq!(state.events.len(), 1);
    assert_eq!(state.events[0]["reason"], "LeftToStrimzi");
}

#[tokio::test]
async fn an_object_that_changes_meanwhile_is_requeued() {
    let scene = Scene::new(&connector("", "")).await;
    scene.api.lock().unwrap().changed_meanwhile = true;
    assert_eq!(scene.go(NOW).await, Some(Duration::from_secs(1)));
    assert_eq!(scene.condition(), "none");
    scene.api.lock().unwrap().connector = None;
    assert_eq!(scene.go(NOW).await, None, "and one that is gone is not");
}
