use delivery_api::Delivery;
use kube::CustomResourceExt as _;
use serde_json::json;

use super::*;
use crate::check::finding::Verdict;

/// The CRD of this release as the API server returns it once it is established.
fn established(change: impl FnOnce(&mut Value)) -> Looked {
    let mut object = serde_json::to_value(Delivery::crd()).unwrap();
    object["status"] = json!({"conditions": [{"type": "Established", "status": "True"}]});
    change(&mut object);
    Looked::Found(Box::new(serde_json::from_value(object).unwrap()))
}

fn judged(looked: &Looked) -> Finding {
    judge(&Delivery::crd(), looked)
}

#[test]
fn the_crd_of_this_release_is_right() {
    let found = judged(&established(|_| ()));
    assert_eq!(found.result, Verdict::Right, "{found:?}");
    assert!(fields(&Delivery::crd().spec.versions[0]).contains("spec.routeRef.name"));
}

#[test]
fn a_missing_crd_is_wrong_and_one_that_may_not_be_read_is_skipped() {
    let missing = judged(&Looked::Missing);
    assert_eq!(missing.message, "The CRD deliveries.codedelivery.dev does not exist.");
    assert_eq!(missing.result, Verdict::Wrong);
    assert!(missing.way_out.unwrap().contains("crds.enabled=true"));
    assert_eq!(judged(&Looked::Forbidden { served: true }).result, Verdict::Skipped);
    assert_eq!(judged(&Looked::Forbidden { served: false }).result, Verdict::Wrong);
}

#[test]
fn a_crd_that_is_not_established_says_why() {
    let found = judged(&established(|object| {
        object["status"] = json!({"conditions": [
            {"type": "NamesAccepted", "status": "False", "message": "\"dlv\" is already in use."},
            {"type": "Established", "status": "False"},
        ]});
    }));
    assert_eq!(found.message, "The CRD deliveries.codedelivery.dev is not established: \"dlv\" is already in use.");
}

#[test]
fn an_earlier_crd_is_wrong_and_a_later_one_a_warning() {
    const SPEC: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
    let earlier = judged(&established(|object| {
        object.pointer_mut(SPEC).unwrap().as_object_mut().unwrap().remove("suspend").unwrap();
    }));
    assert_eq!(earlier.result, Verdict::Wrong);
    assert!(earlier.message.ends_with("it lacks spec.suspend."), "{}", earlier.message);
    let later = judged(&established(|object| {
        object.pointer_mut(SPEC).unwrap()["colour"] = json!({"type": "string"});
    }));
    assert_eq!(later.result, Verdict::Warning);
    assert!(later.message.ends_with("it also has spec.colour."), "{}", later.message);
    let other = judged(&established(|object| object["spec"]["versions"][0]["name"] = json!("v1alpha0")));
    assert_eq!(other.result, Verdict::Wrong);
    assert!(other.message.contains("does not serve the version"), "{}", other.message);
}
