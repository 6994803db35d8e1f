use std::sync::{Arc, Mutex};

use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;

use super::*;

fn pod(state: &Value) -> Pod {
    let status = json!({"name": "c", "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": state});
    serde_json::from_value(json!({"metadata": {"name": "p"}, "status": {"containerStatuses": [status]}})).unwrap()
}

#[test]
fn a_pod_that_can_never_start_is_distinguished_from_one_that_will() {
    let waiting = |reason| pod(&json!({"waiting": {"reason": reason, "message": "no such tag"}}));
    assert_eq!(progress(&waiting("ContainerCreating")), PodProgress::Waiting("ContainerCreating (no such tag)".into()));
    assert_eq!(progress(&waiting("ErrImagePull")), PodProgress::CannotStart("ErrImagePull (no such tag)".into()));
    let missing = json!({"terminated": {"exitCode": 128, "reason": "StartError", "message": "no such file"}});
    assert_eq!(progress(&pod(&missing)), PodProgress::CannotStart("no such file".into()));
    assert_eq!(progress(&pod(&json!({"running": {}}))), PodProgress::Started);
    let ended = json!({"terminated": {"exitCode": 0, "reason": "Completed"}});
    assert_eq!(progress(&pod(&ended)), PodProgress::Started, "its log is still there");
    assert_eq!(progress(&Pod::default()), PodProgress::Waiting("its pod is not scheduled".into()));
}

#[test]
fn the_job_is_restricted_and_bounded_and_gets_all_settings() {
    let config = serde_yaml::from_str(
        "{kafka: {bootstrapServers: 'k:1', propertiesDirectory: /etc/kafka}, simulator: {kafkaPropertiesSecret: client}}",
    )
    .unwrap();
    let installation = Installation {
        namespace: "n".into(),
        config_map: "c".into(),
        kafka_secret: None,
        traces: None,
        prometheus: None,
        config,
    };
    let image = Image { name: "i:1".into(), pull_policy: None, pull_secrets: Vec::new() };
    let job: Job =
        serde_json::from_value(manifest("r", &installation, &image, &["verify".to_owned(), "-A".to_owned()])).unwrap();
    let spec = job.spec.unwrap();
    assert!(spec.active_deadline_seconds.is_some() && spec.ttl_seconds_after_finished.is_some());
    let pod = spec.template.spec.unwrap();
    assert_eq!(pod.automount_service_account_token, Some(false));
    assert_eq!(pod.security_context.unwrap().run_as_non_root, Some(true));
    let container = &pod.containers[0];
    assert_eq!(
        container.args.as_deref().unwrap(),
        ["verify", "-A", "--config", "/etc/code-delivery/config.yaml", "--stream"]
    );
    let mounts: Vec<_> = container.volume_mounts.iter().flatten().map(|mount| mount.mount_path.as_str()).collect();
    assert_eq!(mounts, ["/etc/code-delivery", "/etc/kafka"]);
    assert_eq!(pod.volumes.unwrap()[1].secret.as_ref().unwrap().secret_name.as_deref(), Some("client"));
}

#[test]
fn in_a_mesh_the_job_has_a_sidecar_and_an_identity_of_its_own() {
    let job = |config: &str| {
        let config = serde_yaml::from_str(config).unwrap();
        let installation = Installation {
            namespace: "n".into(),
            config_map: "c".into(),
            kafka_secret: None,
            traces: None,
            prometheus: None,
            config,
        };
        let image = Image { name: "i:1".into(), pull_policy: None, pull_secrets: Vec::new() };
        let job: Job = serde_json::from_value(manifest("r", &installation, &image, &[])).unwrap();
        job.spec.unwrap().template
    };
    let plain = job("{kafka: {bootstrapServers: 'k:1'}, lease: {namespace: n, name: shop-operator}}");
    assert_eq!(plain.spec.unwrap().service_account_name, None);
    assert_eq!(plain.metadata.unwrap().annotations.unwrap()["sidecar.istio.io/inject"], "false");
    for (label, value) in [("sidecar.istio.io/inject", "true"), ("istio.io/dataplane-mode", "ambient")] {
        let meshed = job(&format!(
            "{{kafka: {{bootstrapServers: 'k:1'}}, lease: {{namespace: n, name: shop-operator}}, simulator: {{labels: {{{label}: '{value}'}}}}}}"
        ));
        assert_eq!(meshed.spec.unwrap().service_account_name.as_deref(), Some("shop-kubectl"));
        let metadata = meshed.metadata.unwrap();
        assert_eq!(metadata.labels.unwrap()[label], value);
        assert!(!metadata.annotations.unwrap().contains_key("sidecar.istio.io/inject"));
    }
}

/// Requests to the API server (method and path), and the created object.
#[derive(Clone, Default)]
struct Requests {
    lines: Arc<Mutex<Vec<String>>>,
    created: Arc<Mutex<Option<Value>>>,
}

