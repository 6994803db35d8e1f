//! The operator against a real API server with Strimzi's own kinds and a real Kafka Connect: `real.sh` starts them and runs this.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod environment;

use std::time::Duration;

use environment::{Environment, file, hang_connect, kill_connect, log, until};
use http::Method;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn a_connector_is_created_altered_paused_stopped_and_deleted() {
    let environment = Environment::new().await;
    let path = file("lines", "one\ntwo\n");
    // Its options come from a file that Connect reads; the object does not hold them.
    file("options", &format!("path={path}\n"));
    let options = path.replace("lines", "options");
    environment.create("lines", &format!("{{ class: FileStreamSource, tasksMax: 1, config: {{ file: '${{file:{options}:path}}', topic: first }} }}")).await;
    let status = environment.ready("lines", "RUNNING").await;
    assert_eq!(status.tasks_max, Some(1));
    // It has written: Connect tells the topics that a connector has used.
    environment
        .status("lines", "its topic is known", |status| status.topics.as_deref() == Some(&["first".to_owned()]))
        .await;
    let status = environment
        .status("lines", "its task runs", |status| {
            status.connector_status.as_ref().unwrap()["tasks"][0]["state"] == "RUNNING"
        })
        .await;
    assert_eq!(status.connector_status.unwrap()["type"], "source");

    let before = environment.connectors().get("lines").await.unwrap().resource_version();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(
        environment.connectors().get("lines").await.unwrap().resource_version(),
        before,
        "nothing is written while nothing changes"
    );

    environment.patch("lines", json!({ "spec": { "config": { "topic": "second" } } })).await;
    file("lines", "one\ntwo\nthree\n");
    environment
        .status("lines", "its new topic is known", |status| {
            status.topics.as_ref().is_some_and(|it| it.contains(&"second".to_owned()))
        })
        .await;
    for (state, actual) in [("paused", "PAUSED"), ("stopped", "STOPPED"), ("running", "RUNNING")] {
        environment.patch("lines", json!({ "spec": { "state": state } })).await;
        environment.ready("lines", actual).await;
    }
    environment.delete("lines").await;
    until("the connector is gone", async || environment.connect.list().await.unwrap().is_empty().then_some(())).await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn a_connector_that_should_be_stopped_is_created_stopped() {
    let environment = Environment::new().await;
    let path = file("standing", "one\n");
    environment
        .create(
            "standing",
            &format!("{{ class: FileStreamSource, state: stopped, config: {{ file: {path}, topic: standing }} }}"),
        )
        .await;
    let status = environment.ready("standing", "STOPPED").await;
    assert_eq!((status.topics, status.tasks_max), (Some(Vec::new()), Some(0)), "it has never run");
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn changes_by_hand_in_connect_are_reverted_and_other_connectors_are_left_alone() {
    let environment = Environment::new().await;
    let path = file("kept", "one\n");
    let by_hand = json!({ "name": "by-hand", "connector.class": "FileStreamSource", "file": path, "topic": "hand" });
    assert_eq!(environment.curl(Method::PUT, "/by-hand/config", Some(by_hand.clone())).await, 201);
    environment
        .create("kept", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: kept }} }}"))
        .await;
    environment.ready("kept", "RUNNING").await;
    let wanted = environment.connect.options("kept").await.unwrap().unwrap();

    let other =
        json!({ "name": "kept", "connector.class": "FileStreamSource", "file": "/etc/hostname", "topic": "stolen" });
    assert_eq!(environment.curl(Method::PUT, "/kept/config", Some(other)).await, 200);
    let right = async || (environment.connect.options("kept").await.ok()?? == wanted).then_some(());
    until("its options are restored", right).await;
    assert_eq!(environment.curl(Method::DELETE, "/kept", None).await, 204);
    until("it is there again", right).await;
    assert_eq!(environment.curl(Method::PUT, "/kept/stop", None).await, 204);
    until("it runs again", async || {
        (environment.connect.status("kept").await.ok()??["connector"]["state"] == "RUNNING").then_some(())
    })
    .await;

    environment.delete("kept").await;
    until("the connector is gone", async || environment.connect.options("kept").await.unwrap().is_none().then_some(()))
        .await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(environment.connect.options("by-hand").await.unwrap().is_some(), "other connectors stay");
    assert_eq!(environment.curl(Method::DELETE, "/by-hand", None).await, 204);
}

