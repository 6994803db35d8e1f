use delivery_api::Delivery;

use super::*;

#[tokio::test]
async fn an_object_is_erased_by_its_own_id_or_by_that_of_its_request() {
    let erased = Erased::default();
    let delivery: Delivery = serde_yaml::from_str(&format!(
        "{{ apiVersion: codedelivery.dev/v1alpha1, kind: Delivery, metadata: {{ name: a, uid: u-1, annotations: {{ {REQUEST_ID_ANNOTATION}: r-1 }} }}, spec: {{}} }}"
    ))
    .unwrap();
    assert!(!erased.covers_object(&delivery));
    for id in ["r-1", "u-1"] {
        erased.apply(id, true);
        erased.changed().await;
        assert!(erased.covers_object(&delivery), "{id}");
        erased.apply(id, false);
    }
    assert!(erased.is_empty() && !erased.covers_object(&delivery), "both ids were taken off the list");
}
