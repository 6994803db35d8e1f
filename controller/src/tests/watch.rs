use std::sync::Mutex;
use std::time::Duration;

use futures::StreamExt;
use http::{Request, Response};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::client::Body;
use serde_json::{Value, json};

use super::*;

static KINDS: Kinds =
    Kinds { group: "", version: "v1", names: &["ConfigMap"], dependency: "kinds", missing: "Install the CRDs." };

fn failure(code: u16) -> (u16, Value) {
    (code, json!({ "kind": "Status", "status": "Failure", "code": code, "message": "no", "reason": "" }))
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_watch_goes_on_and_what_was_deleted_meanwhile_is_noticed() {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let server = tokio::spawn(async move {
        let item = json!({ "metadata": { "name": "a", "namespace": "shop", "managedFields": [{}] } });
        let list = json!({ "kind": "ConfigMapList", "apiVersion": "v1", "metadata": { "resourceVersion": "1" }, "items": [item] });
        for (code, body) in [failure(500), failure(404), (200, list)] {
            let (request, send) = handle.next_request().await.unwrap();
            assert!(request.uri().path().ends_with("/namespaces/shop/configmaps"), "{}", request.uri());
            let body = Body::from(serde_json::to_vec(&body).unwrap());
            send.send_response(Response::builder().status(code).body(body).unwrap());
        }
        std::future::pending::<()>().await;
    });
    let health = Health::default();
    let (watch, watched) = Watch::<ConfigMap>::new("shop");
    assert!(!watched.is_complete() && watched.listing.borrow().problem().is_none());
    let deletions = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&deletions);
    let (store, stream) = watch.start(Client::new(service, "shop"), &KINDS, health.clone(), move || {
        *counted.lock().unwrap() += 1;
    });
    let mut stream = Box::pin(stream);
    assert!(stream.next().await.unwrap().is_err());
    assert_eq!(health.report(), "ready\n", "an interruption alone is not a missing kind");
    assert_eq!(watched.listing.borrow().problem().unwrap().code, Some(500));
    assert!(stream.next().await.unwrap().is_err());
    assert_eq!(health.report(), "ready\ndependency away: kinds: Install the CRDs.\n");
    let found = stream.next().await.unwrap().unwrap();
    assert_eq!((found.metadata.name.as_deref(), found.metadata.managed_fields), (Some("a"), None));
    let _ = tokio::time::timeout(Duration::from_secs(1), stream.next()).await;
    watched.wait_until_complete().await.unwrap();
    assert!(watched.is_complete() && watched.listing.borrow().problem().is_none());
    assert_eq!((store.len(), *deletions.lock().unwrap(), health.report().as_str()), (1, 1, "ready\n"));
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_retried_and_does_not_fail_again_works() {
    let problem = || Problem { code: Some(403), is_unreadable: false, message: "no".to_owned() };
    let mut listing = Listing::complete();
    assert!(listing.fail(problem()) && !listing.fail(problem()), "it is news once");
    tokio::time::sleep(FAILING / 2).await;
    assert_eq!(listing.problem(), Some(&problem()));
    tokio::time::sleep(FAILING / 2).await;
    assert_eq!(listing.problem(), None);
    let mut never = Listing::default();
    never.fail(problem());
    tokio::time::sleep(FAILING * 2).await;
    assert_eq!(never.problem(), Some(&problem()), "until it is listed");
}

#[tokio::test]
async fn changes_end_with_their_sender() {
    let sender = watch::Sender::new(0);
    let changes = changes(sender.subscribe());
    sender.send_replace(1);
    drop(sender);
    assert_eq!(changes.count().await, 1);
}