/// A sink that cannot read what its topic holds, until its converter is another.
async fn a_failed_sink(environment: &Environment, name: &str, spec: &str) {
    let path = file(name, "no JSON\n");
    environment
        .create(
            &format!("{name}-source"),
            &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: {name} }} }}"),
        )
        .await;
    environment.create(name, &format!("{{ class: FileStreamSink, tasksMax: 1, {spec} config: {{ file: {path}.out, topics: {name}, value.converter: org.apache.kafka.connect.json.JsonConverter }} }}")).await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn a_failed_task_is_restarted_with_growing_pauses_and_a_repaired_object_recovers_it() {
    let environment = Environment::new().await;
    a_failed_sink(&environment, "failing", "autoRestart: { enabled: true },").await;
    let (reason, message) = environment.not_ready("failing", "Restarts so far: 1").await;
    assert_eq!(reason, "Throwable");
    assert!(message.contains("failed: 0. Task 0: com.fasterxml.jackson.core.JsonParseException"), "{message}");
    // A task that has just been restarted runs until it reads the record again.
    let status = environment
        .status("failing", "why it has failed", |status| {
            let trace = status.connector_status.as_ref().and_then(|reply| reply["tasks"][0]["trace"].as_str());
            status.auto_restart.is_some() && trace.is_some_and(|trace| trace.contains("DataException"))
        })
        .await;
    let restarts = status.auto_restart.unwrap();
    assert_eq!(restarts.count, 1);
    tokio::time::sleep(Duration::from_secs(6)).await;
    let later = environment.connectors().get("failing").await.unwrap().status.unwrap();
    assert_eq!(later.auto_restart, Some(restarts), "the second comes after two minutes");

    environment
        .patch(
            "failing",
            json!({ "spec": { "config": { "value.converter": "org.apache.kafka.connect.storage.StringConverter" } } }),
        )
        .await;
    let status = environment.ready("failing", "RUNNING").await;
    assert_eq!(status.auto_restart, None);
    until("the record is in the file", async || {
        std::fs::read_to_string(format!("{}.out", file("failing", "no JSON\n")))
            .ok()
            .filter(|text| text.contains("no JSON"))
    })
    .await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn annotations_restart_what_has_failed_and_are_removed() {
    let environment = Environment::new().await;
    a_failed_sink(&environment, "annotated", "").await;
    let (_, message) = environment.not_ready("annotated", "strimzi.io/restart=includeTasks,onlyFailed").await;
    assert!(message.contains("autoRestart"), "{message}");
    for (annotation, value) in [
        ("strimzi.io/restart", "includeTasks,onlyFailed"),
        ("strimzi.io/restart", "true"),
        ("strimzi.io/restart-task", "0"),
    ] {
        environment.annotate("annotated", annotation, value).await;
        until("the annotation is gone", async || {
            environment.connectors().get("annotated").await.unwrap().annotation(annotation).is_none().then_some(())
        })
        .await;
    }
    let (_, metrics) = environment.admin("/metrics").await.unwrap();
    assert!(metrics.contains("delivery_connector_operator_restarts_total{cause=\"annotation\"} 3"), "{metrics}");
    environment.annotate("annotated", "strimzi.io/restart-task", "9").await;
    let status = environment.status("annotated", "a warning", |status| status.condition("Warning").is_some()).await;
    assert_eq!(status.condition("Warning").unwrap().reason.as_deref(), Some("RestartConnectorTask"));

    environment.annotate("annotated", "strimzi.io/pause-reconciliation", "true").await;
    let status =
        environment.status("annotated", "paused", |status| status.condition("ReconciliationPaused").is_some()).await;
    assert_eq!((status.conditions.len(), status.connector_status), (1, None));
    environment.patch("annotated", json!({ "spec": { "config": { "value.converter": null } } })).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(
        environment.connect.options("annotated").await.unwrap().unwrap().contains_key("value.converter"),
        "nothing is done"
    );
    environment.patch("annotated", json!({ "metadata": { "annotations": { "strimzi.io/pause-reconciliation": null, "strimzi.io/restart-task": null } } })).await;
    environment.ready("annotated", "RUNNING").await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn a_killed_connect_is_reported_and_everything_recovers_when_it_is_back() {
    let environment = Environment::new().await;
    let path = file("killed", "one\n");
    for name in ["stays", "goes"] {
        environment
            .create(name, &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: {name} }} }}"))
            .await;
        environment.ready(name, "RUNNING").await;
    }
    kill_connect();
    let (reason, message) = environment.not_ready("stays", "cannot be reached").await;
    assert_eq!(reason, "ConnectException", "{message}");
    until("readyz names it and the process stays ready", async || {
        let (code, text) = environment.admin("/readyz").await?;
        (code == 200 && text.contains("dependency away: connect: connect: Kafka Connect")).then_some(())
    })
    .await;
    // Neither object waits for Connect: one goes, one comes.
    environment.delete("goes").await;
    until("the object is gone at once", async || {
        environment.connectors().get_opt("goes").await.unwrap().is_none().then_some(())
    })
    .await;
    environment
        .create("comes", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: comes }} }}"))
        .await;
    environment.not_ready("comes", "cannot be reached").await;

    environment.start_connect().await;
    for name in ["stays", "comes"] {
        environment.ready(name, "RUNNING").await;
    }
    until("the connector without an object is gone", async || {
        (environment.connect.list().await.ok()?.into_keys().collect::<Vec<_>>() == ["comes", "stays"]).then_some(())
    })
    .await;
    until("every dependency is back", async || {
        (environment.admin("/readyz").await? == (200, "ready\n".to_owned())).then_some(())
    })
    .await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn a_hanging_connect_is_reported_and_recovers_too() {
    let environment = Environment::new().await;
    let path = file("hanging", "one\n");
    environment
        .create("hanging", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: hanging }} }}"))
        .await;
    environment.ready("hanging", "RUNNING").await;
    hang_connect(true);
    assert_eq!(environment.not_ready("hanging", "no answer within 10 s").await.0, "TimeoutException");
    hang_connect(false);
    environment.ready("hanging", "RUNNING").await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn the_connector_of_an_object_deleted_while_the_operator_is_down_is_deleted() {
    let mut environment = Environment::new().await;
    let path = file("orphan", "one\n");
    environment
        .create("orphan", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: orphan }} }}"))
        .await;
    environment.ready("orphan", "RUNNING").await;
    environment.end_operator();
    environment.delete("orphan").await;
    assert!(environment.connectors().get_opt("orphan").await.unwrap().is_none(), "no finalizer holds it");
    assert!(environment.connect.options("orphan").await.unwrap().is_some());
    environment.start_operator();
    until("the connector is gone", async || {
        environment.connect.options("orphan").await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn unusable_objects_get_a_reason_and_others_keep_working() {
    let environment = Environment::new().await;
    let path = file("good", "one\n");
    let secret = file("secret", "word=hunter22\n");
    environment.create("unknown-class", "{ class: com.example.Nothing, config: {} }").await;
    environment.create("no-class", "{ config: {} }").await;
    environment.create("list", "{ class: FileStreamSource, config: { topic: [a, b] } }").await;
    environment.create("no-topic", &format!("{{ class: FileStreamSource, config: {{ file: {path} }} }}")).await;
    environment.create("quoted-secret", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: a, batch.size: '${{file:{secret}:word}}' }} }}")).await;
    environment
        .create("good", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: good }} }}"))
        .await;
    environment.ready("good", "RUNNING").await;
    for (name, reason, word) in [
        ("unknown-class", "ConnectRestException", "com.example.Nothing"),
        ("no-class", "InvalidResourceException", "spec.class is missing"),
        ("list", "InvalidResourceException", "spec.config.topic is a list"),
        ("no-topic", "ConnectRestException", "topic"),
        ("quoted-secret", "ConnectRestException", "[hidden] for configuration batch.size"),
    ] {
        assert_eq!(environment.not_ready(name, word).await.0, reason, "{name}");
    }
    let quoted = serde_json::to_string(&environment.connectors().get("quoted-secret").await.unwrap()).unwrap();
    assert!(!quoted.contains("hunter22") && !log().contains("hunter22"));
    environment.patch("no-topic", json!({ "spec": { "config": { "topic": "now" } } })).await;
    environment.ready("no-topic", "RUNNING").await;
    environment.patch("good", json!({ "metadata": { "labels": { "strimzi.io/cluster": "elsewhere" } } })).await;
    assert_eq!(environment.not_ready("good", "elsewhere").await.0, "NoSuchResourceException");
    until("the connector has left the cluster with the label", async || {
        environment.connect.options("good").await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn offsets_are_listed_and_reset_while_the_connector_is_stopped() {
    let environment = Environment::new().await;
    let path = file("offsets", "one\ntwo\n");
    let spec = format!(
        "{{ class: FileStreamSource, listOffsets: {{ toConfigMap: {{ name: listed }} }}, config: {{ file: {path}, topic: offsets }} }}"
    );
    environment.create("offsets", &spec).await;
    environment
        .status("offsets", "it has written", |status| status.topics.as_ref().is_some_and(|it| !it.is_empty()))
        .await;
    environment.annotate("offsets", "strimzi.io/connector-offsets", "reset").await;
    let status = environment.status("offsets", "a warning", |status| status.condition("Warning").is_some()).await;
    assert!(status.condition("Warning").unwrap().message.as_ref().unwrap().contains("spec.state"));
    environment.patch("offsets", json!({ "spec": { "state": "stopped" } })).await;
    let maps: Api<k8s_openapi::api::core::v1::ConfigMap> = Api::namespaced(environment.client.clone(), "shop");
    let done = async || {
        environment
            .connectors()
            .get("offsets")
            .await
            .unwrap()
            .annotation("strimzi.io/connector-offsets")
            .is_none()
            .then_some(())
    };
    until("the offsets are reset", done).await;
    environment.annotate("offsets", "strimzi.io/connector-offsets", "list").await;
    until("the offsets are listed", done).await;
    let listed = maps.get("listed").await.unwrap();
    assert_eq!(listed.owner_references()[0].name, "offsets");
    assert_eq!(listed.data.unwrap()["offsets.json"].parse::<serde_json::Value>().unwrap(), json!({ "offsets": [] }));

    let alter = json!({ "data": { "offsets.json": json!({ "offsets": [{ "partition": { "filename": path }, "offset": { "position": 4 } }] }).to_string() } });
    maps.patch("listed", &PatchParams::default(), &Patch::Merge(&alter)).await.unwrap();
    environment
        .patch("offsets", json!({ "spec": { "alterOffsets": { "fromConfigMap": { "name": "listed" } } } }))
        .await;
    environment.annotate("offsets", "strimzi.io/connector-offsets", "alter").await;
    until("the offsets are altered", done).await;
    assert_eq!(environment.connect.offsets("offsets").await.unwrap().unwrap()["offsets"][0]["offset"]["position"], 4);
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn the_kind_may_be_installed_later_and_removed_and_installed_again() {
    let mut environment = Environment::new().await;
    environment.stop_operator().await;
    environment.remove_kind().await;
    let reports = || log().matches("The kind KafkaConnector of kafka.strimzi.io/v1 is not served").count();
    let before = reports();
    environment.start_operator();
    until("it is ready, and names what is missing", async || {
        let (code, text) = environment.admin("/readyz").await?;
        (code == 200 && text.contains("kafkaconnectors: The kind KafkaConnector")).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(reports() - before, 1, "once");
    let path = file("later", "one\n");
    let spec = format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: later }} }}");
    environment.install_kinds().await;
    environment.create("later", &spec).await;
    environment.ready("later", "RUNNING").await;

    environment.remove_kind().await;
    until("the missing kind is reported again", async || {
        let (code, text) = environment.admin("/readyz").await?;
        (code == 200 && text.contains("kafkaconnectors")).then_some(())
    })
    .await;
    environment.install_kinds().await;
    environment.create("again", &spec).await;
    environment.ready("again", "RUNNING").await;
    until("the connectors of the deleted objects are gone", async || {
        environment.connect.options("later").await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn an_object_that_strimzi_manages_is_left_to_it() {
    let environment = Environment::new().await;
    let path = file("theirs", "one\n");
    // All that the kind requires.
    let text = "{ apiVersion: kafka.strimzi.io/v1, kind: KafkaConnect, metadata: { name: connect }, spec: { replicas: 1, bootstrapServers: 'kafka:9092', groupId: a, configStorageTopic: b, statusStorageTopic: c, offsetStorageTopic: d } }";
    let theirs: DynamicObject = serde_yaml::from_str(text).unwrap();
    environment.kafka_connects().create(&PostParams::default(), &theirs).await.unwrap();
    environment
        .create("theirs", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: theirs }} }}"))
        .await;
    let events: Api<k8s_openapi::api::events::v1::Event> = Api::namespaced(environment.client.clone(), "shop");
    let event = until("the Event", async || {
        let events = events.list(&ListParams::default()).await.unwrap();
        events.items.into_iter().find(|event| event.reason.as_deref() == Some("LeftToStrimzi"))
    })
    .await;
    assert!(event.note.unwrap().contains("KafkaConnect connect"));
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(environment.connect.options("theirs").await.unwrap().is_none());
    assert_eq!(environment.connectors().get("theirs").await.unwrap().status, None);
    environment.kafka_connects().delete("connect", &DeleteParams::default()).await.unwrap();
    environment.ready("theirs", "RUNNING").await;
}
