//! The position index: the gateway's queries to Elasticsearch and the commands that use them, for deliveries that have just finished.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::process::Output;
use std::time::{Duration, Instant};

use delivery_api::Delivery;
use delivery_e2e::cluster::Cluster;
use delivery_e2e::log::Log;
use delivery_e2e::server::Server;
use delivery_e2e::{PATIENCE, gateway, proof, unique};
use delivery_messages::NewPosition;
use hyper::{Method, StatusCode};
use kube::ResourceExt;
use serde_json::{Value, json};
use tokio::process::Command;

/// A delivery that has arrived, and its positions in the log.
struct Driven {
    delivery: Delivery,
    name: String,
    id: String,
    courier: String,
    positions: Vec<NewPosition>,
}

/// Runs a delivery from west to east along its own line, so that no other delivery is near, and waits until the index
/// has all of it.
async fn driven(cluster: &Cluster, purpose: &str) -> Driven {
    let (purpose, courier) = (unique(purpose), unique("courier"));
    // A place in the ocean that follows from the name.
    let south = -20.0 - f64::from(u32::from_str_radix(&hash(&purpose), 16).unwrap() % 200_000) / 10_000.0;
    let path: Vec<_> = (0..40).map(|step| [-20.0 + f64::from(step) * 0.0005, rounded(south)]).collect();
    let spec = json!({"path": path, "courier": courier, "vehicle": "boat", "intervalMilliseconds": 100});
    let delivery = cluster.deliver_as(&purpose, spec).await.unwrap();
    let id = delivery.uid().unwrap();
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    let positions = proof::complete(&Log::default(), &id).await.unwrap().positions;
    let path = format!("/history/deliveries/{id}/positions?limit=5000");
    until(&path, |page| page["positions"].as_array().is_some_and(|found| found.len() == positions.len())).await;
    until(&format!("/history/deliveries?courier={courier}"), |page| page["deliveries"][0]["phase"] == "Finished").await;
    Driven { delivery, name: purpose, id, courier, positions }
}

fn hash(name: &str) -> String {
    let sum = name.bytes().fold(5_381_u32, |sum, byte| sum.wrapping_mul(33) ^ u32::from(byte));
    format!("{sum:08x}")
}

fn rounded(degrees: f64) -> f64 {
    (degrees * 1e4).round() / 1e4
}

