//! From Kafka to Elasticsearch with `KafkaConnector` objects: the right types from the first document, every position once, and the
//! effect of bad records, read-only indices, deletions and kills.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::collections::BTreeMap;
use std::time::Duration;

use delivery_e2e::cluster::Cluster;
use delivery_e2e::log::{Log, Record};
use delivery_e2e::server::{NAMESPACE, Server};
use delivery_e2e::sink::{self, OwnConnector, position};
use delivery_e2e::{proof, unique, within};
use hyper::{Method, StatusCode};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, DynamicObject, ListParams};
use kube::{Api, ResourceExt};
use kube_runtime::wait::await_condition;
use serde_json::{Value, json};
use tokio::sync::Mutex;

const KINDS: [&str; 4] = ["positions", "requests", "plans", "states"];
const DEAD_LETTERS: &str = "dead-letters.connect";

/// One test connector at a time: Kafka Connect is small.
static ALONE: Mutex<()> = Mutex::const_new(());

#[tokio::test]
async fn the_shipped_connectors_are_running_and_listed_with_strimzis_columns() {
    let cluster = Cluster::connect().await.unwrap();
    for kind in KINDS {
        sink::until_at_work(&cluster, &format!("code-delivery-{kind}")).await.unwrap();
    }
    let namespace = cluster.client.default_namespace();
    let path = format!("/apis/kafka.strimzi.io/v1/namespaces/{namespace}/kafkaconnectors");
    let ask = hyper::Request::get(path).header("accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
    // Another test here kills Kafka Connect meanwhile.
    let ask = ask.body(Vec::new()).unwrap();
    let is_ready = |row: &Value| row["cells"][0] == sink::POSITIONS && row["cells"][4] == "True";
    let listed = within("the connector to be listed as ready", async {
        loop {
            let table: Value = cluster.client.request(ask.clone()).await?;
            if table["rows"].as_array().is_some_and(|rows| rows.iter().any(is_ready)) {
                return Ok(table);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    let table = listed.await.unwrap();
    let columns: Vec<&str> =
        table["columnDefinitions"].as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect();
    assert_eq!(columns, ["Name", "Cluster", "Connector class", "Max Tasks", "Ready"]);
    let rows = table["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["cells"][0] == sink::POSITIONS).unwrap();
    assert_eq!(row["cells"][1], "connect");
    assert_eq!(row["cells"][2], "dev.codedelivery.connect.ElasticsearchSinkConnector");
    assert_eq!(row["cells"][4], "True");
}

#[tokio::test]
async fn every_position_of_a_delivery_is_in_the_index_once_with_the_place_and_time_of_the_log() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let elasticsearch = Server::elasticsearch(&cluster).await.unwrap();
    let spec = json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 200, "courier": "moto-index"});
    let delivery = cluster.deliver("indexed", spec).await.unwrap();
    let id = delivery.uid().unwrap();
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    let expected = proof::complete(&log, &id).await.unwrap().positions;

    let of_delivery = json!({"term": {"deliveryId": id}});
    let found = elasticsearch.until_documents("code-delivery-positions", &of_delivery, expected.len()).await.unwrap();
    let ids: Vec<&str> = found.iter().map(|(document, _)| document.as_str()).collect();
    let by_seq: BTreeMap<u64, &Value> =
        found.iter().map(|(_, document)| (document["seq"].as_u64().unwrap(), document)).collect();
    assert_eq!((found.len(), by_seq.len()), (expected.len(), expected.len()), "each once: {ids:?}");
    for position in &expected {
        let document = by_seq[&position.seq];
        assert!(ids.contains(&format!("{id}:{}", position.seq).as_str()), "its id follows from what it is");
        let place: Vec<u64> =
            document["position"].as_array().unwrap().iter().map(|it| it.as_f64().unwrap().to_bits()).collect();
        assert_eq!(place, position.position.map(f64::to_bits), "seq {}", position.seq);
        assert_eq!(document["at"].as_i64(), Some(position.at), "seq {}", position.seq);
        let delay = document["delayMilliseconds"].as_i64().unwrap();
        assert!((0..180_000).contains(&delay), "seq {} came {delay} ms after its time", position.seq);
    }
    // The courier, and how the delivery ended: one document each.
    let plan = elasticsearch.until_documents("code-delivery-plans", &of_delivery, 1).await.unwrap();
    assert_eq!(
        (plan.len(), &plan[0].1["courier"], &plan[0].1["name"]),
        (1, &json!("moto-index"), &json!(delivery.name_any()))
    );
    let ended = json!({"bool": {"filter": [of_delivery, {"term": {"phase": "Finished"}}]}});
    let state = elasticsearch.until_documents("code-delivery-states", &ended, 1).await.unwrap();
    assert_eq!(state[0].1["seq"], expected.last().unwrap().seq);
    let late = state[0].1["lateMilliseconds"].as_i64().unwrap();
    assert!((0..180_000).contains(&late), "it waited {late} ms for its start");
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn a_start_request_is_in_the_index_with_the_brokers_time() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let elasticsearch = Server::elasticsearch(&cluster).await.unwrap();
    // A route that does not exist: the request is rejected, and still counts as a request.
    let request = unique("asked");
    let ask = json!({"routeId": "nowhere", "clientId": "viewer-1", "requestId": request}).to_string();
    let before = jiff::Timestamp::now().as_millisecond();
    log.send(delivery_messages::Topic::NewDirection, None, ask.as_bytes()).await.unwrap();
    let found = elasticsearch
        .until_documents("code-delivery-requests", &json!({"term": {"requestId": request}}), 1)
        .await
        .unwrap();
    assert_eq!((found.len(), &found[0].1["clientId"]), (1, &json!("viewer-1")));
    let at = found[0].1["at"].as_i64().unwrap();
    assert!((before..=jiff::Timestamp::now().as_millisecond()).contains(&at), "{at}");
}

#[tokio::test]
async fn the_very_first_document_has_the_right_types_and_bad_records_around_it_become_dead_letters_with_the_reason() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let own = OwnConnector::create(&cluster, "e2e-first").await.unwrap();
    let (mut beyond, mut text) = (position(&own.name, 7), position(&own.name, 8));
    (beyond["position"], text["at"]) = (json!([999, 999]), json!("soon"));
    let mut bad = vec!["no JSON at all".to_owned(), beyond.to_string(), text.to_string(), "[1, 2]".to_owned()];
    own.send(bad[0].as_bytes()).await.unwrap();
    own.send_positions(0..1).await.unwrap();
    for record in &bad[1..] {
        own.send(record.as_bytes()).await.unwrap();
    }
    own.send_positions(1..3).await.unwrap();
    own.until_positions(0..3).await.unwrap();

    let mappings = own.elasticsearch.get(&format!("/{}/_mapping", own.name)).await.unwrap();
    let mapping = &mappings.as_object().unwrap().values().next().unwrap()["mappings"];
    let types = ["position", "at", "deliveryId", "routeId", "seq", "speed"]
        .map(|field| mapping["properties"][field]["type"].as_str().unwrap());
    assert_eq!(types, ["geo_point", "date", "keyword", "keyword", "long", "float"]);
    assert_eq!(mapping["dynamic"], "false", "nothing is guessed");
    let found = json!({"bool": {"filter": [
        {"geo_distance": {"distance": "10m", "position": [-47.93, -15.82]}},
        {"range": {"at": {"gte": "now-4d", "lte": "now"}}},
        {"term": {"deliveryId": own.name}},
    ]}});
    assert_eq!(own.elasticsearch.documents(&own.name, &found).await.unwrap().len(), 3);

    // A repeated record is the same document, which is marked as a repeat.
    own.send_positions(1..2).await.unwrap();
    let again = json!({"term": {"repeated": true}});
    let again = own.elasticsearch.until_documents(&own.name, &again, 1).await.unwrap();
    assert_eq!((again.len(), &again[0].1["seq"]), (1, &json!(1)));
    own.until_positions(0..3).await.unwrap();

    // A repeat that says something else does not change the document, nor does a record with a foreign key.
    let mut moved = position(&own.name, 2);
    moved["position"] = json!([-47.94, -15.82]);
    own.send(moved.to_string().as_bytes()).await.unwrap();
    let foreign = moved.to_string();
    own.send_with_key("another", foreign.as_bytes()).await.unwrap();
    own.send_positions(3..4).await.unwrap();
    own.until_positions(0..4).await.unwrap();
    let third = own.elasticsearch.documents(&own.name, &json!({"term": {"seq": 2}})).await.unwrap();
    assert_eq!(third[0].1["position"], json!([-47.93, -15.82]), "the first record stays");
    bad.push(foreign);

    let letters = until_letters(&own.name, bad.len()).await;
    let reason = |bad: &str| {
        let letter = letters.iter().find(|letter| letter.value.as_deref() == Some(bad.as_bytes())).unwrap();
        letter.headers["__connect.errors.exception.message"].clone()
    };
    assert!(reason(&bad[0]).contains("MalformedRecord"), "{}", reason(&bad[0]));
    assert!(reason(&bad[1]).contains("illegal latitude value [999.0]"), "{}", reason(&bad[1]));
    assert!(reason(&bad[2]).contains("InvalidTime"), "{}", reason(&bad[2]));
    assert!(reason(&bad[3]).contains("MalformedRecord"), "{}", reason(&bad[3]));
    assert!(reason(&bad[4]).contains("ForeignKey"), "{}", reason(&bad[4]));
    assert_eq!(letters.len(), bad.len(), "each once");
    sink::until_at_work(&cluster, &own.name).await.unwrap();
    own.remove().await.unwrap();
}

#[tokio::test]
async fn what_cannot_work_is_reported_in_the_objects_status_with_the_way_out() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    for (option, value, said) in [
        ("retention.day", "3", "Did you mean retention.days?"),
        (
            "connection.url",
            "http://nowhere.invalid:9200",
            "The host nowhere.invalid does not resolve. Check its spelling",
        ),
        ("document.id.fields", "", "With ids of topic+partition+offset no document ever changes."),
        ("connection.username", "feeder", "A username needs a password"),
    ] {
        let name = unique("e2e-refused");
        let wrong = |spec: &mut Value| {
            spec["config"][option] = json!(value);
            if option == "document.id.fields" {
                spec["config"]["external.version.field"] = json!("seq");
            }
        };
        sink::create(&cluster, &name, wrong).await.unwrap();
        let refused = |found: Option<&DynamicObject>| {
            let conditions = found.and_then(|found| found.data["status"]["conditions"].as_array().cloned());
            conditions.is_some_and(|all| all.iter().any(|one| one["type"] == "NotReady"))
        };
        let api = sink::connectors(&cluster);
        let wait = async { Ok(await_condition(api.clone(), &name, refused).await?) };
        let found = within("a refusal", wait).await.unwrap().unwrap();
        let message = found.data["status"]["conditions"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(said), "{option}: {message}");
        api.delete(&name, &DeleteParams::default()).await.unwrap();
    }
}

#[tokio::test]
async fn a_read_only_index_is_retried_and_a_deleted_template_and_connector_are_restored() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let own = OwnConnector::create(&cluster, "e2e-locked").await.unwrap();
    own.send_positions(0..1).await.unwrap();
    own.until_positions(0..1).await.unwrap();

    // As the server itself does when its disk is full.
    let lock = async |value: Value| {
        let setting = json!({"index.blocks.read_only_allow_delete": value});
        own.elasticsearch.done(Method::PUT, &format!("/{}/_settings", own.name), Some(&setting)).await.unwrap();
    };
    lock(json!(true)).await;
    own.send_positions(1..3).await.unwrap();
    within("a word about it in Kafka Connect's log", async {
        loop {
            let log = own.connects_log().await.unwrap_or_default();
            if log.lines().any(|line| line.contains("Waiting to write documents: ") && line.contains(&own.name)) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .unwrap();
    own.until_positions(0..1).await.unwrap();
    let waits = |found: Option<&DynamicObject>| {
        let conditions = found.and_then(|found| found.data["status"]["conditions"].as_array().cloned());
        conditions.is_some_and(|all| all.iter().any(|one| one["type"] == "Warning" && one["reason"] == "Waiting"))
    };
    let wait = async { Ok(await_condition(sink::connectors(&cluster), &own.name, waits).await?) };
    within("a condition that says what the sink waits for", wait).await.unwrap();
    sink::until_at_work(&cluster, &own.name).await.unwrap();
    lock(Value::Null).await;
    own.until_positions(0..3).await.unwrap();

    let template = format!("/_index_template/{}", own.name);
    let pattern = |found: &Value| {
        let patterns = &found["index_templates"][0]["index_template"]["index_patterns"];
        (*patterns == json!([format!("{}-*", own.name)])).then_some(())
    };
    own.elasticsearch.done(Method::DELETE, &template, None).await.unwrap();
    own.elasticsearch.until(&template, pattern).await.unwrap();

    let connect = Server::connect(&cluster).await.unwrap();
    let path = format!("/connectors/{}", own.name);
    // Kafka Connect refuses while it distributes its connectors anew. Once it has accepted, the connector may be restored at any moment.
    within("the connector to be deleted", async {
        let is_deleted = |(status, _): (StatusCode, Value)| status == StatusCode::NO_CONTENT;
        while !connect.ask(Method::DELETE, &path, None).await.is_ok_and(is_deleted) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    })
    .await
    .unwrap();
    connect.until(&path, |found| (found["name"] == own.name).then_some(())).await.unwrap();
    own.send_positions(3..4).await.unwrap();
    own.until_positions(0..4).await.unwrap();
    sink::until_at_work(&cluster, &own.name).await.unwrap();
    own.remove().await.unwrap();
}

#[tokio::test]
async fn nothing_is_missing_or_duplicated_when_kafka_connect_and_elasticsearch_are_killed_under_way() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let own = OwnConnector::create(&cluster, "e2e-killed").await.unwrap();
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), NAMESPACE);
    own.send_positions(0..300).await.unwrap();
    for (server, numbers) in [("connect", 300..600), ("elasticsearch", 600..900)] {
        let label = ListParams::default().labels(&format!("app.kubernetes.io/name={server}"));
        let pod = pods.list(&label).await.unwrap().items.first().unwrap().name_any();
        pods.delete(&pod, &DeleteParams::default().grace_period(0)).await.unwrap();
        own.send_positions(numbers).await.unwrap();
    }
    // Two servers start at once, which takes its time on a busy machine.
    own.elasticsearch.until("/_cluster/health", |health| health["status"].is_string().then_some(())).await.unwrap();
    let connect = Server::connect(&cluster).await.unwrap();
    connect.until("/connectors", |all| all.is_array().then_some(())).await.unwrap();
    own.until_positions(0..900).await.unwrap();
    sink::until_at_work(&cluster, &own.name).await.unwrap();
    own.remove().await.unwrap();
}

/// The dead letters of a topic, as soon as there are this many.
async fn until_letters(topic: &str, count: usize) -> Vec<Record> {
    let log = Log::default();
    within("the dead letters", async {
        loop {
            let mut letters = log.all_of(DEAD_LETTERS).await?;
            letters.retain(|letter| letter.headers.get("__connect.errors.topic").is_some_and(|from| from == topic));
            if letters.len() >= count {
                return Ok(letters);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .unwrap()
}