/// An API server whose pod is in this state, and whose pod's log is this text.
fn server(requests: &Requests, create: StatusCode, state: Value, log: &'static str) -> Client {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let requests = requests.clone();
    tokio::spawn(async move {
        while let Some((request, send)) = handle.next_request().await {
            let line = format!("{} {}", request.method(), request.uri().path());
            requests.lines.lock().unwrap().push(line.clone());
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let status =
                json!({"name": "c", "image": "i", "imageID": "", "ready": true, "restartCount": 0, "state": state});
            let pod = json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": "reader-x"}, "status": {"containerStatuses": [status]},
            });
            let (code, answer) = match line.as_str() {
                "POST /apis/batch/v1/namespaces/shop/jobs" if create.is_success() => {
                    *requests.created.lock().unwrap() = Some(serde_json::from_slice(&body).unwrap());
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
                other => panic!("unexpected request: {other}"),
            };
            send.send_response(Response::builder().status(code).body(Body::from(answer)).unwrap());
        }
    });
    Client::new(service, "shop")
}

/// Runs a Job that answers with numbers, and cleans up.
async fn run_against(
    requests: &Requests,
    create: StatusCode,
    state: Value,
    log: &'static str,
) -> (Result<String, Error>, Vec<u32>) {
    let client = server(requests, create, state, log);
    let config = serde_yaml::from_str("{kafka: {bootstrapServers: 'kafka:9092'}}").unwrap();
    let cleanup = Cleanup::default();
    let job = InClusterJob {
        cluster: Cluster {
            client: client.clone(),
            streaming: client.clone(),
            no_retry: client,
            namespace: "shop".into(),
        },
        installation: Installation {
            namespace: "shop".into(),
            config_map: "operator".into(),
            kafka_secret: None,
            traces: None,
            prometheus: None,
            config,
        },
        image: Image { name: "operator:1".into(), pull_policy: None, pull_secrets: Vec::new() },
        cleanup: cleanup.clone(),
    };
    let mut items = Vec::new();
    let outcome = super::run(&job, &["topics".to_owned()], |item: u32| {
        items.push(item);
        Ok(())
    })
    .await;
    cleanup.run().await;
    (outcome, items)
}

/// The name of the created Job; deleting it must be the last request.
#[track_caller]
fn deleted(requests: &Requests) -> String {
    let created = requests.created.lock().unwrap();
    let name = created.as_ref().unwrap()["metadata"]["name"].as_str().unwrap().to_owned();
    let last = requests.lines.lock().unwrap().last().unwrap().clone();
    assert_eq!(last, format!("DELETE /apis/batch/v1/namespaces/shop/jobs/{name}"));
    name
}

fn running() -> Value {
    json!({"running": {}})
}

#[tokio::test]
async fn the_answer_comes_through_the_log_and_the_job_is_deleted() {
    let requests = Requests::default();
    let log = "{\"item\":4}\nWARN something else\n{\"item\":5}\n{\"done\":\"all\"}\n{\"item\":6}\n";
    let (outcome, items) = run_against(&requests, StatusCode::CREATED, running(), log).await;
    assert_eq!((outcome.unwrap().as_str(), items), ("all", vec![4, 5]));
    assert!(deleted(&requests).starts_with("kubectl-delivery-"));
}

#[tokio::test]
async fn an_error_of_the_job_is_returned_and_the_job_is_deleted() {
    let requests = Requests::default();
    let (outcome, items) =
        run_against(&requests, StatusCode::CREATED, running(), "{\"item\":4}\n{\"error\":\"Kafka is unavailable.\"}\n")
            .await;
    assert_eq!((outcome.unwrap_err().to_string().as_str(), items), ("Kafka is unavailable.", vec![4]));
    deleted(&requests);
}

#[tokio::test]
async fn a_log_that_ends_early_is_an_error() {
    let requests = Requests::default();
    let killed = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}});
    let (outcome, _) = run_against(&requests, StatusCode::CREATED, killed, "{\"item\":4}\n{\"ite").await;
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("ended early: OOMKilled with exit code 137"), "{message}");
    deleted(&requests);
}

#[tokio::test]
async fn an_image_without_the_program_is_named() {
    let requests = Requests::default();
    let waiting = json!({"waiting": {"reason": "RunContainerError", "message": "no such file"}});
    let (outcome, _) = run_against(&requests, StatusCode::CREATED, waiting, "").await;
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("the image operator:1") && message.contains("no such file"), "{message}");
    deleted(&requests);
}

#[tokio::test]
async fn the_error_for_a_forbidden_job_says_why_it_was_needed() {
    let requests = Requests::default();
    let (outcome, _) = run_against(&requests, StatusCode::FORBIDDEN, running(), "").await;
    let message = outcome.unwrap_err().to_string();
    assert_eq!(
        message,
        "Kafka at kafka:9092 cannot be reached from here, and a reader cannot be started in the namespace shop: no jobs \
         for you (Forbidden)"
    );
}
