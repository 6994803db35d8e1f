use std::sync::atomic::{AtomicU32, Ordering};

use http::{Request, Response};
use kube::client::Body;
use serde_json::json;

use super::*;

const KINDS: Kinds = Kinds {
    group: "example.com",
    version: "v1",
    names: &["Crate", "Pallet"],
    dependency: "kinds",
    missing: "Install the CRDs.",
};

#[tokio::test(start_paused = true)]
async fn it_waits_until_every_kind_is_served_and_names_what_is_wrong_until_then() {
    let health = Health::default();
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let client = Client::new(service, "default");
    let seen = health.clone();
    let server = tokio::spawn(async move {
        let list = |kinds: &[&str]| {
            let resource =
                |kind: &&str| json!({ "name": "a", "singularName": "", "namespaced": true, "kind": kind, "verbs": [] });
            json!({ "kind": "APIResourceList", "groupVersion": "example.com/v1", "resources": kinds.iter().map(resource).collect::<Vec<_>>() })
        };
        let status =
            |code: u16| json!({ "kind": "Status", "status": "Failure", "code": code, "message": "no", "reason": "" });
        let answers =
            [(404, status(404)), (503, status(503)), (200, list(&["Crate"])), (200, list(&["Pallet", "Crate"]))];
        let mut reports = Vec::new();
        for (code, body) in answers {
            let (request, send) = handle.next_request().await.unwrap();
            assert_eq!(request.uri().path(), "/apis/example.com/v1");
            reports.push(seen.report());
            let body = Body::from(serde_json::to_vec(&body).unwrap());
            send.send_response(Response::builder().status(code).body(body).unwrap());
        }
        reports
    });
    let missing = AtomicU32::new(0);
    KINDS
        .served(&client, &health, || {
            missing.fetch_add(1, Ordering::Relaxed);
        })
        .await;
    let reports = server.await.unwrap();
    assert_eq!(missing.into_inner(), 2, "a 404, and a list without one of them");
    assert_eq!(reports[1], "ready\ndependency away: kinds: Install the CRDs.\n");
    assert_eq!(reports[2], "ready\ndependency away: kinds: The API server answered 503: no\n");
    assert_eq!((reports[3].as_str(), health.report().as_str()), (reports[1].as_str(), "ready\n"));
}
