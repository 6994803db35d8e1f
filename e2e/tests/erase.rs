//! Erasing a person with one command: the data is gone from Kubernetes, the log, the gateway, MongoDB and the index;
//! reading the log again from its beginning brings nothing back; no other person's data is touched.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use delivery_api::Delivery;
use delivery_e2e::cluster::Cluster;
use delivery_e2e::gateway::{Socket, get, request};
use delivery_e2e::group::Group;
use delivery_e2e::log::{Log, Record};
use delivery_e2e::server::{self, Server};
use delivery_e2e::sink::{POSITIONS, connectors, until_at_work};
use delivery_e2e::{PATIENCE, entrance, unique, within};
use delivery_messages::{Erased, Plan, StatePhase, Topic, decode};
use hyper::{Method, StatusCode};
use kube::ResourceExt;
use kube::api::{DeleteParams, DynamicObject, ListParams, PostParams};
use mongodb::bson::doc;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

/// Runs `kubectl delivery …`: returns its exit code and its output as JSON.
async fn kubectl(arguments: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new("kubectl");
    command.arg("delivery").args(arguments).args(["-o", "json"]).kill_on_drop(true);
    let output = tokio::time::timeout(2 * PATIENCE, command.output()).await.unwrap().unwrap();
    let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {output:?}"));
    (output.status.code(), answer)
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < PATIENCE, "{what} does not come about");
        sleep(Duration::from_millis(200)).await;
    }
}

/// Sends a start request, and waits until it has become a delivery with a plan.
async fn started(log: &Log, courier: &str, request: &str) -> (Plan, Vec<u8>) {
    let value = json!({"routeId": "2", "clientId": format!("client of {courier}"), "requestId": request, "courier": courier, "intervalMilliseconds": 100});
    let value = value.to_string().into_bytes();
    log.send(Topic::NewDirection, Some(courier), &value).await.unwrap();
    let plan = log.find(Topic::Plan, request, |record| {
        let plan: Plan = decode(Topic::Plan, record.value.as_deref()).ok()?;
        (plan.request_id.as_deref() == Some(request)).then_some(plan)
    });
    (plan.await.unwrap(), value)
}

/// The newest record of a key, if the topic has any.
async fn newest(log: &Log, topic: Topic, key: &str) -> Option<Record> {
    log.all(topic).await.unwrap().into_iter().rev().find(|record| record.key == key)
}

/// Waits for a tombstone of a key after that offset.
async fn tombstone(log: &Log, topic: Topic, key: &str, after: i64) {
    let wanted = |record: &Record| (record.key == key && record.value.is_none() && record.offset > after).then_some(());
    log.find(topic, &format!("the tombstone of {key} in {}", topic.name()), wanted).await.unwrap();
}

fn of(id: &str) -> Value {
    json!({"term": {"deliveryId": id}})
}

/// How many documents of a delivery there are in each kind of index.
async fn documents(index: &Server, id: &str) -> [usize; 3] {
    let mut counts = [0; 3];
    for (count, kind) in counts.iter_mut().zip(["positions", "plans", "states"]) {
        *count = index.documents(&format!("code-delivery-{kind}"), &of(id)).await.unwrap().len();
    }
    counts
}

async fn objects_of(cluster: &Cluster, courier: &str) -> Vec<String> {
    let all = cluster.deliveries().list(&ListParams::default()).await.unwrap();
    let theirs = all.items.iter().filter(|delivery: &&Delivery| delivery.spec.courier.as_deref() == Some(courier));
    theirs.map(ResourceExt::name_any).collect()
}