/// Repeats a query until the response is as wanted: the index follows the log by a second or two.
async fn until(path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let answer = gateway::request(Method::GET, path, None).await;
        if let Ok((StatusCode::OK, answer)) = &answer
            && wanted(answer)
        {
            return answer.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "{path} is not as wanted: {answer:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn kubectl(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new("kubectl").arg("delivery").args(arguments).kill_on_drop(true).output();
    let Output { status, stdout, stderr } = tokio::time::timeout(2 * PATIENCE, output).await.unwrap().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (status.code(), text(&stdout), text(&stderr))
}

#[tokio::test]
async fn a_finished_delivery_is_found_by_area_by_time_and_position_by_position() {
    let cluster = Cluster::connect().await.unwrap();
    let Driven { delivery, name, id, courier, positions } = driven(&cluster, "history").await;
    let (begin, end) = (positions.first().unwrap().at, positions.last().unwrap().at);

    let page = gateway::get(&format!("/history/deliveries/{id}/positions?limit=5000")).await.unwrap();
    for (told, position) in page["positions"].as_array().unwrap().iter().zip(&positions) {
        let [lng, lat] = position.position;
        let expected = json!({"seq": position.seq, "at": position.at, "position": [lat, lng], "speed": position.speed,
            "heading": position.heading, "progress": position.progress, "finished": position.finished});
        assert_eq!(*told, expected);
    }
    let deliveries = gateway::get(&format!("/history/deliveries?courier={courier}")).await.unwrap();
    let told = &deliveries["deliveries"][0];
    assert_eq!((&told["deliveryId"], &told["name"], &told["end"]), (&json!(id), &json!(name), &json!(end)), "{told}");
    assert_eq!((&told["positions"], &told["vehicle"]), (&json!(positions.len()), &json!("boat")), "{told}");

    // Around the middle of its path.
    let [lng, lat] = positions[positions.len() / 2].position;
    let near = gateway::get(&format!("/history/near?point={lng},{lat}&radius=60")).await.unwrap();
    assert_eq!(near["deliveries"].as_array().unwrap().len(), 1, "{near}");
    let passage = &near["deliveries"][0];
    assert_eq!((&passage["deliveryId"], &passage["courier"]), (&json!(id), &json!(courier)), "{passage}");
    assert!(passage["nearestMeters"].as_f64().unwrap() < 0.1, "{passage}");
    let inside = |name: &str| passage[name].as_i64().unwrap();
    assert!(begin < inside("firstAt") && inside("firstAt") < inside("lastAt") && inside("lastAt") < end, "{passage}");
    let summary = gateway::get(&format!("/history/summary?courier={courier}")).await.unwrap();
    assert_eq!((&summary["deliveries"], &summary["byPhase"]), (&json!(1), &json!({"Finished": 1})), "{summary}");
    assert_eq!(summary["routes"][0]["positions"], json!(positions.len()), "{summary}");
    let rectangle = format!("{},{},{},{}", lng - 1.0, lat - 0.0001, lng + 1.0, lat + 0.0001);
    let heat = gateway::get(&format!("/history/heat?rectangle={rectangle}&courier={courier}")).await.unwrap();
    let counted: u64 = heat["cells"].as_array().unwrap().iter().map(|cell| cell["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, positions.len() as u64, "{heat}");
    let extent = gateway::get("/history").await.unwrap();
    assert!(extent["newest"].as_i64().unwrap() >= end && extent["oldest"].as_i64().unwrap() <= begin, "{extent}");

    // The same with the command: a table, and JSON.
    let place = format!("{lng},{lat}");
    let (code, table, errors) = kubectl(&["history", "--near", &place, "--radius", "60", "--since", "1h"]).await;
    assert_eq!(code, Some(0), "{errors}");
    let row = table.lines().nth(1).unwrap_or_default();
    assert!(row.contains(&name) && row.contains(&courier) && row.contains("Finished"), "{table}");
    let (code, found, errors) = kubectl(&["history", "-A", "--courier", &courier, "-o", "json"]).await;
    assert_eq!(code, Some(0), "{errors}");
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["deliveries"][0]["deliveryId"], json!(id));
    let (code, table, errors) = kubectl(&["history", "--near", "0,0", "--courier", "nobody-at-all"]).await;
    assert_eq!((code, table.as_str()), (Some(0), ""));
    assert!(errors.contains("No deliveries"), "{errors}");
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn an_invalid_query_is_refused_with_an_example() {
    for path in
        ["/history/near", "/history/near?point=200,0", "/history/summary?since=9", "/history/heat?rectangle=0,0,0,0"]
    {
        let (status, answer) = gateway::request(Method::GET, path, None).await.unwrap();
        assert_eq!(
            (status, &answer["error"]["reason"]),
            (StatusCode::BAD_REQUEST, &json!("InvalidParameter")),
            "{path}"
        );
        assert!(answer["error"]["message"].as_str().unwrap().contains("such as"), "{answer}");
    }
    let (code, _, errors) = kubectl(&["history", "--near", "-47,93;-15,83"]).await;
    assert_eq!(code, Some(2));
    assert!(errors.contains("not a point"), "{errors}");
    assert_eq!(gateway::get("/config.json").await.unwrap()["history"], json!(true));
}

#[tokio::test]
async fn the_index_is_compared_with_the_log_and_each_difference_is_reported() {
    let cluster = Cluster::connect().await.unwrap();
    let Driven { delivery, id, positions, .. } = driven(&cluster, "sink-verify").await;
    let verify = async |wait: &str| {
        let arguments = ["verify", "--sink", "--sink-wait", wait, "--delivery", &id, "-o", "json"];
        let (code, out, errors) = kubectl(&arguments).await;
        let report: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out} {errors}"));
        (code, report["deliveries"][0].clone())
    };
    let (code, report) = verify("60s").await;
    assert_eq!((code, &report["sink"]["verdict"]), (Some(0), &json!("same")), "{report}");
    assert_eq!(report["sink"]["indexed"], json!(positions.len()));

    // Tampering with the index is found: one position removed, one moved, one added.
    let elasticsearch = Server::elasticsearch(&cluster).await.unwrap();
    let documents =
        elasticsearch.documents("code-delivery-positions", &json!({"term": {"deliveryId": id}})).await.unwrap();
    let seq = |wanted: u64| documents.iter().find(|(_, document)| document["seq"] == wanted).unwrap().clone();
    let day = jiff::Timestamp::from_millisecond(positions[0].at).unwrap().strftime("%Y.%m.%d").to_string();
    let place = |id: &str| format!("/code-delivery-positions-{day}/_doc/{}?refresh=true", id.replace(':', "%3A"));
    let (gone, _) = seq(7);
    elasticsearch.done(Method::DELETE, &place(&gone), None).await.unwrap();
    let (moved, mut document) = seq(9);
    document["position"] = json!([-20.0, -70.0]);
    elasticsearch.done(Method::PUT, &place(&moved), Some(&document)).await.unwrap();
    let (_, mut beyond) = seq(positions.len() as u64 - 1);
    beyond["seq"] = json!(positions.len() + 5);
    elasticsearch.done(Method::PUT, &place(&format!("{id}:beyond")), Some(&beyond)).await.unwrap();
    let (_, double) = seq(11);
    elasticsearch.done(Method::PUT, &place(&format!("{id}:double")), Some(&double)).await.unwrap();
    let (code, report) = verify("1s").await;
    assert_eq!(
        (code, &report["verdict"], &report["sink"]["verdict"]),
        (Some(1), &json!("complete"), &json!("broken")),
        "{report}"
    );
    for count in ["missing", "different", "extra", "doubled"] {
        assert_eq!(report["sink"][count], json!(1), "{report}");
    }
    let (code, table, _) = kubectl(&["verify", "--sink", "--sink-wait", "1s", "--delivery", &id]).await;
    assert_eq!(code, Some(1));
    assert!(table.contains("Sink: 1 broken") && table.contains("missing"), "{table}");

    // Once restored, it is the same again.
    let (gone, document) = seq(7);
    elasticsearch.done(Method::PUT, &place(&gone), Some(&document)).await.unwrap();
    let (moved, document) = seq(9);
    elasticsearch.done(Method::PUT, &place(&moved), Some(&document)).await.unwrap();
    for extra in ["beyond", "double"] {
        elasticsearch.done(Method::DELETE, &place(&format!("{id}:{extra}")), None).await.unwrap();
    }
    let (code, report) = verify("60s").await;
    assert_eq!((code, &report["sink"]["verdict"]), (Some(0), &json!("same")), "{report}");
    cluster.delete(&delivery).await.unwrap();
}
