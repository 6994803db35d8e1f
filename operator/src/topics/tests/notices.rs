use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::base::names::FIELD_MANAGER;
use crate::testing::server::{Answer, answer, server, whats};

const OURS: &str = "kafka:9092";
const AWAY: Option<&str> = Some("Kafka does not answer.");

fn pod(component: &str, name: &str, kafka: &str, phase: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": "shop", "uid": format!("uid of {name}"),
            "labels": { NAME: format!("code-delivery-{component}") }, "annotations": { KAFKA: kafka },
        },
        "status": { "phase": phase },
    })
}

fn pods(found: &[Value]) -> Answer {
    answer(Method::GET, "/pods", 200, json!({ "kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": found }))
}

fn this() -> This {
    This { pod: Some("operator-a".to_owned()), kafka: OURS.to_owned() }
}

fn notices(client: Client) -> PodNotices {
    let events = Events::new(client.clone(), FIELD_MANAGER);
    let places = places("shop/code-delivery", "shop", &["shop".to_owned()]);
    PodNotices { client, events, places, this: this(), away_since: None, told: HashSet::new() }
}

#[tokio::test]
async fn each_pod_that_waits_for_kafka_is_told_once_and_those_that_come_later_too() {
    let event = || answer(Method::POST, "/events", 201, json!({ "metadata": {} }));
    let gateway = pod("gateway", "gateway-a", OURS, "Running");
    let first = [pod("operator", "operator-a", OURS, "Running"), gateway.clone()];
    let (client, serving) = server(vec![
        pods(&first),
        pods(&[pod("simulator", "primeiro-1", OURS, "Running")]),
        event(),
        event(),
        pods(&[gateway, pod("gateway", "gateway-b", OURS, "Running")]),
        pods(&[]),
        event(),
    ]);
    let mut notices = notices(client);
    let begin = Instant::now();
    for seconds in [0, 19, 20, 30] {
        notices.announce(AWAY, true, begin + Duration::from_secs(seconds)).await;
    }
    notices.announce(None, true, begin + Duration::from_secs(40)).await;
    assert!(notices.told.is_empty(), "the next time it is news again");
    notices.announce(AWAY, true, begin + Duration::from_secs(50)).await;
    drop(notices);
    let asked = tokio::time::timeout(Duration::from_secs(5), serving).await.unwrap().unwrap();
    let (list, tell) = ("GET pods", "POST events");
    assert_eq!(whats(&asked), [list, list, tell, tell, list, list, tell]);
    let told: Vec<_> = asked.iter().filter(|asked| asked.what == tell).map(|asked| &asked.body).collect();
    let about: Vec<_> = told.iter().map(|event| event["regarding"]["name"].as_str().unwrap()).collect();
    assert_eq!(about, ["gateway-a", "primeiro-1", "gateway-b"]);
    assert_eq!((&told[0]["reason"], &told[0]["type"]), (&json!("KafkaUnreachable"), &json!("Warning")));
    assert!(told[0]["note"].as_str().unwrap().ends_with("Kafka does not answer."), "{}", told[0]);
}

/// The names of those that are told.
fn told(pods: &[Value], leads: bool) -> Vec<String> {
    let pods: Vec<Pod> = pods.iter().map(|pod| serde_json::from_value(pod.clone()).unwrap()).collect();
    waiting(&pods, &this(), leads).into_iter().map(ResourceExt::name_any).collect()
}

#[test]
fn the_leader_tells_the_pods_that_have_its_kafka_and_are_at_work() {
    let mut ending = pod("gateway", "gateway-d", OURS, "Running");
    ending["metadata"]["deletionTimestamp"] = json!("2026-11-22T10:00:00Z");
    let mut canary = pod("canary", "canary-a", OURS, "Running");
    canary["metadata"]["annotations"] = json!({});
    let pods = [
        pod("operator", "operator-a", OURS, "Running"),
        pod("operator", "operator-b", OURS, "Running"),
        pod("gateway", "gateway-a", OURS, "Running"),
        pod("gateway", "gateway-b", "other:9092", "Running"),
        pod("gateway", "gateway-c", OURS, "Pending"),
        pod("simulator", "primeiro-1", OURS, "Succeeded"),
        ending,
        canary,
    ];
    assert_eq!(told(&pods, true), ["operator-b", "gateway-a"]);
    assert_eq!(told(&pods, false), [""; 0], "the leader has the same Kafka and tells them");
}

#[test]
fn while_a_wrong_address_is_rolled_out_the_new_standby_tells_the_new_pods() {
    let pods = [
        pod("operator", "operator-a", OURS, "Running"),
        pod("operator", "operator-b", "kafka.right:9092", "Running"),
        pod("gateway", "gateway-a", OURS, "Running"),
        pod("gateway", "gateway-b", "kafka.right:9092", "Running"),
    ];
    assert_eq!(told(&pods, false), ["operator-a", "gateway-a"], "its own has no other Event");
}

#[test]
fn pods_are_looked_for_in_the_releases_namespace_and_those_of_deliveries_in_the_watched_ones() {
    let found = places("shop/north", "shop", &["a".to_owned(), "b".to_owned()]);
    let of_release = "app.kubernetes.io/instance=north,app.kubernetes.io/name";
    let expected = [("shop", "!=code"), ("a", "=code"), ("b", "=code")];
    for ((namespace, labels), (place, name)) in found.iter().zip(expected) {
        assert_eq!(namespace, place);
        assert_eq!(*labels, format!("{of_release}{name}-delivery-simulator"));
    }
    assert_eq!(found.len(), 3);
}
