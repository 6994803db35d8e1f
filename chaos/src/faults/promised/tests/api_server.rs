use serde_json::json;

use super::*;

#[test]
fn a_lease_is_held_by_whoever_has_renewed_it_since() {
    let lease = |spec: serde_json::Value| -> Lease { serde_json::from_value(json!({"spec": spec})).unwrap() };
    let thawed = "2026-01-02T03:04:05Z".parse().unwrap();
    let renewed = "2026-01-02T03:04:06.000000Z";
    assert!(is_held(&lease(json!({"holderIdentity": "operator-a", "renewTime": renewed})), thawed));
    assert!(!is_held(&lease(json!({"holderIdentity": "", "renewTime": renewed})), thawed), "it was released");
    let before = "2026-01-02T03:04:04.000000Z";
    assert!(!is_held(&lease(json!({"holderIdentity": "operator-a", "renewTime": before})), thawed));
    assert!(!is_held(&lease(json!({"holderIdentity": "operator-a"})), thawed));
}

#[tokio::test]
async fn what_was_frozen_is_thawed_once_and_what_was_not_is_left_alone() {
    let directory = std::env::temp_dir().join(format!("chaos-api-server-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let thawed = directory.join("thawed");
    let api_server = ApiServer::new("true".to_owned(), format!("echo >>{}", thawed.display()));
    api_server.thaw().await.unwrap();
    assert!(!thawed.exists());
    api_server.is_frozen.store(true, Ordering::Relaxed);
    api_server.thaw().await.unwrap();
    api_server.thaw().await.unwrap();
    assert_eq!(std::fs::read_to_string(&thawed).unwrap(), "\n");
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn a_thaw_that_fails_is_tried_again() {
    let api_server = ApiServer::new("true".to_owned(), "echo it is gone; false".to_owned());
    api_server.is_frozen.store(true, Ordering::Relaxed);
    assert!(api_server.thaw().await.unwrap_err().to_string().ends_with("failed: it is gone"));
    assert!(api_server.thaw().await.is_err());
}
