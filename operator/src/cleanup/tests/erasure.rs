use super::*;

fn object(uid: &str, more: &str) -> Arc<GuardedDelivery> {
    let manifest = format!(
        "{{ apiVersion: codedelivery.dev/v1alpha1, kind: Delivery, metadata: {{ name: d-{uid}, namespace: shop, uid: {uid}{more} }}, spec: {{}} }}"
    );
    Arc::new(serde_yaml::from_str(&manifest).unwrap())
}

fn plan(id: &str) -> ErasedPlan {
    ErasedPlan { delivery_id: id.to_owned(), object: Some(("shop".to_owned(), format!("d-{id}"))) }
}

#[test]
fn the_object_is_deleted_first_and_the_plan_when_it_is_gone() {
    let objects =
        [object("erased", ""), object("leaving", ", deletionTimestamp: 2026-11-22T10:00:00Z"), object("another", "")];
    let plans = vec![plan("erased"), plan("leaving"), plan("gone")];
    let work = decide(objects, plans, |object| object.uid().is_some_and(|uid| uid != "another"));
    let deleted: Vec<_> = work.objects.iter().filter_map(|object| object.uid()).collect();
    assert_eq!(deleted, ["erased"], "one that is being deleted needs no second request, and no other is touched");
    assert_eq!(work.plans, [plan("gone")]);
}
