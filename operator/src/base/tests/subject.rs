use super::*;

const STORED: &str = "{ apiVersion: codedelivery.dev/v1alpha1, kind: Delivery, metadata: { name: a, namespace: shop, uid: u-1, resourceVersion: '7' }, spec: {} }";

#[test]
fn a_stored_delivery_has_a_key_and_references_like_those_of_kube() {
    let stored: Delivery = serde_yaml::from_str(STORED).unwrap();
    let subject = Subject::of(&stored).unwrap();
    assert_eq!((subject.key.uid.as_str(), subject.key.namespace.as_str()), ("u-1", "shop"));
    assert_eq!(Some(subject.owner_reference()), stored.controller_owner_ref(&()));
    assert_eq!(subject.object_reference(), stored.object_ref(&()));
}

#[test]
fn the_default_status_of_a_new_object_is_none() {
    let mut stored: Delivery = serde_yaml::from_str(STORED).unwrap();
    stored.status = Some(DeliveryStatus { observed_generation: Some(UNOBSERVED), ..DeliveryStatus::default() });
    assert_eq!(Subject::of(&stored).unwrap().status, None);
    stored.status = Some(DeliveryStatus { observed_generation: Some(1), ..DeliveryStatus::default() });
    assert_eq!(Subject::of(&stored).unwrap().status, stored.status);
}

#[test]
fn what_was_never_stored_is_refused_by_what_it_lacks() {
    let error = Subject::of(&Delivery::new("a", DeliverySpec::default())).unwrap_err();
    assert_eq!(error.to_string(), "The object has no metadata.uid");
}
