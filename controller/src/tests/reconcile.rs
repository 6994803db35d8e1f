use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::json;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_reconciliation_that_takes_too_long_is_dropped() {
    let limit = Duration::from_secs(30);
    let slow = tokio::time::sleep(limit * 2);
    let error = within::<(), TimedOut>(limit, async {
        slow.await;
        Ok(())
    })
    .await
    .unwrap_err();
    assert_eq!(
        (error.reason(), error.to_string().as_str()),
        ("Timeout", "The reconciliation took longer than 30 seconds.")
    );
    assert_eq!(within::<_, TimedOut>(limit, async { Ok(1) }).await.unwrap(), 1);
}

#[test]
fn an_object_of_another_shape_is_not_readable() {
    let object = |data: serde_json::Value| {
        serde_json::from_value::<DeserializeGuard<ConfigMap>>(json!({ "metadata": { "name": "a" }, "data": data }))
            .unwrap()
    };
    assert!(readable(&object(json!({ "key": "text" }))).is_some());
    assert!(readable(&object(json!({ "key": {} }))).is_none());
}

#[test]
fn each_failure_in_a_row_waits_longer() {
    let (backoff, object) = (Backoff::default(), ConfigMap::default());
    let retried = || retry(&object, "ApiError", &"no", &backoff, Duration::from_secs(2));
    assert_eq!(
        [retried(), retried(), retried()],
        [1, 2, 2].map(|seconds| Action::requeue(Duration::from_secs(seconds)))
    );
    assert_eq!(requeue_after(None), Action::await_change());
}
