//! The reader in the cluster, against an API server of our own: what it makes, hears and takes away.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests")]

use delivery_kubectl::cluster::Cluster;
use delivery_kubectl::errand::{self, Errand};
use delivery_kubectl::error::Error;
use delivery_kubectl::installation::{Image, Installation};
use delivery_kubectl::leftovers::Leftovers;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// What the API server was asked: method and path, and the body of what was created.
#[derive(Clone, Default)]
struct Asked {
    requests: Arc<Mutex<Vec<String>>>,
    created: Arc<Mutex<Option<Value>>>,
}

/// An API server whose pod is in this state, and whose pod's log is this text.
fn server(asked: &Asked, create: StatusCode, state: Value, log: &'static str) -> Client {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let asked = asked.clone();
    tokio::spawn(async move {
        while let Some((request, send)) = handle.next_request().await {
            let line = format!("{} {}", request.method(), request.uri().path());
            asked.requests.lock().unwrap().push(line.clone());
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let status =
                json!({"name": "c", "image": "i", "imageID": "", "ready": true, "restartCount": 0, "state": state});
            let pod = json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": "reader-x"}, "status": {"containerStatuses": [status]},
            });
            let (code, answer) = match line.as_str() {
                "POST /apis/batch/v1/namespaces/shop/jobs" if create.is_success() => {
                    *asked.created.lock().unwrap() = Some(serde_json::from_slice(&body).unwrap());
                    (create, body.to_vec())
                }
                "POST /apis/batch/v1/namespaces/shop/jobs" => {
                    let refusal = json!({"kind": "Status", "code": create.as_u16(), "reason": "Forbidden", "message": "no jobs for you"});
                    (create, serde_json::to_vec(&refusal).unwrap())
                }
                "GET /api/v1/namespaces/shop/pods" => {
                    let list = json!({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": [pod]});
                    (StatusCode::OK, serde_json::to_vec(&list).unwrap())
                }
                "GET /api/v1/namespaces/shop/pods/reader-x" => (StatusCode::OK, serde_json::to_vec(&pod).unwrap()),
                "GET /api/v1/namespaces/shop/pods/reader-x/log" => (StatusCode::OK, log.as_bytes().to_vec()),
                _ if line.starts_with("DELETE /apis/batch/v1/namespaces/shop/jobs/") => {
                    (StatusCode::OK, serde_json::to_vec(&json!({"kind": "Status", "status": "Success"})).unwrap())
                }
                other => panic!("nobody should ask for {other}"),
            };
            send.send_response(Response::builder().status(code).body(Body::from(answer)).unwrap());
        }
    });
    Client::new(service, "shop")
}

/// Runs an errand that asks for numbers, and takes away what it left.
async fn run(asked: &Asked, create: StatusCode, state: Value, log: &'static str) -> (Result<String, Error>, Vec<u32>) {
    let client = server(asked, create, state, log);
    let config = serde_yaml::from_str("{kafka: {bootstrapServers: 'kafka:9092'}}").unwrap();
    let leftovers = Leftovers::default();
    let errand = Errand {
        cluster: Cluster { client: client.clone(), patient: client.clone(), once: client, namespace: "shop".into() },
        installation: Installation { namespace: "shop".into(), config_map: "operator".into(), config },
        image: Image { name: "operator:1".into(), pull_policy: None, pull_secrets: Vec::new() },
        leftovers: leftovers.clone(),
    };
    let mut items = Vec::new();
    let outcome = errand::run(&errand, &["topics".to_owned()], |item: u32| {
        items.push(item);
        Ok(())
    })
    .await;
    leftovers.remove().await;
    (outcome, items)
}

/// The Job that was made, which must have been deleted as the last thing.
#[track_caller]
fn deleted(asked: &Asked) -> String {
    let created = asked.created.lock().unwrap();
    let name = created.as_ref().unwrap()["metadata"]["name"].as_str().unwrap().to_owned();
    let last = asked.requests.lock().unwrap().last().unwrap().clone();
    assert_eq!(last, format!("DELETE /apis/batch/v1/namespaces/shop/jobs/{name}"));
    name
}

fn running() -> Value {
    json!({"running": {}})
}

#[tokio::test]
async fn the_answer_comes_through_the_log_and_the_job_is_taken_away() {
    let asked = Asked::default();
    let log = "{\"item\":4}\nWARN something else\n{\"item\":5}\n{\"done\":\"all\"}\n{\"item\":6}\n";
    let (outcome, items) = run(&asked, StatusCode::CREATED, running(), log).await;
    assert_eq!((outcome.unwrap().as_str(), items), ("all", vec![4, 5]));
    assert!(deleted(&asked).starts_with("kubectl-delivery-"));
}

#[tokio::test]
async fn what_the_reader_complains_of_is_told_and_the_job_is_taken_away() {
    let asked = Asked::default();
    let (outcome, items) =
        run(&asked, StatusCode::CREATED, running(), "{\"item\":4}\n{\"error\":\"Kafka is away.\"}\n").await;
    assert_eq!((outcome.unwrap_err().to_string().as_str(), items), ("Kafka is away.", vec![4]));
    deleted(&asked);
}

#[tokio::test]
async fn a_log_that_is_cut_is_no_answer() {
    let asked = Asked::default();
    let killed = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}});
    let (outcome, _) = run(&asked, StatusCode::CREATED, killed, "{\"item\":4}\n{\"ite").await;
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("ended early: OOMKilled with exit code 137"), "{message}");
    deleted(&asked);
}

#[tokio::test]
async fn an_image_without_the_program_is_named() {
    let asked = Asked::default();
    let waiting = json!({"waiting": {"reason": "RunContainerError", "message": "no such file"}});
    let (outcome, _) = run(&asked, StatusCode::CREATED, waiting, "").await;
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("the image operator:1") && message.contains("no such file"), "{message}");
    deleted(&asked);
}

#[tokio::test]
async fn who_may_not_make_jobs_hears_why_one_was_needed() {
    let asked = Asked::default();
    let (outcome, _) = run(&asked, StatusCode::FORBIDDEN, running(), "").await;
    let message = outcome.unwrap_err().to_string();
    assert_eq!(
        message,
        "Kafka at kafka:9092 cannot be reached from here, and a reader cannot be started in the namespace shop: no jobs \
         for you (Forbidden)"
    );
}
