//! The operator against a real API server with Strimzi's own kinds and a real Kafka Connect: `real.sh` starts them and runs this.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod world;

use std::time::Duration;

use http::Method;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use world::{World, file, hang_connect, kill_connect, log, until};

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn a_connector_is_created_altered_paused_stopped_and_deleted() {
    let world = World::new().await;
    let path = file("lines", "one\ntwo\n");
    // Its options come from a file that Connect reads; the object does not hold them.
    file("options", &format!("path={path}\n"));
    let options = path.replace("lines", "options");
    world.create("lines", &format!("{{ class: FileStreamSource, tasksMax: 1, config: {{ file: '${{file:{options}:path}}', topic: first }} }}")).await;
    let status = world.ready("lines", "RUNNING").await;
    assert_eq!(status.tasks_max, Some(1));
    // It has written: Connect tells the topics that a connector has used.
    world.status("lines", "its topic is known", |status| status.topics.as_deref() == Some(&["first".to_owned()])).await;
    let told = world
        .status("lines", "its task runs", |status| {
            status.connector_status.as_ref().unwrap()["tasks"][0]["state"] == "RUNNING"
        })
        .await;
    assert_eq!(told.connector_status.unwrap()["type"], "source");

    let before = world.connectors().get("lines").await.unwrap().resource_version();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(
        world.connectors().get("lines").await.unwrap().resource_version(),
        before,
        "nothing is written while nothing changes"
    );

    world.patch("lines", json!({ "spec": { "config": { "topic": "second" } } })).await;
    file("lines", "one\ntwo\nthree\n");
    world
        .status("lines", "its new topic is known", |status| {
            status.topics.as_ref().is_some_and(|it| it.contains(&"second".to_owned()))
        })
        .await;
    for (state, told) in [("paused", "PAUSED"), ("stopped", "STOPPED"), ("running", "RUNNING")] {
        world.patch("lines", json!({ "spec": { "state": state } })).await;
        world.ready("lines", told).await;
    }
    world.delete("lines").await;
    until("the connector is gone", async || world.connect.list().await.unwrap().is_empty().then_some(())).await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn one_that_should_stand_is_created_standing() {
    let world = World::new().await;
    let path = file("standing", "one\n");
    world
        .create(
            "standing",
            &format!("{{ class: FileStreamSource, state: stopped, config: {{ file: {path}, topic: standing }} }}"),
        )
        .await;
    let status = world.ready("standing", "STOPPED").await;
    assert_eq!((status.topics, status.tasks_max), (Some(Vec::new()), Some(0)), "it has never run");
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn what_is_done_behind_its_back_is_put_right_and_other_connectors_are_left_alone() {
    let world = World::new().await;
    let path = file("kept", "one\n");
    let by_hand = json!({ "name": "by-hand", "connector.class": "FileStreamSource", "file": path, "topic": "hand" });
    assert_eq!(world.curl(Method::PUT, "/by-hand/config", Some(by_hand.clone())).await, 201);
    world.create("kept", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: kept }} }}")).await;
    world.ready("kept", "RUNNING").await;
    let wanted = world.connect.options("kept").await.unwrap().unwrap();

    let other =
        json!({ "name": "kept", "connector.class": "FileStreamSource", "file": "/etc/hostname", "topic": "stolen" });
    assert_eq!(world.curl(Method::PUT, "/kept/config", Some(other)).await, 200);
    let right = async || (world.connect.options("kept").await.ok()?? == wanted).then_some(());
    until("its options are put right", right).await;
    assert_eq!(world.curl(Method::DELETE, "/kept", None).await, 204);
    until("it is there again", right).await;
    assert_eq!(world.curl(Method::PUT, "/kept/stop", None).await, 204);
    until("it runs again", async || {
        (world.connect.status("kept").await.ok()??["connector"]["state"] == "RUNNING").then_some(())
    })
    .await;

    world.delete("kept").await;
    until("the connector is gone", async || world.connect.options("kept").await.unwrap().is_none().then_some(())).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(world.connect.options("by-hand").await.unwrap().is_some(), "somebody else's stays");
    assert_eq!(world.curl(Method::DELETE, "/by-hand", None).await, 204);
}

