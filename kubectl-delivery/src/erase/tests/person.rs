use serde_json::json;

use super::*;

#[test]
fn a_courier_and_a_client_with_the_same_name_are_different_persons() {
    let (courier, client) = (Person::Courier("ana".into()), Person::Client("ana".into()));
    let by_ana = json!({"routeId": "1", "clientId": "ana", "courier": "rui"});
    let for_ana = json!({"routeId": "1", "clientId": "", "courier": "ana"});
    assert!(client.is_of_json(&by_ana) && !courier.is_of_json(&by_ana));
    assert!(courier.is_of_json(&for_ana) && !client.is_of_json(&for_ana));
    assert!(!courier.is_of_json(&json!({"courier": ["ana"]})) && !courier.is_of_json(&json!("ana")));
    assert_eq!(courier.argument(), "--courier=ana");
}

#[test]
fn an_object_belongs_to_its_courier_and_to_the_client_of_its_request() {
    let delivery: Delivery = serde_yaml::from_str(&format!(
        "{{ apiVersion: codedelivery.dev/v1alpha1, kind: Delivery, metadata: {{ name: a, annotations: {{ {CLIENT_ID_ANNOTATION}: c-1 }} }}, spec: {{ courier: ana }} }}"
    ))
    .unwrap();
    assert!(
        Person::Courier("ana".into()).is_of_object(&delivery) && Person::Client("c-1".into()).is_of_object(&delivery)
    );
    assert!(!Person::Courier("an".into()).is_of_object(&delivery), "only the exact name matches");
}
