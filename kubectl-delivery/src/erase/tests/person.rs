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

#[test]
fn a_customer_is_the_client_of_deliveries_and_the_one_that_purchases_and_what_follows_name() {
    let customer = Person::Customer { name: "ana@example.com".into(), id: "c-1".into() };
    for theirs in [
        json!({"routeId": "1", "clientId": "c-1"}),
        json!({"purchaseId": "p", "customer": {"id": "c-1", "name": "Ana", "email": "ana@example.com"}}),
        json!({"purchaseId": "p", "customerId": "c-1"}),
        json!({"recipientId": "c-1", "content": "hello"}),
    ] {
        assert!(customer.is_of_json(&theirs), "{theirs}");
        assert!(!Person::Courier("c-1".into()).is_of_json(&theirs), "{theirs}");
    }
    assert!(!customer.is_of_json(&json!({"customer": {"id": "c-2"}, "clientId": "c-2"})));
    assert_eq!(customer.to_string(), "the customer ana@example.com");
    assert!(!customer.argument().contains('@'), "who may look at a Job does not see the address");
}