/// A sink that cannot read what its topic holds, until its converter is another.
async fn a_failed_sink(world: &World, name: &str, spec: &str) {
    let path = file(name, "no JSON\n");
    world
        .create(
            &format!("{name}-source"),
            &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: {name} }} }}"),
        )
        .await;
    world.create(name, &format!("{{ class: FileStreamSink, tasksMax: 1, {spec} config: {{ file: {path}.out, topics: {name}, value.converter: org.apache.kafka.connect.json.JsonConverter }} }}")).await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn a_failed_task_is_restarted_later_and_later_and_a_repaired_object_heals_it() {
    let world = World::new().await;
    a_failed_sink(&world, "failing", "autoRestart: { enabled: true },").await;
    let (reason, message) = world.not_ready("failing", "Restarts so far: 1").await;
    assert_eq!(reason, "Throwable");
    assert!(message.contains("failed: 0. Task 0: com.fasterxml.jackson.core.JsonParseException"), "{message}");
    let status = world.connectors().get("failing").await.unwrap().status.unwrap();
    assert!(status.connector_status.unwrap()["tasks"][0]["trace"].as_str().unwrap().contains("DataException"));
    let restarts = status.auto_restart.unwrap();
    assert_eq!(restarts.count, 1);
    tokio::time::sleep(Duration::from_secs(6)).await;
    let later = world.connectors().get("failing").await.unwrap().status.unwrap();
    assert_eq!(later.auto_restart, Some(restarts), "the second comes after two minutes");

    world
        .patch(
            "failing",
            json!({ "spec": { "config": { "value.converter": "org.apache.kafka.connect.storage.StringConverter" } } }),
        )
        .await;
    let status = world.ready("failing", "RUNNING").await;
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
async fn annotations_restart_what_failed_and_go() {
    let world = World::new().await;
    a_failed_sink(&world, "annotated", "").await;
    let (_, message) = world.not_ready("annotated", "strimzi.io/restart=includeTasks,onlyFailed").await;
    assert!(message.contains("autoRestart"), "{message}");
    for (annotation, value) in [
        ("strimzi.io/restart", "includeTasks,onlyFailed"),
        ("strimzi.io/restart", "true"),
        ("strimzi.io/restart-task", "0"),
    ] {
        world.annotate("annotated", annotation, value).await;
        until("the annotation is gone", async || {
            world.connectors().get("annotated").await.unwrap().annotation(annotation).is_none().then_some(())
        })
        .await;
    }
    let (_, metrics) = world.admin("/metrics").await.unwrap();
    assert!(metrics.contains("delivery_connector_operator_restarts_total{cause=\"annotation\"} 3"), "{metrics}");
    world.annotate("annotated", "strimzi.io/restart-task", "9").await;
    let status = world.status("annotated", "a warning", |status| status.condition("Warning").is_some()).await;
    assert_eq!(status.condition("Warning").unwrap().reason.as_deref(), Some("RestartConnectorTask"));

    world.annotate("annotated", "strimzi.io/pause-reconciliation", "true").await;
    let status = world.status("annotated", "paused", |status| status.condition("ReconciliationPaused").is_some()).await;
    assert_eq!((status.conditions.len(), status.connector_status), (1, None));
    world.patch("annotated", json!({ "spec": { "config": { "value.converter": null } } })).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(
        world.connect.options("annotated").await.unwrap().unwrap().contains_key("value.converter"),
        "nothing is done"
    );
    world.patch("annotated", json!({ "metadata": { "annotations": { "strimzi.io/pause-reconciliation": null, "strimzi.io/restart-task": null } } })).await;
    world.ready("annotated", "RUNNING").await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn a_killed_connect_is_told_and_all_is_right_when_it_is_back() {
    let world = World::new().await;
    let path = file("killed", "one\n");
    for name in ["stays", "goes"] {
        world.create(name, &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: {name} }} }}")).await;
        world.ready(name, "RUNNING").await;
    }
    kill_connect();
    let (reason, message) = world.not_ready("stays", "cannot be reached").await;
    assert_eq!(reason, "ConnectException", "{message}");
    until("it is named and the process stays ready", async || {
        let (code, text) = world.admin("/readyz").await?;
        (code == 200 && text.contains("dependency away: connect: connect: Kafka Connect")).then_some(())
    })
    .await;
    // Neither object waits for Connect: one goes, one comes.
    world.delete("goes").await;
    until("the object is gone at once", async || {
        world.connectors().get_opt("goes").await.unwrap().is_none().then_some(())
    })
    .await;
    world.create("comes", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: comes }} }}")).await;
    world.not_ready("comes", "cannot be reached").await;

    world.start_connect().await;
    for name in ["stays", "comes"] {
        world.ready(name, "RUNNING").await;
    }
    until("the connector without an object is gone", async || {
        (world.connect.list().await.ok()?.into_keys().collect::<Vec<_>>() == ["comes", "stays"]).then_some(())
    })
    .await;
    until("nothing is away", async || (world.admin("/readyz").await? == (200, "ready\n".to_owned())).then_some(()))
        .await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn a_connect_that_hangs_is_told_and_heals_as_well() {
    let world = World::new().await;
    let path = file("hanging", "one\n");
    world
        .create("hanging", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: hanging }} }}"))
        .await;
    world.ready("hanging", "RUNNING").await;
    hang_connect(true);
    assert_eq!(world.not_ready("hanging", "no answer within 10 s").await.0, "TimeoutException");
    hang_connect(false);
    world.ready("hanging", "RUNNING").await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn an_object_that_is_deleted_while_the_operator_is_dead_takes_its_connector_with_it() {
    let mut world = World::new().await;
    let path = file("orphan", "one\n");
    world.create("orphan", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: orphan }} }}")).await;
    world.ready("orphan", "RUNNING").await;
    world.end_operator();
    world.delete("orphan").await;
    assert!(world.connectors().get_opt("orphan").await.unwrap().is_none(), "no finalizer holds it");
    assert!(world.connect.options("orphan").await.unwrap().is_some());
    world.start_operator();
    until("the connector is gone", async || world.connect.options("orphan").await.unwrap().is_none().then_some(()))
        .await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn objects_that_cannot_work_are_told_so_and_others_go_on() {
    let world = World::new().await;
    let path = file("good", "one\n");
    let secret = file("secret", "word=hunter22\n");
    world.create("unknown-class", "{ class: com.example.Nothing, config: {} }").await;
    world.create("no-class", "{ config: {} }").await;
    world.create("list", "{ class: FileStreamSource, config: { topic: [a, b] } }").await;
    world.create("no-topic", &format!("{{ class: FileStreamSource, config: {{ file: {path} }} }}")).await;
    world.create("quoted-secret", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: a, batch.size: '${{file:{secret}:word}}' }} }}")).await;
    world.create("good", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: good }} }}")).await;
    world.ready("good", "RUNNING").await;
    for (name, reason, word) in [
        ("unknown-class", "ConnectRestException", "com.example.Nothing"),
        ("no-class", "InvalidResourceException", "spec.class is missing"),
        ("list", "InvalidResourceException", "spec.config.topic is a list"),
        ("no-topic", "ConnectRestException", "topic"),
        ("quoted-secret", "ConnectRestException", "[hidden] for configuration batch.size"),
    ] {
        assert_eq!(world.not_ready(name, word).await.0, reason, "{name}");
    }
    let quoted = serde_json::to_string(&world.connectors().get("quoted-secret").await.unwrap()).unwrap();
    assert!(!quoted.contains("hunter22") && !log().contains("hunter22"));
    world.patch("no-topic", json!({ "spec": { "config": { "topic": "now" } } })).await;
    world.ready("no-topic", "RUNNING").await;
    world.patch("good", json!({ "metadata": { "labels": { "strimzi.io/cluster": "elsewhere" } } })).await;
    assert_eq!(world.not_ready("good", "elsewhere").await.0, "NoSuchResourceException");
    until("the connector has left the cluster with the label", async || {
        world.connect.options("good").await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn offsets_are_listed_and_reset_while_the_connector_is_stopped() {
    let world = World::new().await;
    let path = file("offsets", "one\ntwo\n");
    let spec = format!(
        "{{ class: FileStreamSource, listOffsets: {{ toConfigMap: {{ name: listed }} }}, config: {{ file: {path}, topic: offsets }} }}"
    );
    world.create("offsets", &spec).await;
    world.status("offsets", "it has written", |status| status.topics.as_ref().is_some_and(|it| !it.is_empty())).await;
    world.annotate("offsets", "strimzi.io/connector-offsets", "reset").await;
    let status = world.status("offsets", "a warning", |status| status.condition("Warning").is_some()).await;
    assert!(status.condition("Warning").unwrap().message.as_ref().unwrap().contains("spec.state"));
    world.patch("offsets", json!({ "spec": { "state": "stopped" } })).await;
    let maps: Api<k8s_openapi::api::core::v1::ConfigMap> = Api::namespaced(world.client.clone(), "shop");
    let done = async || {
        world
            .connectors()
            .get("offsets")
            .await
            .unwrap()
            .annotation("strimzi.io/connector-offsets")
            .is_none()
            .then_some(())
    };
    until("the offsets are reset", done).await;
    world.annotate("offsets", "strimzi.io/connector-offsets", "list").await;
    until("the offsets are listed", done).await;
    let listed = maps.get("listed").await.unwrap();
    assert_eq!(listed.owner_references()[0].name, "offsets");
    assert_eq!(listed.data.unwrap()["offsets.json"].parse::<serde_json::Value>().unwrap(), json!({ "offsets": [] }));

    let alter = json!({ "data": { "offsets.json": json!({ "offsets": [{ "partition": { "filename": path }, "offset": { "position": 4 } }] }).to_string() } });
    maps.patch("listed", &PatchParams::default(), &Patch::Merge(&alter)).await.unwrap();
    world.patch("offsets", json!({ "spec": { "alterOffsets": { "fromConfigMap": { "name": "listed" } } } })).await;
    world.annotate("offsets", "strimzi.io/connector-offsets", "alter").await;
    until("the offsets are altered", done).await;
    assert_eq!(world.connect.offsets("offsets").await.unwrap().unwrap()["offsets"][0]["offset"]["position"], 4);
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn the_kind_may_be_missing_and_come_later_and_go_and_come_back() {
    let mut world = World::new().await;
    world.stop_operator().await;
    world.remove_kind().await;
    let said = || log().matches("The kind KafkaConnector of kafka.strimzi.io/v1 is not served").count();
    let before = said();
    world.start_operator();
    until("it is ready, and says what is off", async || {
        let (code, text) = world.admin("/readyz").await?;
        (code == 200 && text.contains("kafkaconnectors: The kind KafkaConnector")).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(said() - before, 1, "once");
    let path = file("later", "one\n");
    let spec = format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: later }} }}");
    world.install_kinds().await;
    world.create("later", &spec).await;
    world.ready("later", "RUNNING").await;

    world.remove_kind().await;
    until("what is off is said again", async || {
        let (code, text) = world.admin("/readyz").await?;
        (code == 200 && text.contains("kafkaconnectors")).then_some(())
    })
    .await;
    world.install_kinds().await;
    world.create("again", &spec).await;
    world.ready("again", "RUNNING").await;
    until("what went with the kind is gone", async || {
        world.connect.options("later").await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test]
#[ignore = "real.sh starts its servers"]
async fn what_strimzi_serves_is_left_to_it() {
    let world = World::new().await;
    let path = file("theirs", "one\n");
    // All that the kind requires.
    let text = "{ apiVersion: kafka.strimzi.io/v1, kind: KafkaConnect, metadata: { name: connect }, spec: { replicas: 1, bootstrapServers: 'kafka:9092', groupId: a, configStorageTopic: b, statusStorageTopic: c, offsetStorageTopic: d } }";
    let theirs: DynamicObject = serde_yaml::from_str(text).unwrap();
    world.kafka_connects().create(&PostParams::default(), &theirs).await.unwrap();
    world.create("theirs", &format!("{{ class: FileStreamSource, config: {{ file: {path}, topic: theirs }} }}")).await;
    let events: Api<k8s_openapi::api::events::v1::Event> = Api::namespaced(world.client.clone(), "shop");
    let event = until("it is said", async || {
        let events = events.list(&ListParams::default()).await.unwrap();
        events.items.into_iter().find(|event| event.reason.as_deref() == Some("LeftToStrimzi"))
    })
    .await;
    assert!(event.note.unwrap().contains("KafkaConnect connect"));
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(world.connect.options("theirs").await.unwrap().is_none());
    assert_eq!(world.connectors().get("theirs").await.unwrap().status, None);
    world.kafka_connects().delete("connect", &DeleteParams::default()).await.unwrap();
    world.ready("theirs", "RUNNING").await;
}