/// Reads all positions again from the log's beginning into the same index, as a connector that was reset does.
async fn replay(cluster: &Cluster, log: &Log) {
    let (name, shipped) = (unique("replay"), connectors(cluster).get(POSITIONS).await.unwrap());
    let labels = json!({"strimzi.io/cluster": shipped.labels()["strimzi.io/cluster"]});
    let object: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "kafka.strimzi.io/v1", "kind": "KafkaConnector",
        "metadata": {"name": name, "labels": labels}, "spec": shipped.data["spec"],
    }))
    .unwrap();
    connectors(cluster).create(&PostParams::default(), &object).await.unwrap();
    until_at_work(cluster, &name).await.unwrap();
    // To the end that the topic has now: other tests write to it all the time.
    let group = Group::open(log, &format!("connect-{name}"), Topic::NewPosition).await.unwrap();
    group.caught_up().await.unwrap();
    connectors(cluster).delete(&name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn an_erased_courier_is_gone_everywhere_stays_gone_after_a_replay_and_no_other_is_touched() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let index = Server::elasticsearch(&cluster).await.unwrap();
    let history = server::history(&cluster).await.unwrap();
    let (gone, stays) = (unique("courier-gone"), unique("courier-stays"));
    let (finished, request_of_it) = started(&log, &gone, &unique("erased")).await;
    let (other, _) = started(&log, &stays, &unique("kept")).await;
    let spec = json!({"routeRef": {"name": "primeiro"}, "courier": gone, "intervalMilliseconds": 5000});
    let running = cluster.deliver("erased", spec).await.unwrap();
    let running = running.uid().unwrap();
    for plan in [&finished, &other] {
        log.state(&plan.delivery_id, |state| state.phase == StatePhase::Finished).await.unwrap();
    }
    let theirs = [finished.delivery_id.as_str(), running.as_str()];
    for id in theirs.into_iter().chain([other.delivery_id.as_str()]) {
        for kind in ["positions", "plans", "states"] {
            index.until_documents(&format!("code-delivery-{kind}"), &of(id), 1).await.unwrap();
        }
        until("it is in MongoDB", async || {
            history
                .find_one(doc! {"_id": id, "courier": {"$exists": true}, "statePhase": {"$exists": true}})
                .await
                .unwrap()
                .is_some()
        })
        .await;
    }
    let request_id = finished.request_id.clone().unwrap();
    let requests = json!({"term": {"requestId": request_id}});
    index.until_documents("code-delivery-requests", &requests, 1).await.unwrap();
    let old_plan = newest(&log, Topic::Plan, theirs[0]).await.unwrap();
    let old_position = log.positions(theirs[0]).await.unwrap()[0].1.clone();
    // The index follows the log: what it is compared with below must be all that there is.
    let all: BTreeSet<u64> =
        log.positions(&other.delivery_id).await.unwrap().iter().map(|(position, _)| position.seq).collect();
    index.until_documents("code-delivery-positions", &of(&other.delivery_id), all.len()).await.unwrap();
    let kept = documents(&index, &other.delivery_id).await;

    // A dry run changes nothing; here it runs in a pod in the cluster, because Kafka's address is not given.
    let (code, looked) = kubectl(&["erase", "--courier", &gone, "--dry-run"]).await;
    assert_eq!((code, looked["deliveries"].as_array().unwrap().len()), (Some(0), 2), "{looked}");
    assert_eq!(objects_of(&cluster, &gone).await.len(), 2);

    let (mut page, snapshot) = Socket::open().await.unwrap();
    assert!(snapshot.to_string().contains(&running), "the page shows it");
    let servers = ["--bootstrap-servers", log.config.bootstrap_servers.as_str()];
    let erase = [&["erase", "--courier", &gone, "--yes"][..], &servers].concat();
    let (code, report) = kubectl(&erase).await;
    assert_eq!((code, &report["complete"]), (Some(0), &json!(true)), "{report:#}");
    let ids: BTreeSet<_> =
        report["deliveries"].as_array().unwrap().iter().map(|one| one["deliveryId"].as_str().unwrap()).collect();
    assert_eq!(ids, theirs.into());
    let held = report["held"].as_array().unwrap();
    let positions = held.iter().find(|one| one["topic"] == log.config.topic(Topic::NewPosition)).unwrap();
    assert!(positions["records"].as_u64().unwrap() > 20 && positions["until"]["at"].is_i64(), "{report:#}");

    // Checks each place directly, not by the command's own report.
    assert_eq!(objects_of(&cluster, &gone).await, [""; 0]);
    for id in theirs {
        for topic in [Topic::Plan, Topic::State] {
            let newest = newest(&log, topic, id).await;
            assert!(newest.is_none_or(|record| record.value.is_none()), "{id} in {}", topic.name());
        }
        // A gateway may be a moment behind the other one.
        until("its end in every gateway", async || {
            let answer = request(Method::GET, &format!("/deliveries/{id}"), None).await;
            answer.is_ok_and(|(status, _)| status == StatusCode::NOT_FOUND)
        })
        .await;
        let left = history.find_one(doc! {"_id": id}).await.unwrap().unwrap();
        assert!(
            left.keys().all(|key| ["_id", "erasedAt", "planVersion", "stateVersion"].contains(&key.as_str())),
            "{left}"
        );
        assert_eq!(documents(&index, id).await, [0, 0, 0], "{id}");
    }
    assert!(index.documents("code-delivery-requests", &requests).await.unwrap().is_empty());
    let told = page.until("snapshot", |data| !data.to_string().contains(&running)).await.unwrap();
    assert!(!told.to_string().contains(&gone));
    let list: Vec<_> = log.all(Topic::Erased).await.unwrap();
    for id in theirs.into_iter().chain([request_id.as_str()]) {
        let value = list.iter().rev().find(|record| record.key == id).unwrap().value.clone().unwrap();
        assert!(decode::<Erased>(Topic::Erased, Some(&value)).is_ok());
        assert!(!String::from_utf8(value).unwrap().contains(&gone), "the list says nothing of the person");
    }

    // Late arrivals: the request, the plan, a position; and a connector that reads all of them from the beginning.
    log.send(Topic::NewDirection, Some(&gone), &request_of_it).await.unwrap();
    let behind = log.send(Topic::NewDirection, Some(&gone), b"no json").await.unwrap();
    log.dead_letter(Topic::NewDirection, behind).await.unwrap();
    assert_eq!(objects_of(&cluster, &gone).await, [""; 0], "the request before it was served, and made nothing");
    let again = log.send(Topic::Plan, Some(theirs[0]), &old_plan.value.unwrap()).await.unwrap();
    log.send(Topic::NewPosition, Some(theirs[0]), &old_position).await.unwrap();
    tombstone(&log, Topic::Plan, theirs[0], again.1).await;
    replay(&cluster, &log).await;
    assert_eq!(documents(&index, theirs[0]).await, [0, 0, 0]);
    assert_eq!(documents(&index, theirs[1]).await, [0, 0, 0]);
    assert!(history.find_one(doc! {"_id": theirs[0], "courier": {"$exists": true}}).await.unwrap().is_none());
    let (status, _) = request(Method::GET, &format!("/deliveries/{}", theirs[0]), None).await.unwrap();
    assert_eq!(status, StatusCode::NOT_FOUND);

    // The other courier's data is still there.
    assert_eq!(documents(&index, &other.delivery_id).await, kept);
    assert_eq!(get(&format!("/deliveries/{}", other.delivery_id)).await.unwrap()["courier"], json!(stays));
    assert_eq!(objects_of(&cluster, &stays).await, [other.name.as_str()]);
    assert!(newest(&log, Topic::Plan, &other.delivery_id).await.unwrap().value.is_some());
    cluster.deliveries().delete(&other.name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn a_client_is_erased_together_with_unserved_requests_and_mistakes_are_named() {
    let log = Log::default();
    let client = unique("client");
    let value = json!({"routeId": "no-such-route", "clientId": client}).to_string().into_bytes();
    let (partition, offset) = log.send(Topic::NewDirection, None, &value).await.unwrap();
    log.dead_letter(Topic::NewDirection, (partition, offset)).await.unwrap();
    let servers = ["--bootstrap-servers", log.config.bootstrap_servers.as_str()];
    let (code, report) = kubectl(&[&["erase", "--client", &client, "--yes"][..], &servers].concat()).await;
    assert_eq!((code, &report["complete"]), (Some(0), &json!(true)), "{report:#}");
    let place = format!("{}/{partition}/{offset}", log.config.topic(Topic::NewDirection));
    let listed: BTreeSet<_> = log.all(Topic::Erased).await.unwrap().into_iter().map(|record| record.key).collect();
    assert!(listed.contains(&place) && listed.contains(&place.replace('/', "+")), "by its place, and as a document");
    let held: Vec<_> = report["held"].as_array().unwrap().iter().map(|one| one["topic"].clone()).collect();
    assert_eq!(held, [json!(log.config.topic(Topic::NewDirection)), json!(log.config.topic(Topic::DeadLetters))]);

    let run = |arguments: Vec<String>| async move {
        let mut command = Command::new("kubectl");
        let output = within("kubectl", async {
            Ok(command.arg("delivery").args(arguments).stdin(std::process::Stdio::null()).output().await?)
        })
        .await
        .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (code, said) = run(words(&format!("erase --client {client} {}", servers.join(" ")))).await;
    assert!(code == Some(2) && said.contains("Use --yes"), "{said}");
    let (code, said) = run(words(&format!("erase --courier {} --yes {}", unique("nobody"), servers.join(" ")))).await;
    assert!(code == Some(0) && said.contains("No data of the courier nobody"), "{said}");
}

/// Makes a purchase.
async fn bought(order: &Value) -> Value {
    let (status, purchase) = entrance::ask(Method::POST, "/api/purchases", Some(order)).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{purchase}");
    purchase
}

/// Waits for a purchase's invoice, and for what became of its e-mail.
async fn invoiced(purchase: &Value, email: &str) -> Value {
    let path = format!("/api/invoices/{}", purchase["id"].as_str().unwrap());
    entrance::until(&path, |invoice| invoice["email"]["state"] == email).await.unwrap()
}

#[tokio::test]
async fn an_erased_customer_is_forgotten_everywhere_also_when_it_is_read_again_and_may_buy_anew() {
    let log = Log::default();
    let email = format!("{}@example.com", unique("forgotten"));
    let order = json!({
        "customer": {"name": "Ana Souza", "email": email},
        "items": [{"product": "café", "quantity": 2, "unitPriceCents": 1_990}],
    });
    let purchase = bought(&order).await;
    let (path, customer) = (
        format!("/api/purchases/{}", purchase["id"].as_str().unwrap()),
        purchase["customer"]["id"].as_str().unwrap().to_owned(),
    );
    let before = invoiced(&purchase, "SENT").await;
    let told = format!("/api/notifications/count/from/{customer}");
    entrance::until(&told, |answer| answer["count"].as_u64() >= Some(2)).await.unwrap();
    let events: Vec<Record> = log.all(Topic::Purchase).await.unwrap();
    let event = events.into_iter().find(|record| record.key == customer).unwrap().value.unwrap();

    let servers = ["--bootstrap-servers", log.config.bootstrap_servers.as_str()];
    let (code, looked) = kubectl(&[&["erase", "--customer", &email, "--dry-run"][..], &servers].concat()).await;
    assert_eq!(code, Some(0), "{looked:#}");
    assert_eq!(entrance::get(&path).await.unwrap()["customer"]["name"], json!("Ana Souza"), "nothing has changed");

    let (code, report) = kubectl(&[&["erase", "--customer", &email, "--yes"][..], &servers].concat()).await;
    assert_eq!((code, &report["complete"]), (Some(0), &json!(true)), "{report:#}");
    let kept = report["kept"].to_string();
    assert!(kept.contains("1 invoice keeps number, access key"), "{report:#}");
    let held: Vec<_> = report["held"].as_array().unwrap().iter().map(|one| one["topic"].clone()).collect();
    assert!(held.contains(&json!(log.config.topic(Topic::Purchase))), "what Kafka still holds is said: {held:?}");

    // Checks each service directly, not by the command's own report.
    let is_forgotten = |document: &Value| {
        document["customer"] == json!({"id": customer, "name": "", "email": "", "language": "pt-BR"})
    };
    let purchase_now = entrance::get(&path).await.unwrap();
    assert!(is_forgotten(&purchase_now) && purchase_now["totalCents"] == json!(3_980), "{purchase_now}");
    let after = invoiced(&purchase, "SENT").await;
    assert!(is_forgotten(&after), "{after}");
    for field in ["number", "series", "accessKey", "items", "totalCents", "issuedAt"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(entrance::get(&told).await.unwrap()["count"], json!(0));
    let (status, _) = entrance::ask(Method::GET, &format!("/api/recipients/{customer}"), None).await.unwrap();
    assert_eq!(status, StatusCode::NOT_FOUND);

    // The event comes once more; then the customer buys again, behind it in the same partition.
    log.send(Topic::Purchase, Some(&customer), &event).await.unwrap();
    let again = bought(&order).await;
    let new = invoiced(&again, "SENT").await;
    assert_eq!(new["customer"]["name"], json!("Ana Souza"), "who buys again is a customer again");
    entrance::until(&told, |answer| answer["count"].as_u64() >= Some(2)).await.unwrap();
    let path = format!("/api/notifications/from/{customer}");
    let list = entrance::get(&path).await.unwrap();
    assert_eq!(list["notifications"].as_array().unwrap().len(), 2, "those of the new purchase alone: {list}");
    assert!(is_forgotten(&invoiced(&purchase, "SENT").await));
}
